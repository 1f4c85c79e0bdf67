"""Linear regression (OLS): the coefficient of treatment beside the covariates, in one regression of the outcome.

Assumes that the covariates hold every common cause, that the outcome is linear in them, and one effect for all. Where
effects differ it is no average over all units: units count by how undecided their treatment is (Angrist 1998), which
makes it an effect in an overlap population. The standard error allows for any variances and is summed by user (CR1, by
unit HC1).
"""

from typing import TYPE_CHECKING

import numpy as np

from core.effects.estimate import Estimate, clustered_error, effective_units, largest_weight_share
from core.effects.estimators import ESTIMATORS
from core.effects.least_squares import extrapolation, least_squares, with_constant
from core.effects.table import AnalysisTable
from core.errors import NotEnoughData

if TYPE_CHECKING:
    from core.effects.nuisances import Nuisances

NO_FREEDOM = 1e-10  # a treatment with a smaller share of its variance left is what the covariates say


def estimate(
    table: AnalysisTable, *, estimand: str = "ATO", seed: int = 0, nuisances: "Nuisances | None" = None
) -> Estimate:
    """The coefficient in the outcome's unit. The estimand is always "ATO". Needs neither seed nor nuisances.

    Raises NotEnoughData where the covariates leave nothing of the treatment, or no more units than coefficients.
    """
    treatment, base = table.treatment, table.weights / table.weights.mean()
    covariates = with_constant(table.matrix(), base)
    unexplained = least_squares(covariates, treatment, base).residuals  # of the treatment: Frisch, Waugh and Lovell
    spread = float(base @ unexplained**2)
    if spread <= NO_FREEDOM * float(base @ (treatment - np.average(treatment, weights=base)) ** 2):
        raise NotEnoughData(
            "Linear regression has no answer: the covariates say exactly who was treated; leave out the one that does."
        )
    fit = least_squares(np.column_stack([unexplained / np.sqrt(spread), covariates]), table.outcome, base)
    if fit.rank >= table.units:
        raise NotEnoughData(
            f"Linear regression has {fit.rank:,} coefficients for {table.units:,} units; name fewer covariates."
        )
    pull = base * unexplained / spread
    influence = table.units * pull * fit.residuals
    small_sample = np.sqrt((table.units - 1) / (table.units - fit.rank))
    weights = table.units * np.where(treatment == 1, pull, -pull)
    return Estimate(
        estimator="ols",
        title=ESTIMATORS["ols"].title,
        estimand="ATO",
        value=float(pull @ table.outcome),
        se=clustered_error(influence, table.clusters) * float(small_sample),
        effective_units=effective_units(weights, treatment),
        largest_weight_share=largest_weight_share(weights, treatment),
        influence=influence,
        weights=weights,
        notes=(
            "Units count by how undecided their treatment was: where effects differ this is not the average effect.",
            *extrapolation(weights),
        ),
    )
