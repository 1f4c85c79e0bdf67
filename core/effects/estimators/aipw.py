"""Weighting and outcome model (augmented inverse probability weighting): the headline estimator.

The doubly robust score (`doubly_robust`) of cross-fitted super learners (`nuisances`), without what both miss together
(`second_order`). Assumes that the covariates hold every common cause; then it is right when the propensity or the
outcome is learnt well, and its errors are the spread of the influences (Chernozhukov et al. 2018), summed by user. The
median of several random splits into folds.
"""

from core.effects.doubly_robust import Fitted, Scored, corrected, over_splits
from core.effects.estimate import Estimate
from core.effects.nuisances import Nuisances
from core.effects.table import AnalysisTable


def estimate(table: AnalysisTable, *, estimand: str, seed: int = 0, nuisances: Nuisances | None = None) -> Estimate:
    """The adjusted effect in the outcome's unit; estimand "ATE", "ATT" or "ATO" (the overlap population)."""
    fits = nuisances or Nuisances(table, seed=seed)
    return over_splits(
        "aipw", table, estimand, fits.splits, lambda split: _one_split(table, fits, estimand, split), fits.notes
    )


def _one_split(table: AnalysisTable, fits: Nuisances, estimand: str, split: int) -> Scored:
    return corrected(table, Fitted.of(fits, split, estimand), estimand, fits.axes)
