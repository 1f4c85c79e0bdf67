"""Covariates as smooth columns (standardised, squares and hinges), and ridge regression on any columns.

What closed forms and straight learners share; the super learner itself sees covariates through a `lens`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

KNOTS = (-1.0, -0.33, 0.33, 1.0)  # hinges, in standard deviations from the mean
CLIP = 3.0  # squares and hinges flatten beyond so many standard deviations
RIDGE_PENALTIES = np.logspace(-2, 5, 8)
LINEAR_PENALTY = 1.0
QUICKLY = {"tolerance": 1e-7, "reuse_below": 0.03}  # a learner needs four digits, not fourteen


@dataclass(frozen=True)
class Features:
    """What the learners see of the covariates: nothing here depends on treatment or outcome.

    plain (n, p): as measured; linear (n, 1 + p): a constant and the standardised covariates; curves (n, q): squares and
    hinges of the covariates with more than two values.
    """

    plain: np.ndarray
    linear: np.ndarray
    curves: np.ndarray


def features(matrix: np.ndarray) -> Features:
    """The features of covariates (n, p); p may be 0."""
    spread = matrix.std(axis=0)
    standard = (matrix - matrix.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    many_valued = [column for column in range(matrix.shape[1]) if len(np.unique(matrix[:, column])) > 2]
    clipped = np.clip(standard[:, many_valued], -CLIP, CLIP)
    curves = np.hstack([clipped**2, *(np.maximum(clipped - knot, 0.0) for knot in KNOTS)])
    linear = np.column_stack([np.ones(len(matrix)), standard])
    return Features(matrix, linear, curves)


def ridge(
    inner: np.ndarray, target: np.ndarray, *, penalties: np.ndarray = RIDGE_PENALTIES
) -> Callable[[np.ndarray], np.ndarray]:
    """Ridge regression whose penalty minimises generalised cross-validation (Golub, Heath and Wahba 1979).

    inner (n, q), target (n,); returns what predicts for new rows (m, q). Penalties that would use more than half of the
    rows' degrees of freedom are left out.
    """
    center, level = inner.mean(axis=0), target.mean()
    inner, residual = inner - center, target - level
    sizes, vectors = np.linalg.eigh(inner.T @ inner)
    sizes = np.maximum(sizes, 0.0)
    projected = vectors.T @ (inner.T @ residual)
    shrunk = 1.0 / (sizes[None, :] + penalties[:, None])
    freedom = 1 + (sizes * shrunk).sum(axis=1)
    squares = (
        residual @ residual - 2 * (projected**2 * shrunk).sum(axis=1) + (sizes * (projected * shrunk) ** 2).sum(axis=1)
    )
    criterion = squares / np.maximum(len(target) - freedom, 1.0) ** 2
    criterion[freedom > len(target) / 2] = np.inf
    best = int(np.argmin(criterion)) if np.isfinite(criterion).any() else len(penalties) - 1
    slopes = vectors @ (projected * shrunk[best])
    return lambda outer: np.asarray(level + (outer - center) @ slopes)
