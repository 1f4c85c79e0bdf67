"""Per protocol: the effect had every control stayed without the treatment for the whole outcome window.

The arms are those of the end of the grace period, made comparable by weights from a logistic propensity. Controls who
take the treatment up later are censored at that moment, and those who stay without are weighted for them by the hazard
of late uptake given the covariates (inverse probability of censoring; Hernan and Robins 2017). The intention-to-treat
number, which lets controls go their own way, stands beside it. Assumes that the covariates at time zero hold every
common cause of outcome, treatment and late uptake, and proportional hazards of late uptake. Errors by user, with
propensity and hazard treated as estimated.
"""

import numpy as np
from scipy.special import expit

from core.effects.crossfit import Scored, finished
from core.effects.estimate import Estimate, clustered_error
from core.effects.interval import Interval
from core.effects.learners import features
from core.effects.logistic import fit_logistic, information
from core.effects.nuisances import Nuisances
from core.effects.strategies import (
    Kept,
    contrast,
    curve,
    heavy,
    sizes,
    staying_out,
    times_of,
    unfollowed,
    uptake_hazard,
)
from core.effects.table import AnalysisTable
from core.errors import BadSpec, NotEnoughData

FEWEST_CONTROLS = 20


def estimate(
    table: AnalysisTable, *, estimand: str = "ATE", seed: int = 0, nuisances: Nuisances | None = None
) -> Estimate:
    """The per-protocol difference in the outcome's unit; details: `intention_to_treat` (same weights, nobody
    censored), `deviated` (controls who took up later), `strategies`, `curve`.

    Raises BadSpec where the outcome window does not reach beyond the grace period, NotEnoughData where under 20
    controls stay without.
    """
    start, end = table.grace_days or 0.0, table.window_days or 0.0
    if end <= start:
        raise BadSpec(f"The outcome window of {end:g} days must reach beyond the grace period of {start:g} days.")
    times, controls = times_of(table), table.treatment == 0
    late = controls & (times.uptake < times.settled) & (times.uptake <= end)
    stayed = int((controls & ~late).sum())
    if stayed < FEWEST_CONTROLS:
        raise NotEnoughData(
            f"{stayed:,} of {int(controls.sum()):,} controls stay without {table.treatment_title}; {FEWEST_CONTROLS} "
            "are needed."
        )
    treated, assigned = _arms(table)
    fit = uptake_hazard(table, times, start, end, among=controls)
    staying = staying_out(fit, times, start, end)
    control = Kept(
        np.where(late, 0.0, assigned.weights * staying.weights),
        np.hstack([assigned.gradient, staying.gradient]),
        np.hstack([assigned.influence, staying.influence]),
    )
    value, influence = contrast(table, treated, control)
    plain, plain_influence = contrast(table, treated, assigned)
    deviated = int(late.sum())
    details = {
        "intention_to_treat": Interval(plain, clustered_error(plain_influence, table.clusters)).plain(),
        "deviated": deviated,
        "strategies": sizes(table, treated, control),
        "curve": curve(table, treated, control),
    }
    share = deviated / controls.sum()
    notes = (f"{deviated:,} controls ({100 * share:.1f} %) took it up after the grace period and are censored there.",)
    weights = np.where(controls, control.weights, treated.weights) * table.weights
    scored = Scored(value, influence, weights, details, (*notes, *heavy(table, treated, control), *unfollowed(table)))
    return finished("per_protocol", table, "ATE", scored)


def _arms(table: AnalysisTable) -> tuple[Kept, Kept]:
    """Both arms weighted to look like all units, by a logistic propensity."""
    design, treatment, base = features(table.matrix()).linear, table.treatment, table.weights
    fit = fit_logistic(design, treatment, base)
    propensity = expit(fit.score)
    inverse = np.linalg.pinv(information(design, fit.score, base) / table.units, rcond=1e-13, hermitian=True)
    influence = (design * (base * (treatment - propensity))[:, None]) @ inverse
    with np.errstate(divide="ignore"):  # where a unit is in the other arm
        weighted = np.where(treatment == 1, 1 / propensity, 0.0), np.where(treatment == 0, 1 / (1 - propensity), 0.0)
    treated = Kept(weighted[0], -design * (1 - propensity)[:, None], influence)
    control = Kept(weighted[1], design * propensity[:, None], influence)
    return treated, control
