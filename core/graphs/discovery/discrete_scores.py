"""BDeu: the score of parents when every variable is a category (Heckerman, Geiger, Chickering 1995).

The imagined sample is one unit; larger ones add edges that are not there (ALARM and CHILD, 1,000 and 5,000 rows).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy.special import gammaln

from core.graphs.discovery.counts import Counts
from core.graphs.variables import Floats

PRIOR: Final = 1.0  # the equivalent sample size: imagined units to whom everything is equally likely


class DiscreteScores:
    """price: of each parent, in the logarithm of the likelihood."""

    def __init__(self, counts: Counts, price: float) -> None:
        self.variables = len(counts.levels)
        self._counts = counts
        self._price = price

    def score(self, child: int, parents: Sequence[int]) -> float:
        """Log marginal likelihood of a variable given its parents."""
        numbers, count = self._counts.configurations(parents)
        levels = int(self._counts.levels[child])
        cells = np.bincount(
            numbers * levels + self._counts.codes[:, child], weights=self._counts.weights, minlength=count * levels
        )
        shaped = np.asarray(cells, dtype=np.float64).reshape(1, count, levels)
        return float(self._likelihood(shaped, self._configurations(parents), levels)[0]) - self._price * len(parents)

    def added(self, child: int, parents: Sequence[int], candidates: Sequence[int]) -> Floats:
        """(candidates,): the score once each candidate joins the parents."""
        numbers, count = self._counts.configurations(parents)
        levels, many = int(self._counts.levels[child]), self._configurations(parents)
        joint = numbers * levels + self._counts.codes[:, child]
        scores = np.empty(len(candidates))
        widths = self._counts.levels[list(candidates)]
        for width in np.unique(widths):  # candidates of equally many values are counted at once
            places = np.flatnonzero(widths == width)
            values = self._counts.codes[:, np.asarray(candidates)[places]]
            cell = (joint[:, None] * width + values) + np.arange(len(places)) * (count * levels * width)
            weights = np.broadcast_to(self._counts.weights[:, None], cell.shape)
            size = len(places) * count * levels * width
            cells = np.bincount(cell.ravel(), weights=weights.ravel(), minlength=size)
            shaped = np.asarray(cells, dtype=np.float64).reshape(len(places), count, levels, width).swapaxes(2, 3)
            scores[places] = self._likelihood(shaped.reshape(len(places), -1, levels), many * int(width), levels)
        return scores - self._price * (len(parents) + 1)

    def dropped(self, child: int, parents: Sequence[int]) -> Floats:
        """(parents,): the score without each parent."""
        rest = [[other for other in parents if other != each] for each in parents]
        return np.array([self.score(child, each) for each in rest])

    def _configurations(self, parents: Sequence[int]) -> float:
        return float(np.prod(self._counts.levels[list(parents)].astype(np.float64)))

    def _likelihood(self, cells: Floats, configurations: float, levels: int) -> Floats:
        """(tables,) of cells (tables, configurations that occur, levels)."""
        row, cell = PRIOR / configurations, PRIOR / (configurations * levels)
        totals = cells.sum(axis=2)
        seen, filled = totals > 0, cells > 0  # the empty ones add nothing
        rows, parts = np.zeros_like(totals), np.zeros_like(cells)
        rows[seen] = gammaln(row) - gammaln(totals[seen] + row)
        parts[filled] = gammaln(cells[filled] + cell) - gammaln(cell)
        return np.asarray(rows.sum(axis=1) + parts.sum(axis=(1, 2)), dtype=np.float64)
