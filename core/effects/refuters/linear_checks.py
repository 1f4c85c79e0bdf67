"""What the checks of the linear effect share: how many draws, and drawing users again.

All draws of users are one product of matrices: a user's share of every sum of squares and products is added up once,
and each draw only says how often every user counts.
"""

import numpy as np

from core.effects.partialled import Partialled

DRAWS = 200
BLOCK_CELLS = 4_000_000  # numbers held at once: 32 MB


def quantiles(values: np.ndarray) -> tuple[float, float]:
    """The middle 95 % of draws."""
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def redrawn_effects(parts: Partialled, counts: np.ndarray) -> np.ndarray:
    """(draws,) linear effects in which user g counts counts[draw, g] times; NaN where a draw leaves nothing to compare.

    counts: (draws, users) whole numbers. Each is the regression on the drawn users alone, not an approximation.
    """
    columns = np.column_stack([parts.basis * np.sqrt(len(parts.roots)), parts.treatment, parts.outcome])
    sums = _redrawn_products(columns, parts.clusters, counts)
    covariates = columns.shape[1] - 2
    inverse = np.linalg.pinv(sums[:, :covariates, :covariates], rcond=1e-10, hermitian=True)
    given_t, given_y = sums[:, :covariates, covariates], sums[:, :covariates, covariates + 1]
    solved = np.einsum("dij,dj->di", inverse, given_t)
    spread = sums[:, covariates, covariates] - np.einsum("di,di->d", solved, given_t)
    together = sums[:, covariates, covariates + 1] - np.einsum("di,di->d", solved, given_y)
    enough = spread > 1e-9 * np.maximum(sums[:, covariates, covariates], 1e-300)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(enough, together / spread, np.nan)


def _redrawn_products(columns: np.ndarray, clusters: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """(draws, k, k) sums of products of the columns (n, k), with every user counted as often as drawn."""
    order = np.argsort(clusters, kind="stable")
    starts = np.flatnonzero(np.diff(clusters[order], prepend=-1))
    ordered = np.ascontiguousarray(columns[order].T)
    width = len(ordered)
    first, second = np.triu_indices(width)
    often = counts.astype(float)
    found = np.empty((len(counts), width, width))
    step = max(1, BLOCK_CELLS // len(order))
    alone = len(starts) == len(order)
    for begin in range(0, len(first), step):
        rows, others = first[begin : begin + step], second[begin : begin + step]
        products = ordered[rows] * ordered[others]
        by_user = products if alone else np.add.reduceat(products, starts, axis=1)
        summed = often @ by_user.T
        found[:, rows, others] = summed
        found[:, others, rows] = summed
    return found
