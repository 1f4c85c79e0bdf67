"""The adjusted effect of one treatment on many outcomes at once: weighting and outcome model, linear learners, shared.

The same doubly robust score as `estimators/aipw`, made for dozens of pairs: the propensities are fitted once for all
outcomes, and one factorisation per fold and arm serves every outcome's ridge regression. The learners are linear in the
covariates with their squares and hinges; there are no trees, so it is a screen, not a headline. Cross-fitted by user.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from core.effects.guard import limits
from core.effects.interval import NORMAL_975
from core.effects.learners import features
from core.effects.logistic import fit_logistic
from core.effects.nuisances import FOLDS, deal_folds
from core.effects.odds import times_odds

RIDGE_PENALTIES = np.logspace(-2, 5, 8)
PROPENSITY_PENALTY = 10.0
MANY_COLUMNS = 400  # more curves than this are left out: squares of dummies and of rare counts say little


@dataclass(frozen=True)
class Effects:
    """One entry per outcome (k,): value in the outcome's unit, se clustered by user; treated_mean, control_mean as they
    were. propensity (n,): cross-fitted; guarded: how many lay nearer to certainty than the `limits`."""

    value: np.ndarray
    se: np.ndarray
    treated_mean: np.ndarray
    control_mean: np.ndarray
    propensity: np.ndarray
    guarded: int

    @property
    def low(self) -> np.ndarray:
        return np.asarray(self.value - NORMAL_975 * self.se)

    @property
    def high(self) -> np.ndarray:
        return np.asarray(self.value + NORMAL_975 * self.se)


def design_of(matrix: np.ndarray) -> np.ndarray:
    """(n, 1 + q): a constant, the standardised covariates (n, p), and their squares and hinges unless too many."""
    given = features(matrix)
    if given.linear.shape[1] + given.curves.shape[1] > MANY_COLUMNS:
        return given.linear
    return np.hstack([given.linear, given.curves])


def many_effects(
    design: np.ndarray,
    treatment: np.ndarray,
    outcomes: np.ndarray,
    clusters: np.ndarray,
    *,
    weights: np.ndarray | None = None,
    estimand: str = "ATE",
    seed: int = 0,
    propensity: np.ndarray | None = None,
) -> Effects:
    """design (n, q) from `design_of`, treatment (n,) of 0 and 1, outcomes (n, k), clusters (n,) codes of users.

    weights (n,): how many units each stands for; estimand: ATE, ATT or ATO; propensity (n,): where it is known already.
    """
    units = np.ones(len(treatment)) if weights is None else weights
    fold = deal_folds(treatment, clusters, np.random.default_rng([seed, 0]))
    learnt = quick_propensities(design, treatment, fold, units) if propensity is None else propensity
    kept = np.clip(learnt, *limits(treatment, units))
    expected = {arm: _outcomes(design, treatment == arm, outcomes, fold) for arm in (0, 1)}
    value, influence = _scores(treatment, outcomes, kept, expected, units, estimand)
    means = [np.average(outcomes[treatment == arm], axis=0, weights=units[treatment == arm]) for arm in (0, 1)]
    return Effects(
        value=value,
        se=_errors(influence, clusters),
        treated_mean=means[1],
        control_mean=means[0],
        propensity=learnt,
        guarded=int((kept != learnt).sum()),
    )


def quick_propensities(design: np.ndarray, treatment: np.ndarray, fold: np.ndarray, units: np.ndarray) -> np.ndarray:
    """(n,) cross-fitted, of the population: the odds are set right where one arm was sampled more thinly."""
    learnt = np.empty(len(treatment))
    for which in range(FOLDS):
        test = fold == which
        train = ~test
        if np.ptp(treatment[train]) == 0:
            learnt[test] = treatment[train].mean()
            continue
        fit = fit_logistic(
            design[train], treatment[train], penalty=PROPENSITY_PENALTY, tolerance=1e-7, reuse_below=0.03
        )
        learnt[test] = expit(design[test] @ fit.coefficients)
    odds = units[treatment == 1].mean() / units[treatment == 0].mean()
    return times_odds(learnt, odds)


def _outcomes(design: np.ndarray, arm: np.ndarray, outcomes: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """(n, k) expected outcomes in one arm: ridge, its penalty by generalised cross-validation per outcome."""
    parts = []
    for which in range(FOLDS):
        rows = arm & (fold == which)
        inner = design[rows]
        parts.append((inner.T @ inner, inner.T @ outcomes[rows], (outcomes[rows] ** 2).sum(axis=0), int(rows.sum())))
    expected = np.empty_like(outcomes)
    for which in range(FOLDS):
        rest = [part for at, part in enumerate(parts) if at != which]
        coefficients = _ridge(
            np.sum([part[0] for part in rest], axis=0),
            np.sum([part[1] for part in rest], axis=0),
            np.sum([part[2] for part in rest], axis=0),
            sum(part[3] for part in rest),
        )
        test = fold == which
        expected[test] = design[test] @ coefficients
    return expected


def _ridge(gram: np.ndarray, moment: np.ndarray, squares: np.ndarray, rows: int) -> np.ndarray:
    """(q, k) coefficients from the cross-products of a design whose first column is the constant, not penalised."""
    if rows == 0:
        return np.zeros_like(moment)
    mean, level = gram[0, 1:] / rows, moment[0] / rows
    centred = gram[1:, 1:] - rows * np.outer(mean, mean)
    residual = moment[1:] - rows * np.outer(mean, level)
    total = np.maximum(squares - rows * level**2, 0.0)
    sizes, vectors = np.linalg.eigh(centred)
    sizes = np.maximum(sizes, 0.0)
    projected = vectors.T @ residual
    shrunk = 1 / (sizes[:, None] + RIDGE_PENALTIES)
    freedom = 1 + (sizes[:, None] * shrunk).sum(axis=0)
    explained = (projected**2).T @ (2 * shrunk - sizes[:, None] * shrunk**2)
    criterion = (total[:, None] - explained) / np.maximum(rows - freedom, 1.0) ** 2
    criterion[:, freedom > rows / 2] = np.inf
    criterion[:, -1] = np.where(np.isfinite(criterion).any(axis=1), criterion[:, -1], 0.0)
    best = criterion.argmin(axis=1)
    slopes = vectors @ (projected * shrunk[:, best])
    return np.vstack([level - mean @ slopes, slopes])


def _scores(
    treatment: np.ndarray,
    outcomes: np.ndarray,
    propensity: np.ndarray,
    expected: dict[int, np.ndarray],
    units: np.ndarray,
    estimand: str,
) -> tuple[np.ndarray, np.ndarray]:
    """((k,) values, (n, k) influences) of the doubly robust score; each arm's weights are scaled to mean 1."""
    target = {"ATE": np.ones_like(propensity), "ATT": treatment, "ATO": propensity * (1 - propensity)}[estimand]
    shape = {"ATE": np.ones_like(propensity), "ATT": propensity, "ATO": propensity * (1 - propensity)}[estimand]
    target = units * target / (units * target).mean()
    treated, control = units * treatment * shape / propensity, units * (1 - treatment) * shape / (1 - propensity)
    treated, control = treated / treated.mean(), control / control.mean()
    gap = expected[1] - expected[0]
    score = (
        target[:, None] * gap
        + treated[:, None] * (outcomes - expected[1])
        - control[:, None] * (outcomes - expected[0])
    )
    value = score.mean(axis=0)
    return value, score - target[:, None] * value


def _errors(influence: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """(k,) standard errors of means of influences (n, k) summed by cluster, as `estimate.clustered_error` has them."""
    centred = influence - influence.mean(axis=0)
    order = np.argsort(clusters, kind="stable")
    starts = np.flatnonzero(np.diff(clusters[order], prepend=-1))
    sums = np.add.reduceat(centred[order], starts, axis=0)
    count = len(starts)
    if count < 2:
        return np.full(influence.shape[1], np.nan)
    return np.asarray(np.sqrt(count / (count - 1) * (sums**2).sum(axis=0)) / len(influence))
