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

HEAVY = 50.0  # a column whose weighted residuals vary so many times as much as its values counts half
UNITS_A_COLUMN = 5  # of the arm at least: fewer could not tell the columns apart
MOST_COLUMNS = 250
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
    """value: the part of a doubly robust value that both nuisances miss; variance: of that value."""

    value: float = 0.0
    variance: float = 0.0


def missed_together(
    axes: Axes, clusters: np.ndarray, own: np.ndarray, excess: np.ndarray, surprise: np.ndarray
) -> Missed:
    """Of one arm. clusters (n,): the user of each unit; own (n,): the mask of the arm; excess (n,): a unit's weight in
    the arm less the one it has in the population asked for; surprise (n,): outcome less its expectation, which counts
    in the arm only."""
    most = min(MOST_COLUMNS, int(own.sum()) // UNITS_A_COLUMN, MOST_NUMBERS // len(own))
    columns = curves_and_pairs(axes.scaled, axes.pairs, most)
    if columns is None:
        return Missed()
    units = len(own)
    known = columns[own].T @ columns[own] / units
    spread = np.sqrt(np.diag(known))
    alike = 1 / np.where(spread > SAME, spread, np.inf)
    known = np.outer(alike, alike) * known + SAME * np.eye(len(alike)) + np.diag(spread <= SAME)
    left, right = (_by_cluster(columns * of[:, None], clusters) for of in (excess, np.where(own, surprise, 0.0)))
    of_left, of_right, both = (
        np.outer(alike, alike) * (one.T @ other) for one, other in ((left, left), (right, right), (left, right))
    )
    # Directions in which the arm's units vary alike, and the excess by itself.
    heavy = of_left if len(left) == units else np.outer(alike, alike) * ((columns * (excess**2)[:, None]).T @ columns)
    sizes, turned = eigh(heavy / units, known)
    counted = (turned * (HEAVY / (HEAVY + np.maximum(sizes, 0.0)))) @ turned.T
    among = (alike * left.sum(axis=0)) @ counted @ (alike * right.sum(axis=0)) - float((counted * both).sum())
    variance = float(np.trace(counted @ of_right @ counted @ of_left) + np.trace(counted @ both @ counted @ both))
    return Missed(float(among) / units**2, variance / units**4)


def _by_cluster(values: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """(clusters, k) sums of values (n, k)."""
    if len(np.unique(clusters)) == len(clusters):
        return values
    order = np.argsort(clusters, kind="stable")
    starts = np.flatnonzero(np.diff(clusters[order], prepend=-1))
    return np.asarray(np.add.reduceat(values[order], starts, axis=0))
