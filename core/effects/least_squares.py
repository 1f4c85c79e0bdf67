"""Weighted least squares with what errors need: residuals, leverages and the influence of each row on a combination.

On standardised columns, with one step of refinement: covariates of size 1e12, repeated or constant ones are no trouble.
"""

from dataclasses import dataclass

import numpy as np

NOTHING_LEFT = 1e-10  # a direction with a smaller share of the largest one's squares repeats the others

MOST_LEVERAGE = 0.99  # a row that decides its own fit has no residual left to make larger
WORTH_SAYING = 0.01  # of the weight


@dataclass(frozen=True)
class LeastSquares:
    """One regression. coefficients: (k,), the shortest of those that fit as well where columns repeat each other;
    residuals: (n,); rank: independent columns; bread: (k, k) pseudo-inverse of X'WX."""

    design: np.ndarray
    weights: np.ndarray
    coefficients: np.ndarray
    residuals: np.ndarray
    rank: int
    bread: np.ndarray

    def pull(self, combination: np.ndarray) -> np.ndarray:
        """(n,) how much one unit more of each row's outcome moves the combination (k,) of coefficients."""
        pulled: np.ndarray = self.weights * (self.design @ (self.bread @ combination))
        return pulled

    def leverage(self) -> np.ndarray:
        """(n,) how much one unit more of a row's outcome moves its own fitted value, 0 to 1."""
        own: np.ndarray = self.weights * np.einsum("ij,ij->i", self.design @ self.bread, self.design)
        clipped: np.ndarray = np.clip(own, 0.0, 1.0)
        return clipped

    def honest_residuals(self, clusters: np.ndarray) -> np.ndarray:
        """(n,) residuals made larger by how much their own cluster (n,) drew the fit to itself.

        HC2 (MacKinnon and White 1985) where rows are independent; a cluster's leverage is the sum of its rows'.
        """
        by_cluster = np.bincount(clusters, weights=self.leverage())
        grown: np.ndarray = self.residuals / np.sqrt(1 - np.minimum(by_cluster, MOST_LEVERAGE))[clusters]
        return grown


def least_squares(design: np.ndarray, outcome: np.ndarray, weights: np.ndarray) -> LeastSquares:
    """Minimise the weighted (n,) squares of outcome (n,) minus design (n, k) times coefficients."""
    weighted = design * weights[:, None]
    sizes, vectors = np.linalg.eigh(design.T @ weighted)
    kept = sizes > NOTHING_LEFT * max(float(sizes.max(initial=0.0)), np.finfo(float).tiny)
    bread = (vectors[:, kept] / sizes[kept]) @ vectors[:, kept].T
    coefficients = np.zeros(design.shape[1])
    residuals = outcome.astype(float)
    for _ in range(2):
        coefficients = coefficients + bread @ (weighted.T @ residuals)
        residuals = outcome - design @ coefficients
    return LeastSquares(design, weights, coefficients, residuals, int(kept.sum()), bread)


def with_constant(matrix: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(n, p + 1) ones, and the covariates (n, p) with weighted mean 0 and standard deviation 1 (constant: 0)."""
    center = np.average(matrix, axis=0, weights=weights) if matrix.shape[1] else np.zeros(0)
    away = matrix - center
    spread = np.sqrt(np.average(away**2, axis=0, weights=weights)) if matrix.shape[1] else np.zeros(0)
    varying = spread > 1e-12 * np.abs(center)
    return np.column_stack([np.ones(len(matrix)), np.where(varying, away / np.where(varying, spread, 1.0), 0.0)])


def extrapolation(weights: np.ndarray) -> tuple[str, ...]:
    """A sentence where a regression gives units a negative weight (n,): it reaches beyond the arm it was fitted on."""
    negative = weights < 0
    share = float(-weights[negative].sum() / np.abs(weights).sum())
    if share < WORTH_SAYING:
        return ()
    return (
        f"The regression extrapolates: {negative.sum():,} of {len(weights):,} units count with a negative weight "
        f"({100 * share:.1f} % of all weight).",
    )
