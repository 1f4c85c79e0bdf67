"""Bases and residuals of linear regression: what sensitivity, the refuters and the causal screen build on.

Frisch, Waugh and Lovell: the residuals of outcome and treatment on the covariates carry all of the linear effect.
"""

import numpy as np

NOTHING_LEFT = 1e-12  # a sum of squares below this share is rounding


def covariate_basis(matrix: np.ndarray) -> np.ndarray:
    """(n, r) orthonormal columns that span a constant and the covariates (n, p)."""
    spread = matrix.std(axis=0)
    standard = (matrix - matrix.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    sizes, vectors = np.linalg.eigh(standard.T @ standard)
    kept = sizes > 1e-10 * max(sizes.max(initial=0.0), 1.0)
    columns = standard @ (vectors[:, kept] / np.sqrt(sizes[kept]))
    return np.column_stack([np.full(len(matrix), 1 / np.sqrt(len(matrix))), columns])


def residuals(basis: np.ndarray, values: np.ndarray) -> np.ndarray:
    """What the orthonormal basis (n, r) leaves of values (n,) or (n, k); projected out twice, for the last digits."""
    once = values - basis @ (basis.T @ values)
    twice: np.ndarray = once - basis @ (basis.T @ once)
    return twice


def partial_r2(inner: np.ndarray, outer: np.ndarray, values: np.ndarray) -> float:
    """Share of what the basis `outer` leaves of values (n,) that the wider basis `inner` explains."""
    rest = residuals(outer, values)
    left = residuals(inner, values)
    total = float(rest @ rest)
    return max(0.0, 1 - float(left @ left) / total) if total > 0 else 0.0
