"""Weights from a logistic propensity, and the weighted difference of the arms with an error that knows they are fitted.

The propensity is never clipped; where it reaches 0 or 1, that is said.
"""

import numpy as np
from scipy.special import expit

from core.effects.estimate import Estimate, clustered_error, effective_units, largest_weight_share
from core.effects.estimators import ESTIMATORS
from core.effects.least_squares import with_constant
from core.effects.logistic import LogisticFit, fit_logistic, information
from core.effects.table import AnalysisTable

CERTAIN = 1e-8  # propensities nearer to 0 or 1 than this are where the covariates decide who is treated


def weighted_estimate(table: AnalysisTable, *, estimator: str, estimand: str) -> Estimate:
    """Hajek's normalised weighted difference for "ATE", "ATT" or "ATO", in the outcome's unit.

    The error stacks the equations of the propensity and of the two means (M-estimation: Lunceford and Davidian 2004;
    Li, Thomas and Li 2019 for the overlap population), summed by user.
    """
    treatment, outcome, base = table.treatment, table.outcome, table.weights / table.weights.mean()
    design = with_constant(table.matrix(), base)
    fit = fit_logistic(design, treatment, base)
    (treated, slope_1), (control, slope_0) = _weights(treatment, fit.score, estimand)
    levels, influence, gradient = [], np.zeros(table.units), np.zeros(table.units)
    for sign, weights, slope in ((1, base * treated, base * slope_1), (-1, base * control, base * slope_0)):
        level = float(weights @ outcome / weights.sum())
        influence += sign * weights * (outcome - level) / weights.mean()
        gradient += sign * slope * (outcome - level) / weights.mean()
        levels.append(level)
    inverse = np.linalg.pinv(information(design, fit.score, base), rcond=1e-13, hermitian=True)
    surprise = base * (treatment - expit(fit.score))
    influence += (design * surprise[:, None]) @ (inverse @ (design.T @ gradient))
    weights = base * (treated / (base * treated).mean() + control / (base * control).mean())
    return Estimate(
        estimator=estimator,
        title=ESTIMATORS[estimator].title,
        estimand=estimand,
        value=levels[0] - levels[1],
        se=clustered_error(influence, table.clusters),
        effective_units=effective_units(weights, treatment),
        largest_weight_share=largest_weight_share(weights, treatment),
        influence=influence,
        weights=weights,
        notes=separation(fit),
    )


def separation(fit: LogisticFit) -> tuple[str, ...]:
    """A sentence where the propensity's fit has no finite answer, or is certain of some units; else nothing."""
    certain = int((np.abs(fit.score) > -np.log(CERTAIN)).sum())
    if certain:
        return (
            f"The covariates all but decide who is treated: {certain:,} of {len(fit.score):,} propensities are 0 or 1 "
            "to eight digits. They were not clipped, so few units carry the weight.",
        )
    return () if fit.converged else ("The logistic regression did not settle: the covariates separate the arms.",)


def _weights(
    treatment: np.ndarray, score: np.ndarray, estimand: str
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """For treated and for control units: weights (n,), and their slopes (n,) in the propensity's linear score."""
    untreated, propensity = 1 - treatment, expit(score)
    odds = np.exp(np.clip(score, -500, 500))
    if estimand == "ATE":
        return (treatment * (1 + 1 / odds), -treatment / odds), (untreated * (1 + odds), untreated * odds)
    if estimand == "ATT":
        return (treatment, np.zeros_like(treatment)), (untreated * odds, untreated * odds)
    both = propensity * expit(-score)
    return (treatment * expit(-score), -treatment * both), (untreated * propensity, untreated * both)
