"""Propensity matching: each unit is compared with the units of the other arm whose propensity is nearest.

Nearest in the logit of a logistic regression, one neighbour with replacement, all of those that tie. Assumes that the
covariates hold every common cause and that the logistic form is right; what still differs within matches is corrected
by a regression, so that the propensity's own error is of second order (Abadie and Imbens 2011, 2016).
"""

from typing import TYPE_CHECKING

from core.effects.estimate import Estimate
from core.effects.least_squares import with_constant
from core.effects.logistic import fit_logistic
from core.effects.matching import cells_on_a_line, matched_estimate
from core.effects.propensity_weights import separation
from core.effects.table import AnalysisTable

if TYPE_CHECKING:
    from core.effects.nuisances import Nuisances


def estimate(table: AnalysisTable, *, estimand: str, seed: int = 0, nuisances: "Nuisances | None" = None) -> Estimate:
    """The matched difference in the outcome's unit; "ATE" or "ATT". Needs neither seed nor nuisances."""
    base = table.weights / table.weights.mean()
    fit = fit_logistic(with_constant(table.matrix(), base), table.treatment, base)
    return matched_estimate(
        table,
        cells_on_a_line(fit.score),
        estimator="matching_propensity",
        estimand=estimand,
        notes=separation(fit),
    )
