"""Regression discontinuity: the effect at a cutoff that decided (or changed) who was treated.

The jump of the outcome over the jump of the treatment, each from local polynomials on either side with a triangular
kernel; where the cutoff decides alone the treatment jumps by one. Bandwidth and bias correction: `cutoff`. Assumes that
nothing else changes at the cutoff and that units cannot choose their side precisely; then those beside it are as good
as randomised (Hahn, Todd and Van der Klaauw 2001). The number is for units at the cutoff alone. No covariate is used:
they serve to doubt (`cutoff_checks`).
"""

from typing import Any

import numpy as np

from core.effects.crossfit import Scored, finished
from core.effects.cutoff import Jump, best_bandwidth, jump
from core.effects.cutoff_checks import covariate_check, density_check, placebo_cutoffs
from core.effects.estimate import Estimate, clustered_error
from core.effects.interval import Interval
from core.effects.local_polynomial import local_fit
from core.effects.nuisances import Nuisances
from core.effects.table import AnalysisTable
from core.errors import BadSpec, NotEnoughData

FEWEST_UNITS = 30  # on each side
STRONG_ENOUGH = 10.0**0.5  # jump of the treatment in its standard errors: F = 10
BINS = 15  # drawn on each side
LINE_POINTS = 12


def estimate(
    table: AnalysisTable, *, estimand: str = "CUTOFF", seed: int = 0, nuisances: Nuisances | None = None
) -> Estimate:
    """The effect at the cutoff in the outcome's unit; details: `bandwidth, sharp, treatment_jump, outcome_jump,
    local_line` (uncorrected), `bandwidths` (half, the same, double), `density`, `covariates`, `placebo_cutoffs`
    (checks), `bins` and `lines` to draw.

    Raises BadSpec without a running column, NotEnoughData for under 30 units on a side or no jump in the treatment.
    """
    running, cutoff = _running(table)
    base, outcome, treatment = table.weights, table.outcome, table.treatment
    reach = best_bandwidth(running, outcome, cutoff)
    sharp = bool(np.array_equal(treatment == 1, running >= cutoff) or np.array_equal(treatment == 0, running >= cutoff))
    value, influence, first = _effect(table, running, cutoff, reach, 2)
    first_se = clustered_error(first.influence, table.clusters)
    if not sharp and not abs(first.value) > STRONG_ENOUGH * first_se:
        raise NotEnoughData(
            f"At {cutoff:g} the share with {table.treatment_title} changes by {first.value:+.1%} "
            f"(error {100 * first_se:.1f} %): too little for an effect; check the cutoff."
        )
    moved = jump(running, outcome, cutoff, reach, base)
    if not np.isfinite(value):
        raise NotEnoughData(
            f"Too few different values of {_title(table)} lie near {cutoff:g} for a line on either side."
        )
    details: dict[str, Any] = {
        "bandwidth": reach,
        "cutoff": cutoff,
        "running_title": _title(table),
        "sharp": sharp,
        "treatment_jump": Interval(first.value, first_se).plain(),
        "outcome_jump": Interval(moved.value, clustered_error(moved.influence, table.clusters)).plain(),
        "local_line": _row(table, running, cutoff, reach, 1),
        "bandwidths": [
            {"bandwidth": share * reach, **_row(table, running, cutoff, share * reach, 2)} for share in (0.5, 1.0, 2.0)
        ],
        "density": density_check(running, cutoff),
        "covariates": covariate_check(table, running, cutoff),
        "placebo_cutoffs": placebo_cutoffs(table, running, cutoff),
        **_drawn(table, running, cutoff, reach),
    }
    weights = base * np.abs(moved.smoother) + 1e-300
    near = np.where(np.abs(running - cutoff) < reach, treatment, -1.0)
    return finished(
        "discontinuity", table, "CUTOFF", Scored(value, influence, weights, details, _notes(details)), treated=near
    )


def _running(table: AnalysisTable) -> tuple[np.ndarray, float]:
    if table.running is None or table.cutoff is None:
        raise BadSpec("A discontinuity needs the running column and its cutoff; name both.")
    running = table.frame[table.running.name].to_numpy(dtype=float)
    counts = int((running < table.cutoff).sum()), int((running >= table.cutoff).sum())
    if min(counts) < FEWEST_UNITS:
        raise NotEnoughData(
            f"{counts[0]:,} units lie below {table.cutoff:g} in {table.running.title} and {counts[1]:,} above; each "
            f"side needs {FEWEST_UNITS}."
        )
    return running, table.cutoff


def _title(table: AnalysisTable) -> str:
    return table.running.title if table.running else ""


def _effect(
    table: AnalysisTable, running: np.ndarray, cutoff: float, reach: float, degree: int
) -> tuple[float, np.ndarray, Jump]:
    """The ratio of the jumps, each unit's influence on it, and the jump of the treatment."""
    outcome = jump(running, table.outcome, cutoff, reach, table.weights, degree=degree)
    first = jump(running, table.treatment, cutoff, reach, table.weights, degree=degree)
    value = outcome.value / first.value if first.value else float("nan")
    return value, (outcome.influence - value * first.influence) / (first.value or 1.0), first


def _row(table: AnalysisTable, running: np.ndarray, cutoff: float, reach: float, degree: int) -> dict[str, Any]:
    value, influence, _ = _effect(table, running, cutoff, reach, degree)
    if not np.isfinite(value):
        return dict.fromkeys(("value", "se", "low", "high"))
    return Interval(float(value), clustered_error(influence, table.clusters)).plain()


def _drawn(table: AnalysisTable, running: np.ndarray, cutoff: float, reach: float) -> dict[str, Any]:
    """Means of the outcome in bins within two bandwidths, and both sides' local lines within one."""
    bins, lines = [], []
    for sign, side in ((-1, running < cutoff), (1, running >= cutoff)):
        distance, base = np.abs(running - cutoff), table.weights
        place = np.floor(distance / (2 * reach) * BINS).astype(int)
        for number in range(BINS):
            held = side & (place == number)
            if held.any():
                mean = float(np.average(table.outcome[held], weights=base[held]))
                at = float(np.average(running[held], weights=base[held]))
                bins.append({"running": at, "value": mean, "units": int(held.sum())})
        farthest = min(reach, float(distance[side].max()))
        for at in cutoff + sign * np.linspace(0, farthest, LINE_POINTS):
            fit = local_fit(running, table.outcome, float(at), reach, weights=base * side)
            if np.isfinite(fit.value):
                lines.append({"running": float(at), "value": fit.value, "side": "above" if sign > 0 else "below"})
    return {"bins": bins, "lines": lines}


def _notes(details: dict[str, Any]) -> tuple[str, ...]:
    kind = "decides alone" if details["sharp"] else "changes the share treated"
    notes = [
        f"The cutoff {details['cutoff']:g} {kind}; units within {details['bandwidth']:.3g} of it were used, and the "
        "number holds for units at the cutoff."
    ]
    return (*notes, *(details[name]["sentence"] for name in ("density", "covariates", "placebo_cutoffs")
                      if details[name]["passed"] is False))  # fmt: skip
