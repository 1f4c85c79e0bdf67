"""Logistic regression by Newton's method, with or without a ridge penalty.

Written here because estimators need its Hessian and a warm start, and must give the same bits on any number of threads.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

LARGEST_STEP_HALVINGS = 20


@dataclass(frozen=True)
class LogisticFit:
    """coefficients: (k,); propensity: (n,) of the rows fitted; hessian: (k, k), the penalised information matrix."""

    coefficients: np.ndarray
    propensity: np.ndarray
    hessian: np.ndarray
    converged: bool


def fit_logistic(
    design: np.ndarray,
    target: np.ndarray,
    *,
    penalty: float = 0.0,
    start: np.ndarray | None = None,
    tolerance: float = 1e-12,
    iterations: int = 60,
) -> LogisticFit:
    """Maximise the log-likelihood minus penalty / 2 times the squared coefficients.

    design (n, k), whose first column is the constant and is not penalised; target (n,) 0 or 1. Stops when Newton's
    decrement falls below tolerance * n. Collinear columns share their effect (least-norm steps).
    """
    count, width = design.shape
    ridge = np.full(width, penalty)
    ridge[0] = 0.0
    beta = np.zeros(width) if start is None else start.copy()
    score = design @ beta
    loss = _loss(score, target, beta, ridge)
    converged = False
    for _ in range(iterations):
        gradient, hessian = _derivatives(design, score, target, beta, ridge)
        step = np.linalg.lstsq(hessian, gradient, rcond=1e-13)[0] if penalty == 0 else np.linalg.solve(hessian, gradient)
        converged = bool(gradient @ step < tolerance * count)
        if converged:
            beta, score = beta + step, score + design @ step
            break
        direction, scale = design @ step, 1.0
        for _ in range(LARGEST_STEP_HALVINGS):
            tried = _loss(score + scale * direction, target, beta + scale * step, ridge)
            if tried <= loss:
                break
            scale /= 2
        beta, score, loss = beta + scale * step, score + scale * direction, tried
    _, hessian = _derivatives(design, score, target, beta, ridge)
    return LogisticFit(beta, expit(score), hessian, converged)


def _loss(score: np.ndarray, target: np.ndarray, beta: np.ndarray, ridge: np.ndarray) -> float:
    return float(np.logaddexp(0.0, score).sum() - target @ score + (ridge * beta**2).sum() / 2)


def _derivatives(
    design: np.ndarray, score: np.ndarray, target: np.ndarray, beta: np.ndarray, ridge: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    probability = expit(score)
    gradient = design.T @ (target - probability) - ridge * beta
    root = np.sqrt(np.maximum(probability * (1 - probability), 1e-15))
    scaled = design * root[:, None]
    hessian = scaled.T @ scaled
    hessian[np.diag_indices_from(hessian)] += ridge
    return gradient, hessian
