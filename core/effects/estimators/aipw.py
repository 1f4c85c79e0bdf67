"""Weighting and outcome model (augmented inverse probability weighting): the headline estimator.

ATE: mean of m1 - m0 + w1 (y - m1) - w0 (y - m0); ATT: mean over the treated of y - m0, minus the controls' y - m0
weighted by e / (1 - e). Propensity e and outcomes m are cross-fitted super learners (`nuisances`). Assumes that the
covariates hold every common cause; then it is right when e or m is learnt well, and its errors are the spread of the
influences (Robins, Rotnitzky and Zhao 1994; Chernozhukov et al. 2018), summed by user. Over several random splits: the
median value, and the median of squared error plus squared distance to that value.
"""

from dataclasses import dataclass

import numpy as np

from core.effects.estimate import Estimate, clustered_error, effective_units, largest_weight_share
from core.effects.estimators import ESTIMATORS
from core.effects.nuisances import Nuisances
from core.effects.table import AnalysisTable

GUARD = 0.001  # propensities are kept this far from where a weight would be infinite; counted and said


@dataclass(frozen=True)
class _Split:
    value: float
    se: float
    influence: np.ndarray
    weights: np.ndarray
    guarded: int


def estimate(table: AnalysisTable, *, estimand: str, seed: int = 0, nuisances: Nuisances | None = None) -> Estimate:
    """The adjusted effect in the outcome's unit; estimand "ATE" or "ATT"."""
    fits = nuisances or Nuisances(table, seed=seed)
    splits = [_one_split(table, fits, estimand, split) for split in range(fits.splits)]
    values = np.array([split.value for split in splits])
    value = float(np.median(values))
    errors = np.array([split.se for split in splits])
    middle = splits[int(np.argmin(np.abs(values - value)))]
    return Estimate(
        estimator="aipw",
        title=ESTIMATORS["aipw"].title,
        estimand=estimand,
        value=value,
        se=float(np.sqrt(np.median(errors**2 + (values - value) ** 2))),
        effective_units=effective_units(middle.weights, table.treatment),
        largest_weight_share=largest_weight_share(middle.weights, table.treatment),
        influence=middle.influence,
        weights=middle.weights,
        notes=_notes(middle.guarded, table.units),
        split_values=tuple(float(each) for each in values),
    )


def arm_weights(treatment: np.ndarray, propensity: np.ndarray, estimand: str) -> np.ndarray:
    """(n,) weights that make both arms look like all units (ATE) or like the treated (ATT); each arm's mean is 1."""
    if estimand == "ATE":
        weights = np.where(treatment == 1, 1 / propensity, 1 / (1 - propensity))
    else:
        weights = np.where(treatment == 1, 1.0, propensity / (1 - propensity))
    for arm in (0, 1):
        weights[treatment == arm] /= weights[treatment == arm].mean()
    return weights


def guard(propensity: np.ndarray, estimand: str) -> np.ndarray:
    """(n,) propensities away from 1, and for the ATE from 0, by at least GUARD: a limit of arithmetic, not a trim."""
    return np.asarray(np.clip(propensity, GUARD if estimand == "ATE" else 1e-12, 1 - GUARD))


def _one_split(table: AnalysisTable, fits: Nuisances, estimand: str, split: int) -> _Split:
    treatment, outcome = table.treatment, table.outcome
    learnt = fits.propensity(split)
    propensity = guard(learnt, estimand)
    weights = arm_weights(treatment, propensity, estimand)
    share = treatment.mean()
    control = fits.outcome(0, split)
    surprise_0 = (1 - treatment) / (1 - share) * weights * (outcome - control)
    if estimand == "ATE":
        treated = fits.outcome(1, split)
        score = treated - control + treatment / share * weights * (outcome - treated) - surprise_0
        value = float(score.mean())
        influence = score - value
    else:
        score = treatment / share * (outcome - control) - surprise_0
        value = float(score.mean())
        influence = score - value * treatment / share
    moved = int((np.abs(propensity - learnt) > 1e-9).sum())
    return _Split(value, clustered_error(influence, table.clusters), influence, weights, moved)


def _notes(guarded: int, units: int) -> tuple[str, ...]:
    if not guarded:
        return ()
    return (f"{guarded:,} of {units:,} propensities lay within {GUARD} of certainty and were moved to that limit.",)
