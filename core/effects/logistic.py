"""Logistic regression by Newton's method, with or without a ridge penalty.

Written here because the weighting estimator needs its information matrix, the super learner needs dozens of fits a
second, and both must give the same bits on any number of threads.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

STEP_HALVINGS = 20
ITERATIONS = 60


@dataclass(frozen=True)
class LogisticFit:
    """coefficients: (k,); score: (n,) linear predictor of the rows fitted; converged: False where arms separate."""

    coefficients: np.ndarray
    score: np.ndarray
    converged: bool


def fit_logistic(
    design: np.ndarray,
    target: np.ndarray,
    weights: np.ndarray | None = None,
    /,
    *,
    penalty: float = 0.0,
    tolerance: float = 1e-14,
    reuse_below: float = 0.0,
) -> LogisticFit:
    """Maximise the weighted log-likelihood minus penalty / 2 times the squared coefficients.

    design (n, k), whose first column is the constant and is not penalised; target (n,) with both 0 and 1; weights (n,)
    how many rows each row stands for, all 1 by default. Stops when Newton's decrement per row falls below the
    tolerance. Once it is below `reuse_below` the information matrix is kept from the step before: cheaper steps towards
    the same maximum. Collinear columns share their effect.
    """
    counts = np.ones(len(target)) if weights is None else weights
    ridge = np.full(design.shape[1], penalty)
    ridge[0] = 0.0
    beta = np.zeros(design.shape[1])
    beta[0] = logit(np.average(target, weights=counts))
    score = design @ beta
    loss, decrement, converged = _loss(score, target, beta, ridge, counts), np.inf, False
    inverse = np.zeros((0, 0))
    for _ in range(ITERATIONS):
        gradient = design.T @ (counts * (target - expit(score))) - ridge * beta
        if decrement >= reuse_below:
            inverse = np.linalg.pinv(information(design, score, counts) + np.diag(ridge), rcond=1e-13, hermitian=True)
        step = inverse @ gradient
        decrement = float(gradient @ step) / counts.sum()
        scale, direction, before = 1.0, design @ step, loss
        for _ in range(STEP_HALVINGS):
            loss = _loss(score + scale * direction, target, beta + scale * step, ridge, counts)
            if loss <= before:
                break
            scale /= 2
        beta, score = beta + scale * step, score + scale * direction
        converged = decrement < tolerance
        if converged:
            break
    return LogisticFit(beta, score, converged)


def information(design: np.ndarray, score: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(k, k) Fisher information of a logistic regression at linear predictors (n,): X' diag(w e (1 - e)) X."""
    probability = expit(score)
    scaled = design * np.sqrt(weights * probability * (1 - probability))[:, None]
    fisher: np.ndarray = scaled.T @ scaled
    return fisher


def _loss(score: np.ndarray, target: np.ndarray, beta: np.ndarray, ridge: np.ndarray, counts: np.ndarray) -> float:
    return float(counts @ np.logaddexp(0.0, score) - (counts * target) @ score + (ridge * beta**2).sum() / 2)
