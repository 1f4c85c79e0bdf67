"""Overlap weights: units count as much as they could as well have been in the other arm.

Treated units weigh 1 - e, controls e, with e from a logistic regression; then the arms' covariate means are exactly
equal (Li, Morgan and Zaslavsky 2018). It answers for the overlap population (ATO), the units for whom both arms were
likely, so it has an answer where the ATE has none. Assumes that the covariates hold every common cause and that the
logistic form is right. The standard error treats the propensity as estimated and is summed by user.
"""

from typing import TYPE_CHECKING

from core.effects.estimate import Estimate
from core.effects.propensity_weights import weighted_estimate
from core.effects.table import AnalysisTable

if TYPE_CHECKING:
    from core.effects.nuisances import Nuisances


def estimate(
    table: AnalysisTable, *, estimand: str = "ATO", seed: int = 0, nuisances: "Nuisances | None" = None
) -> Estimate:
    """The weighted difference in the outcome's unit. The estimand is always the ATO. Needs no seed or nuisances."""
    return weighted_estimate(table, estimator="overlap_weights", estimand="ATO")
