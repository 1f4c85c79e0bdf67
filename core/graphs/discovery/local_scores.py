"""How well a set of parents explains a variable: the scores that an order search maximises.

A score is of one variable and its parents (places in the table); higher is better. `added` scores many candidates at
once, because growing a set of parents asks for all of them.
"""

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from core.graphs.sufficient import Moments
from core.graphs.variables import Floats

RIDGE: Final = 1e-9  # a bootstrap draw may make columns equal; its score then stays finite


class LocalScores(Protocol):
    """A decomposable score of a graph."""

    variables: int

    def score(self, child: int, parents: Sequence[int]) -> float:
        """The score of a variable given its parents."""
        ...

    def added(self, child: int, parents: Sequence[int], candidates: Sequence[int]) -> Floats:
        """(candidates,): the score once each candidate joins the parents."""
        ...

    def dropped(self, child: int, parents: Sequence[int]) -> Floats:
        """(parents,): the score without each parent."""
        ...


class GaussianScores:
    """BIC of the degenerate Gaussian (Andrews, Ramsey, Cooper 2019), as `Moments.score`, for many candidates at once.

    penalty: times the BIC's own, log(units) / 2 a parameter.
    """

    def __init__(self, moments: Moments, penalty: float) -> None:
        self.variables = len(moments.names)
        self._moments = moments
        self._half = moments.units / 2
        self._price = penalty * float(np.log(moments.units)) / 2
        self._widths = np.array([len(block) for block in moments.blocks])
        self._widest = int(self._widths.max())
        columns = len(moments.correlation)
        # Columns of nothing follow the real ones, so that blocks of any width are looked up at one width.
        self._matrix = np.eye(columns + self._widest)
        self._matrix[:columns, :columns] = moments.correlation
        self._matrix[np.diag_indices(columns)] += RIDGE
        self._padded = np.array(
            [[*block, *range(columns, columns + self._widest - len(block))] for block in moments.blocks], dtype=np.int64
        )

    def score(self, child: int, parents: Sequence[int]) -> float:
        """Local BIC."""
        own, above = self._moments.columns([child]), self._moments.columns(parents)
        fit = self._log_determinant(np.concatenate([own, above])) - self._log_determinant(above)
        return -self._half * fit - self._price * len(own) * len(above)

    def added(self, child: int, parents: Sequence[int], candidates: Sequence[int]) -> Floats:
        """(candidates,): local BIC with each of them."""
        above, places = self._moments.columns(parents), np.asarray(candidates)
        own = self._moments.blocks[child]
        rest = self._rest(above)
        width = len(own)
        if self._widest == 1:
            column = self._padded[places, 0]
            left = rest[own[0], own[0]] - rest[own[0], column] ** 2 / rest[column, column]
            fit = np.log(np.maximum(left, 1e-300))
        else:
            padded = self._padded[places]
            both = np.concatenate([np.broadcast_to(own, (len(places), width)), padded], axis=1)
            together = np.linalg.slogdet(rest[both[:, :, None], both[:, None, :]])[1]
            fit = together - np.linalg.slogdet(rest[padded[:, :, None], padded[:, None, :]])[1]
        return np.asarray(
            -self._half * fit - self._price * width * (len(above) + self._widths[places]), dtype=np.float64
        )

    def dropped(self, child: int, parents: Sequence[int]) -> Floats:
        """(parents,): local BIC without each of them, by the determinants of a matrix's inverse."""
        own, above = self._moments.blocks[child], self._moments.columns(parents)
        both = np.concatenate([own, above])
        joint, alone = self._matrix[np.ix_(both, both)], self._matrix[np.ix_(above, above)]
        joint_inverse, alone_inverse = np.linalg.inv(joint), np.linalg.inv(alone)
        fit = np.linalg.slogdet(joint)[1] - np.linalg.slogdet(alone)[1]
        if self._widest == 1:
            changes = np.log(np.diag(joint_inverse)[1:] / np.diag(alone_inverse))
        else:
            changes = np.empty(len(parents))
            end = 0
            for place, parent in enumerate(parents):
                start, end = end, end + self._widths[parent]
                whole = joint_inverse[len(own) + start : len(own) + end, len(own) + start : len(own) + end]
                changes[place] = np.linalg.slogdet(whole)[1] - np.linalg.slogdet(alone_inverse[start:end, start:end])[1]
        left = len(above) - self._widths[list(parents)]
        return np.asarray(-self._half * (fit + changes) - self._price * len(own) * left, dtype=np.float64)

    def _rest(self, above: NDArray[np.int64]) -> Floats:
        """The matrix once the columns of the parents are regressed out."""
        if not len(above):
            return self._matrix
        cross = self._matrix[above]
        return np.asarray(self._matrix - cross.T @ np.linalg.solve(cross[:, above], cross), dtype=np.float64)

    def _log_determinant(self, columns: NDArray[np.int64]) -> float:
        return float(np.linalg.slogdet(self._matrix[np.ix_(columns, columns)])[1]) if len(columns) else 0.0
