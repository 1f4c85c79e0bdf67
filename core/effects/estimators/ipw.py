"""Weighting (inverse probability weighting): each arm is weighted until it looks like the population asked about.

Propensities from a logistic regression on the covariates, never clipped; Hajek's normalised weights: for the ATE
t / e and (1 - t) / (1 - e), for the ATT t and (1 - t) e / (1 - e). Assumes that the covariates hold every common cause
and that the logistic form is right. The standard error treats the propensity as estimated (stacked M-estimation,
Lunceford and Davidian 2004) and is summed by user.
"""

from typing import TYPE_CHECKING

from core.effects.estimate import Estimate
from core.effects.propensity_weights import weighted_estimate
from core.effects.table import AnalysisTable

if TYPE_CHECKING:
    from core.effects.nuisances import Nuisances


def estimate(table: AnalysisTable, *, estimand: str, seed: int = 0, nuisances: "Nuisances | None" = None) -> Estimate:
    """The weighted difference in the outcome's unit; estimand "ATE" or "ATT". Needs neither seed nor nuisances."""
    return weighted_estimate(table, estimator="ipw", estimand=estimand)
