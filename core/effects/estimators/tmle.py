"""Targeted learning (TMLE): the learnt outcomes are shifted until their weighted residuals vanish, then averaged.

Within each arm the outcome model gets one constant on the logistic scale, by a weighted fit with the weights of the
doubly robust score (van der Laan and Rubin 2006; weighted fluctuation as in Stitelman, De Gruttola and van der Laan
2012). Outcomes are scaled to 0..1 by their smallest and largest value first (Gruber and van der Laan 2010), so that no
prediction leaves the range of what was seen: that is what sets it apart from AIPW, whose assumptions and errors it
shares.
"""

import numpy as np
from scipy.special import expit, logit

from core.effects.doubly_robust import Fitted, Scored, arm_weights, over_splits, scored
from core.effects.estimate import Estimate
from core.effects.guard import guard
from core.effects.nuisances import Nuisances
from core.effects.table import AnalysisTable

MARGIN = 0.0005  # of the range: predictions are kept this far from its ends
STEPS = 50
TOLERANCE = 1e-12
LARGEST_STEP = 2.0


def estimate(table: AnalysisTable, *, estimand: str, seed: int = 0, nuisances: Nuisances | None = None) -> Estimate:
    """The targeted effect in the outcome's unit; estimand "ATE" or "ATT"."""
    fits = nuisances or Nuisances(table, seed=seed)
    return over_splits(
        "tmle", table, estimand, fits.splits, lambda split: _one_split(table, fits, estimand, split), fits.notes
    )


def _one_split(table: AnalysisTable, fits: Nuisances, estimand: str, split: int) -> Scored:
    learnt = fits.propensity(split)
    base = table.weights / table.weights.mean()
    weights = arm_weights(table.treatment, guard(learnt, estimand, table), estimand, base)
    targeted = {
        arm: _targeted(table.outcome, fits.outcome(arm, split), weights, table.treatment == arm)
        for arm in ((0,) if estimand == "ATT" else (0, 1))
    }
    return scored(table, Fitted(learnt, targeted[0], targeted.get(1, targeted[0])), estimand)


def _targeted(outcome: np.ndarray, learnt: np.ndarray, weights: np.ndarray, own: np.ndarray) -> np.ndarray:
    """(n,) predictions whose weighted residuals add to 0 among the units of the mask, by Newton's method."""
    lowest, highest = float(outcome.min()), float(outcome.max())
    if highest == lowest:
        return learnt
    shown = (outcome[own] - lowest) / (highest - lowest)
    score = logit(np.clip((learnt - lowest) / (highest - lowest), MARGIN, 1 - MARGIN))
    shift = 0.0
    for _ in range(STEPS):
        share = expit(score[own] + shift)
        step = float(weights[own] @ (shown - share)) / max(float(weights[own] @ (share * (1 - share))), TOLERANCE)
        shift += float(np.clip(step, -LARGEST_STEP, LARGEST_STEP))
        if abs(step) < TOLERANCE:
            break
    return np.asarray(lowest + (highest - lowest) * expit(score + shift))
