"""Regression with a log link: each covariate multiplies what is expected, as it does counts, amounts and times.

The score equations of Poisson regression, which are right for any outcome whose mean is an exponential (Gourieroux,
Monfort and Trognon 1984), by Newton's method under a mild ridge.
"""

import numpy as np

STEPS = 40
HALVINGS = 20
FURTHEST = 20.0  # on the log scale, from the mean: nothing is expected beyond
CLOSE = 1e-8


def fit_log_link(design: np.ndarray, target: np.ndarray, *, penalty: float) -> np.ndarray:
    """(k,) coefficients of design (n, k), whose first column is the constant and is not penalised, for a target (n,)
    with a mean above 0; the penalty counts as for a target of mean 1, so that the target's unit is of no effect."""
    scaled = target / target.mean()
    ridge = np.full(design.shape[1], penalty)
    ridge[0] = 0.0
    beta = np.zeros(design.shape[1])
    loss = _loss(design, scaled, beta, ridge)
    for _ in range(STEPS):
        mean = np.exp(_bounded(design @ beta))
        gradient = design.T @ (scaled - mean) - ridge * beta
        curvature = (design * mean[:, None]).T @ design + np.diag(ridge + CLOSE)
        step, before = np.linalg.solve(curvature, gradient), loss
        for _ in range(HALVINGS):
            loss = _loss(design, scaled, beta + step, ridge)
            if loss <= before:
                break
            step = step / 2
        else:
            break
        beta = beta + step
        if before - loss <= CLOSE * abs(before):
            break
    beta[0] += np.log(target.mean())
    return beta


def expected(design: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """(m,) the expectations of rows (m, k)."""
    return np.asarray(np.exp(beta[0] + _bounded(design[:, 1:] @ beta[1:])))


def _loss(design: np.ndarray, scaled: np.ndarray, beta: np.ndarray, ridge: np.ndarray) -> float:
    score = _bounded(design @ beta)
    return float((np.exp(score) - scaled * score).sum() + ridge @ beta**2 / 2)


def _bounded(score: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(score, -FURTHEST, FURTHEST))
