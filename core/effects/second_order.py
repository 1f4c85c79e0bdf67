"""What the propensity and the outcome model miss together, taken out of a doubly robust value.

A doubly robust value is off by the mean product of what both nuisances miss, and where confounding bends they flatten
the same peaks. Of that product, as far as both misses lie along known columns, a second-order U-statistic of the
residuals is an unbiased estimate (Robins, Li, Tchetgen Tchetgen and van der Vaart, "Higher order influence functions
and minimax estimation of nonlinear functionals", 2008; Liu, Mukherjee, Newey and Robins, arXiv:1705.07577): pairs of
units of different users, so that nobody's residual meets itself. Columns along which few units with heavy weights
decide say little, and are counted little.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from core.effects.sparse_curves import curves_and_pairs

HEAVY = 500.0  # a column whose weighted residuals vary so many times as much as its values counts half
UNITS_A_COLUMN = 5  # of the arm at least: fewer could not tell the columns apart
MOST_COLUMNS = 400
MOST_NUMBERS = 20_000_000  # of all columns together, for memory
SAME = 1e-6


@dataclass(frozen=True)
class Axes:
    """Along what misses are looked for. scaled (n, p): covariates on a scale of about 1; pairs: those of them that say
    more together than each alone."""

    scaled: np.ndarray
    pairs: list[tuple[int, int]]

    def of(self, rows: np.ndarray) -> "Axes":
        """The same for the units of a mask."""
        return Axes(self.scaled[rows], self.pairs)


@dataclass(frozen=True)
class Missed:
    """value: the part of a doubly robust value that both nuisances miss; influence (n,): of each unit on it, with mean
    0, split evenly over a user's; twice: the variance of chance alone, which influences count twice (a pair's chance is
    in both of its units)."""

    value: float
    influence: np.ndarray
    twice: float


def missed_together(
    axes: Axes, clusters: np.ndarray, own: np.ndarray, likely: np.ndarray, excess: np.ndarray, surprise: np.ndarray
) -> Missed:
    """Of one arm. clusters (n,): the user of each unit; own (n,): the mask of the arm; likely (n,): the chance to be in
    it (how columns vary in the arm is taken from these: from the arm itself it would go with the outcomes' noise);
    excess (n,): a unit's weight in the arm less the one it has in the population asked for; surprise (n,): outcome less
    its expectation, which counts in the arm only."""
    most = min(MOST_COLUMNS, int(own.sum()) // UNITS_A_COLUMN, MOST_NUMBERS // len(own))
    columns = curves_and_pairs(axes.scaled, axes.pairs, most)
    if columns is None:
        return Missed(0.0, np.zeros(len(own)), 0.0)
    units, surprise = len(own), np.where(own, surprise, 0.0)
    known = (columns * likely[:, None]).T @ columns / units
    heavy = (columns * (excess**2)[:, None]).T @ columns / units
    spread = np.sqrt(np.diag(known))
    scale = 1 / np.where(spread > SAME, spread, np.inf)
    alike = np.outer(scale, scale)
    known = alike * known + SAME * np.eye(len(alike)) + np.diag(spread <= SAME)
    # Directions in which the arm's units vary alike, and the excess by itself.
    sizes, turned = eigh(alike * heavy, known)
    counted = alike * ((turned * (HEAVY / (HEAVY + np.maximum(sizes, 0.0)))) @ turned.T)
    left, right = (_by_cluster(columns * of[:, None], clusters) for of in (excess, surprise))
    within = (left @ counted * right).sum(axis=1)
    lefts, rights, both = left.sum(axis=0), right.sum(axis=0), left.T @ right
    of_each = left @ counted @ rights + right @ counted @ lefts - 2 * within
    variance = np.trace(counted @ (right.T @ right) @ counted @ (left.T @ left))
    variance += np.trace(counted @ both @ counted @ both) - 2 * float((within**2).sum())
    return Missed(
        value=float(lefts @ counted @ rights - within.sum()) / units**2,
        influence=_to_units(of_each - of_each.mean(), clusters) / units,
        twice=float(variance) / units**4,
    )


def _to_units(values: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """(n,) values of clusters, split evenly over their units."""
    return values if len(values) == len(clusters) else (values / np.bincount(clusters))[clusters]


def _by_cluster(values: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """(clusters, k) sums of values (n, k)."""
    if len(np.unique(clusters)) == len(clusters):
        return values
    order = np.argsort(clusters, kind="stable")
    starts = np.flatnonzero(np.diff(clusters[order], prepend=-1))
    return np.asarray(np.add.reduceat(values[order], starts, axis=0))
