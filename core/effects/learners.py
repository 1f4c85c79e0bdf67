"""The learners that the super learner stacks: linear, curved (squares, hinges, products) and boosted trees.

Each takes training rows and test rows and returns predictions for the test rows. All of them are deterministic, and run
on one thread: `nuisances` runs several at once, so that a number does not depend on how many threads there are.
"""

from collections.abc import Callable
from dataclasses import dataclass

import lightgbm
import numpy as np
from scipy.special import expit

from core.effects.logistic import fit_logistic

KNOTS = (-1.0, -0.33, 0.33, 1.0)  # hinges, in standard deviations from the mean
CLIP = 3.0  # squares and hinges flatten beyond so many standard deviations
PRODUCTS_OF = 14  # products of at most so many covariates: 91 columns
RIDGE_PENALTIES = np.logspace(-2, 5, 8)
LINEAR_PENALTY = 1.0
CURVED_PENALTY = 10.0
QUICKLY = {"tolerance": 1e-7, "reuse_below": 0.03}  # a learner needs four digits, not fourteen
BOOSTING = {
    "num_leaves": 8, "learning_rate": 0.08, "min_data_in_leaf": 20, "num_threads": 1, "verbose": -1,
    "deterministic": True, "force_row_wise": True, "feature_pre_filter": False, "seed": 0, "max_bin": 63,
}  # fmt: skip
BOOSTING_ROUNDS = 80


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


def predict_linearly(
    given: Features, target: np.ndarray, train: np.ndarray, test: np.ndarray, *, is_share: bool
) -> np.ndarray:
    """Ridge regression, or logistic regression for a target of 0 and 1, on the standardised covariates."""
    if is_share:
        fit = fit_logistic(given.linear[train], target[train], penalty=LINEAR_PENALTY, **QUICKLY)
        return np.asarray(expit(given.linear[test] @ fit.coefficients))
    return ridge(given.linear[train, 1:], target[train])(given.linear[test, 1:])


def predict_with_curves(
    given: Features, target: np.ndarray, train: np.ndarray, test: np.ndarray, *, is_share: bool
) -> np.ndarray:
    """The same on squares, hinges and products. Products are of the covariates most correlated with the target in the
    training rows, so that their number stays in check and the test rows have no say."""
    chosen = _most_correlated(given.linear[train, 1:], target[train])
    inner, outer = _curved(given, train, chosen), _curved(given, test, chosen)
    if is_share:
        fit = fit_logistic(inner, target[train], penalty=CURVED_PENALTY, **QUICKLY)
        return np.asarray(expit(outer @ fit.coefficients))
    return ridge(inner[:, 1:], target[train])(outer[:, 1:])


def boosting_data(matrix: np.ndarray, target: np.ndarray) -> lightgbm.Dataset:
    """The covariates in bins, once per target; every fit then takes its rows from here."""
    data = lightgbm.Dataset(matrix, label=target, params=BOOSTING, free_raw_data=False)
    return data.construct()


def predict_with_trees(
    data: lightgbm.Dataset, matrix: np.ndarray, train: np.ndarray, test: np.ndarray, *, is_share: bool
) -> np.ndarray:
    """Gradient-boosted trees (LightGBM), small and few: they add what curves and products miss."""
    settings = {**BOOSTING, "objective": "binary" if is_share else "regression"}
    booster = lightgbm.train(settings, data.subset(train), num_boost_round=BOOSTING_ROUNDS)
    return np.asarray(booster.predict(matrix[test], num_threads=1))


def _most_correlated(standard: np.ndarray, target: np.ndarray) -> np.ndarray:
    if standard.shape[1] <= PRODUCTS_OF:
        return np.arange(standard.shape[1])
    strength = np.abs((target - target.mean()) @ standard)
    return np.sort(np.argsort(-strength, kind="stable")[:PRODUCTS_OF])


def _curved(given: Features, rows: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    linear = given.linear[rows]
    first, second = np.triu_indices(len(chosen), 1)
    products = linear[:, 1 + chosen[first]] * linear[:, 1 + chosen[second]]
    return np.hstack([linear, given.curves[rows], np.clip(products, -2 * CLIP, 2 * CLIP)])


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
