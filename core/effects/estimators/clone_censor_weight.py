"""Clone, censor and weight: taking the treatment up within a grace period, compared with not taking it up in it.

At time zero nobody is in an arm yet. Counting those who did take up as treated from time zero on compares people who
had to go without the outcome (and stay around) until they did. Here every unit is in both strategies as long as what
it does agrees with both; it leaves one when it deviates, and those who stay are weighted for those who left, by the
hazard of uptake given the covariates at time zero (Hernan 2018; Cain et al. 2010). Assumes that those covariates hold
every common cause of uptake and outcome, that what happens between time zero and uptake adds none, and proportional
hazards of uptake. Treated: uptake at the moments at which an average unit takes up. Errors by user, with the hazard
treated as estimated.
"""

import numpy as np

from core.effects.crossfit import Scored, finished
from core.effects.estimate import Estimate
from core.effects.estimators import ipw
from core.effects.nuisances import Nuisances
from core.effects.strategies import (
    contrast,
    curve,
    heavy,
    sizes,
    starting,
    staying_out,
    times_of,
    unfollowed,
    uptake_hazard,
)
from core.effects.table import AnalysisTable
from core.errors import BadSpec, NotEnoughData

FEWEST_UPTAKES = 20


def estimate(
    table: AnalysisTable, *, estimand: str = "ATE", seed: int = 0, nuisances: Nuisances | None = None
) -> Estimate:
    """The difference between the strategies in the outcome's unit; details: `as_taken` (the same arms as if they had
    been known at time zero), `strategies` (units and weights), `curve` (share with the outcome by day).

    Raises BadSpec without a grace period, NotEnoughData for under 20 units on either side.
    """
    grace = table.grace_days
    if not grace or grace <= 0:
        raise BadSpec(
            "Clone, censor and weight needs a grace period for the uptake; set a treatment window of some days."
        )
    times = times_of(table)
    took = int(((times.uptake < times.settled) & (times.uptake <= grace)).sum())
    if min(took, table.units - took) < FEWEST_UPTAKES:
        raise NotEnoughData(
            f"{took:,} of {table.units:,} units take up {table.treatment_title} within {grace:g} days before the "
            f"outcome; {FEWEST_UPTAKES} that do and {FEWEST_UPTAKES} that do not are needed."
        )
    fit = uptake_hazard(table, times, 0.0, grace)
    treated, control = starting(fit, times, grace), staying_out(fit, times, 0.0, grace)
    value, influence = contrast(table, treated, control)
    plain = ipw.estimate(table, estimand="ATE")
    details = {
        "as_taken": {"value": plain.value, "se": plain.se, "low": plain.low, "high": plain.high},
        "strategies": sizes(table, treated, control),
        "curve": curve(table, treated, control),
        "grace_days": grace,
    }
    early = int((times.settled <= np.minimum(times.uptake, grace)).sum())
    notes = [
        f"Both strategies share what happened until uptake: {early:,} outcomes came before any, and count in both."
    ]
    weights = np.where(table.treatment == 1, treated.weights, control.weights) * table.weights
    scored = Scored(
        value, influence, weights, details, (*notes[: early > 0], *heavy(table, treated, control), *unfollowed(table))
    )
    return finished("clone_censor_weight", table, "ATE", scored)
