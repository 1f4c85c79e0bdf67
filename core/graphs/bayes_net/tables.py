"""P(node | causes) as tables, for the data and for many bootstrap draws of their units at once.

A Dirichlet prior spreads `prior` rows evenly over the levels of each combination of causes, so that a combination that
never occurred is said to know nothing rather than to be impossible.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import BadSpec
from core.graphs.bayes_net.levels import Levels
from core.graphs.bunches import bunches, drawn_weights
from core.graphs.variables import Floats

MOST_CELLS: Final = 50_000  # of one table
HELD: Final = 4e7  # numbers held at once: cells of a table times bunches


@dataclass(frozen=True)
class Factor:
    """A table over some variables, in that order, with the draws first: (draws, levels, levels, ...)."""

    names: tuple[str, ...]
    values: Floats


class Counter:
    """Counts of combinations of levels: of the data first, then of each bootstrap draw."""

    def __init__(self, levels: Sequence[Levels], clusters: NDArray[np.int64] | None, *, draws: int, seed: int) -> None:
        self.levels: Mapping[str, Levels] = {each.name: each for each in levels}
        rows = len(levels[0].codes)
        self._bunch = bunches(rows, clusters, seed=seed)
        number = int(self._bunch.max()) + 1
        self._weights = np.vstack([np.ones((1, number)), drawn_weights(number, draws, seed)])

    def count(self, names: Sequence[str]) -> Factor:
        """How often each combination occurs; raises BadSpec when there are too many to hold."""
        shape = tuple(len(self.levels[name].names) for name in names)
        cells = int(np.prod(shape))
        if cells > MOST_CELLS:
            raise BadSpec(
                f"A table of {' × '.join(names)} would have {cells:,} cells, at most {MOST_CELLS:,} are counted; use "
                "fewer bins, or a graph with fewer causes of one node."
            )
        place = np.zeros(len(self._bunch), dtype=np.int64)
        for name in names:
            place = place * len(self.levels[name].names) + self.levels[name].codes
        number = self._weights.shape[1]
        step = max(1, int(HELD // cells))
        counted = np.zeros((len(self._weights), cells))
        for start in range(0, number, step):
            inside = (self._bunch >= start) & (self._bunch < start + step)
            width = min(step, number - start)
            flat = np.bincount((self._bunch[inside] - start) * cells + place[inside], minlength=width * cells)
            counted += self._weights[:, start : start + width] @ flat.reshape(width, cells)
        return Factor(tuple(names), counted.reshape(-1, *shape))

    def given(self, name: str, causes: Sequence[str], prior: float) -> Factor:
        """P(name | causes), the name's axis last."""
        counts = self.count((*causes, name))
        smoothed = counts.values + prior / counts.values.shape[-1]
        total = smoothed.sum(axis=-1, keepdims=True)
        uniform = np.full_like(smoothed, 1 / smoothed.shape[-1])
        return Factor(counts.names, np.divide(smoothed, total, out=uniform, where=total > 0))
