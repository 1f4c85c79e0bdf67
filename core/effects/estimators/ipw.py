"""Weighting (inverse probability weighting): each arm is weighted until it looks like the population asked about.

Propensities from a logistic regression on the covariates, never clipped; Hajek's normalised weights: for the ATE
t / e and (1 - t) / (1 - e), for the ATT t and (1 - t) e / (1 - e). Assumes that the covariates hold every common cause
and that the logistic form is right. The standard error treats the propensity as estimated (stacked M-estimation,
Lunceford and Davidian 2004) and is summed by user.
"""

import numpy as np
from scipy.special import expit

from core.effects.estimate import Estimate, clustered_error, effective_units, largest_weight_share
from core.effects.estimators import ESTIMATORS
from core.effects.logistic import fit_logistic, information
from core.effects.nuisances import Nuisances
from core.effects.table import AnalysisTable


def estimate(table: AnalysisTable, *, estimand: str, seed: int = 0, nuisances: Nuisances | None = None) -> Estimate:
    """The weighted difference in the outcome's unit; estimand "ATE" or "ATT". Needs neither seed nor nuisances."""
    treatment, outcome = table.treatment, table.outcome
    design = _design(table.matrix())
    fit = fit_logistic(design, treatment)
    odds, propensity = np.exp(np.clip(fit.score, -500, 500)), expit(fit.score)
    if estimand == "ATE":
        treated, control = treatment * (1 + 1 / odds), (1 - treatment) * (1 + odds)
        slopes = -treatment / odds, (1 - treatment) * odds
    else:
        treated, control = treatment, (1 - treatment) * odds
        slopes = np.zeros_like(treatment), control
    level_1, level_0 = (treated @ outcome) / treated.sum(), (control @ outcome) / control.sum()
    treated, slope_1 = treated / treated.mean(), slopes[0] / treated.mean()
    control, slope_0 = control / control.mean(), slopes[1] / control.mean()
    influence = treated * (outcome - level_1) - control * (outcome - level_0)
    gradient = design.T @ (slope_1 * (outcome - level_1) - slope_0 * (outcome - level_0)) / table.units
    inverse = np.linalg.pinv(information(design, fit.score) / table.units, rcond=1e-13, hermitian=True)
    influence = influence + (design * (treatment - propensity)[:, None]) @ (inverse @ gradient)
    weights = treated + control
    return Estimate(
        estimator="ipw",
        title=ESTIMATORS["ipw"].title,
        estimand=estimand,
        value=float(level_1 - level_0),
        se=clustered_error(influence, table.clusters),
        effective_units=effective_units(weights, treatment),
        largest_weight_share=largest_weight_share(weights, treatment),
        influence=influence,
        weights=weights,
        notes=() if fit.converged else ("The logistic regression did not settle: the covariates separate the arms.",),
    )


def _design(matrix: np.ndarray) -> np.ndarray:
    spread = matrix.std(axis=0)
    standard = (matrix - matrix.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return np.column_stack([np.ones(len(matrix)), standard])
