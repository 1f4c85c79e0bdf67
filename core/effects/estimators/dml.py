"""Double machine learning, partially linear: what is left of the outcome is regressed on what is left of the treatment.

sum (y - l) (t - e) / sum (t - e)^2, with l = e m1 + (1 - e) m0 the expected outcome given the covariates alone, all
cross-fitted (Robinson 1988; Chernozhukov et al. 2018). The model holds the effect to be the same for everybody; where
it is not, each unit counts by e (1 - e), so that what is estimated is the effect in the overlap population (ATO).
"""

import numpy as np

from core.effects.doubly_robust import Scored, arm_weights, over_splits
from core.effects.estimate import Estimate
from core.effects.guard import guard
from core.effects.nuisances import Nuisances
from core.effects.table import AnalysisTable
from core.errors import NotEnoughData

NOTES = ("The model has one effect for all; where effects differ, this is their mean in the overlap population.",)


def estimate(
    table: AnalysisTable, *, estimand: str = "ATO", seed: int = 0, nuisances: Nuisances | None = None
) -> Estimate:
    """The effect in the outcome's unit; its estimand is always "ATO". Raises NotEnoughData if nothing of the treatment
    is left."""
    fits = nuisances or Nuisances(table, seed=seed)
    notes = (*NOTES, *fits.notes)
    return over_splits("dml", table, "ATO", fits.splits, lambda split: _one_split(table, fits, split), notes)


def _one_split(table: AnalysisTable, fits: Nuisances, split: int) -> Scored:
    treatment, base = table.treatment, table.weights / table.weights.mean()
    propensity = fits.propensity(split)
    expected = propensity * fits.outcome(1, split) + (1 - propensity) * fits.outcome(0, split)
    moved, surprise = treatment - propensity, table.outcome - expected
    spread = float((base * moved**2).mean())
    if not spread > 0:
        raise NotEnoughData(
            "Double machine learning: the covariates decide the treatment, so nothing of it is left to compare; take "
            "out the covariate that decides it."
        )
    value = float((base * moved * surprise).mean()) / spread
    influence = base * moved * (surprise - value * moved) / spread
    weights = arm_weights(treatment, guard(propensity, "ATO", table), "ATO", base)
    return Scored(value, np.asarray(influence - influence.mean()), weights)
