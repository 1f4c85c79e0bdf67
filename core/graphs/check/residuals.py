"""Independence given others, row by row: what is left of each variable once its own bent curve over the others is gone.

The generalised covariance measure (Shah, Peters 2020): if the product of what is left of the two averages to nothing,
they are called independent. It is enough that one of the two curves is right, and its error needs no normal data and no
equal spread: it comes from the products themselves, summed per cluster (a user). A straight line would leave
associations of .05 to .25 between two rare events that share a strong cause; a line with squares and a bent function of
itself (as in Ramsey's RESET test) leaves under .02 in every case that the tests know of.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from core.graphs.noncentral import noncentrality
from core.graphs.sufficient import Embedded
from core.graphs.variables import Floats, VariableTable

KNOTS: Final = ((2000, (0.05, 0.25, 0.5, 0.75, 0.9, 0.97)), (500, (0.1, 0.5, 0.9)))  # from so many units on
WIDEST: Final = 5e7  # products held at once; wider blocks take the plain statistic
KEPT: Final = 3e7  # residuals held at once
UNITS_PER_PRODUCT: Final = 20  # a covariance of products needs so many units for each


@dataclass(frozen=True)
class Left:
    """What is left between two variables. effect: the correlation of what is left of them; of blocks its size
    √(1 - Wilks' λ) less chance, without a sign. low, high: 95 % interval. precision: what the statistic grows with,
    about the number of units."""

    effect: float
    low: float
    high: float
    p_value: float
    degrees: int
    precision: float

    def power(self, size: float) -> float:
        """The chance to see (p < .05) an association of a size."""
        critical = stats.chi2.ppf(0.95, self.degrees)
        return float(stats.ncx2.sf(critical, self.degrees, -self.precision * np.log1p(-(size**2)) + 1e-12))


class RowTester:
    """Tests on the rows of a table; residuals are kept, because claims share their given."""

    def __init__(self, table: VariableTable, embedded: Embedded) -> None:
        self._embedded = embedded
        self._bent = [variable.kind in ("number", "count", "group") for variable in table.variables]
        self._kept: dict[tuple[int, tuple[int, ...]], tuple[Floats, int]] = {}
        knots = (quantiles for units, quantiles in KNOTS if embedded.units >= units)
        self._knots: tuple[float, ...] = next(knots, ())

    def test(self, one: int, other: int, given: tuple[int, ...]) -> Left:
        """Places of variables in the table; given must not hold the two."""
        fixed = tuple(sorted(given))
        (left, spent), (right, also_spent) = self._residual(one, fixed), self._residual(other, fixed)
        units = self._embedded.units
        free = max(units - max(spent, also_spent), 1) / units  # what the curves have not used up
        return _association(left, right, self._embedded.clusters, free)

    def _residual(self, variable: int, given: tuple[int, ...]) -> tuple[Floats, int]:
        """(rows, width), whitened within the block, and how many columns its curve had."""
        key = (variable, given)
        if key not in self._kept:
            if len(self._kept) * len(self._embedded.matrix) > KEPT:
                self._kept.clear()
            columns = self._embedded.matrix[:, self._embedded.blocks[variable]]
            spent = 1
            if given:
                basis = self._basis(given)
                fitted = basis @ _solve(basis, columns)
                if self._knots:
                    basis = self._bent_further(basis, fitted)
                    fitted = basis @ _solve(basis, columns)
                columns, spent = columns - fitted, basis.shape[1]
            self._kept[key] = _whitened(columns - columns.mean(axis=0)), spent
        return self._kept[key]

    def _basis(self, given: tuple[int, ...]) -> Floats:
        """A constant, the columns of the given, and the squares of those that are numbers."""
        parts = [np.ones((len(self._embedded.matrix), 1))]
        for each in given:
            columns = self._embedded.matrix[:, self._embedded.blocks[each]]
            parts += [columns, columns**2] if self._bent[each] else [columns]
        return np.hstack(parts)

    def _bent_further(self, basis: Floats, fitted: Floats) -> Floats:
        """The basis with a bent function of the first two directions of the fit."""
        directions = _whitened(fitted - fitted.mean(axis=0))[:, :2]
        hinges = [np.maximum(directions - np.quantile(directions, knot, axis=0), 0.0) for knot in self._knots]
        return np.hstack([basis, *hinges])


def _association(left: Floats, right: Floats, clusters: NDArray[np.int64] | None, free: float) -> Left:
    """Of two whitened blocks of residuals; free: the share of the units that their curves left over."""
    rows = len(left)
    cross = left.T @ right / rows
    units = rows if clusters is None else int(clusters.max()) + 1
    degrees = cross.size
    if not degrees:
        return Left(0.0, -1.0, 1.0, 1.0, 1, 0.0)  # nothing is left of one of them: its causes say all
    if degrees == 1:
        return _of_two(left[:, 0], right[:, 0], float(cross[0, 0]), clusters, free)
    squared = np.linalg.svd(cross, compute_uv=False) ** 2
    shared = -float(np.log1p(-np.minimum(squared, 1 - 1e-12)).sum())
    if rows * degrees <= WIDEST and units >= UNITS_PER_PRODUCT * degrees:
        products = _summed((left[:, :, None] * right[:, None, :]).reshape(rows, degrees), clusters)
        spread = products.T @ products
        total = cross.ravel() * rows
        robust = float(total @ np.linalg.lstsq(spread, total, rcond=1e-10)[0])
        statistic = free * min(robust, rows * shared)  # two rare events that never met have too small a spread
    else:
        statistic = max(free * units - (sum(cross.shape) + 1) / 2, 0.0) * shared
    precision = statistic / shared if shared > 1e-12 else float(units)
    size, low, high = (
        float(np.sqrt(-np.expm1(-value / max(precision, 1e-9))))
        for value in (
            max(statistic - degrees, 0.0),
            *(noncentrality(statistic, degrees, tail) for tail in (0.975, 0.025)),
        )
    )
    return Left(size, low, high, float(stats.chi2.sf(statistic, degrees)), degrees, precision)


def _of_two(left: Floats, right: Floats, effect: float, clusters: NDArray[np.int64] | None, free: float) -> Left:
    """One column each: the score test for independence, and Fisher's scale with a robust error for the interval."""
    rows = len(left)
    products = _summed((left * right)[:, None], clusters)[:, 0]
    # Two rare events that never met have products of too small a spread.
    error = max(float(np.sqrt((products**2).sum())) / rows, rows**-0.5) / free**0.5
    influence = _summed((left * right - effect / 2 * (left**2 + right**2))[:, None], clusters)[:, 0]
    bounded = float(np.clip(effect, -1 + 1e-12, 1 - 1e-12))
    half = 1.96 * float(np.sqrt((influence**2).sum())) / rows / free**0.5 / (1 - bounded**2)
    centre = np.arctanh(bounded)
    p_value = 2 * stats.norm.sf(abs(effect) / error)
    return Left(effect, float(np.tanh(centre - half)), float(np.tanh(centre + half)), float(p_value), 1, error**-2)


def _summed(values: Floats, clusters: NDArray[np.int64] | None) -> Floats:
    """Sums per cluster, or the rows themselves."""
    if clusters is None:
        return values
    order = np.argsort(clusters, kind="stable")
    starts = np.flatnonzero(np.diff(clusters[order], prepend=-1))
    return np.asarray(np.add.reduceat(values[order], starts, axis=0), dtype=np.float64)


def _solve(basis: Floats, columns: Floats) -> Floats:
    """Least squares by normal equations; directions that the basis lacks are left out."""
    values, vectors = np.linalg.eigh(basis.T @ basis)
    kept = values > 1e-9 * values[-1]
    return np.asarray((vectors[:, kept] / values[kept]) @ (vectors[:, kept].T @ (basis.T @ columns)), dtype=np.float64)


def _whitened(columns: Floats) -> Floats:
    """Uncorrelated columns of variance 1 with the same span, the largest direction first; one alone keeps its sign."""
    if columns.shape[1] == 1:
        scale = float(np.sqrt((columns**2).mean()))
        return columns / scale if scale > 1e-6 else columns[:, :0]
    values, vectors = np.linalg.eigh(columns.T @ columns / len(columns))
    kept = np.flatnonzero(values > 1e-9 * max(float(values[-1]), 1e-3))[::-1]
    return np.asarray(columns @ (vectors[:, kept] / np.sqrt(values[kept])), dtype=np.float64)
