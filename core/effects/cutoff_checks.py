"""May a jump at a cutoff be believed? Three ways to say no.

Sorting: the density of the running column must not jump (McCrary 2008). Covariates must not jump, as nothing before the
cutoff may. And where there is no cutoff, the outcome must not jump. NaN or too little to tell is never a pass.
"""

from typing import Any

import numpy as np
from scipy.stats import norm

from core.effects.cutoff import best_bandwidth, jump
from core.effects.estimate import clustered_error
from core.effects.local_polynomial import local_fit
from core.effects.table import AnalysisTable

CHANCE_LINE = 0.05
FEWEST_VALUES = 20  # of the running column on a side, and units
MOST_BINS = 400


def density_check(running: np.ndarray, cutoff: float) -> dict[str, Any]:
    """`passed, ratio (just above over just below), p, sentence, rows` (middle, density of each bin)."""
    sides = [running[running < cutoff], running[running >= cutoff]]
    if min(len(np.unique(side)) for side in sides) < FEWEST_VALUES:
        says = "The running column has too few different values to see whether units were sorted around the cutoff."
        return {"passed": None, "ratio": None, "p": None, "sentence": says, "rows": []}
    width = max(2 * running.std() * len(running) ** -0.5, np.ptp(running) / MOST_BINS)
    found, rows, variance = [], [], 0.0
    fits = []
    for sign, side in zip((-1, 1), sides, strict=True):
        distance = np.abs(side - cutoff)
        counts = np.bincount((distance / width).astype(int))
        middles, heights = (np.arange(len(counts)) + 0.5) * width, counts / (len(running) * width)
        fits.append((middles, heights, _density_bandwidth(middles, heights)))
        rows += [
            {"middle": float(cutoff + sign * middle), "density": float(height)}
            for middle, height in zip(middles, heights, strict=True)
        ]
    reach = float(np.mean([fit[2] for fit in fits]))
    for middles, heights, _ in fits:
        found.append(local_fit(middles, heights, 0.0, max(reach, 12 * width)).value)
    below, above = found
    if not (below > 0 and above > 0):
        says = "Hardly any unit lies right beside the cutoff on one side, so sorting cannot be judged."
        return {"passed": None, "ratio": None, "p": None, "sentence": says, "rows": rows}
    variance = 24 / 5 / (len(running) * max(reach, 12 * width)) * (1 / above + 1 / below)
    chance = float(2 * norm.sf(abs(np.log(above / below)) / np.sqrt(variance)))
    passed, ratio = bool(chance >= CHANCE_LINE), float(above / below)
    says = (
        "No sign that units were sorted around the cutoff"
        if passed
        else f"There are {ratio:.2f} times as many units just above the cutoff as just below: they may have been sorted"
    )
    return {"passed": passed, "ratio": ratio, "p": chance, "sentence": f"{says} (p = {chance:.3f}).", "rows": rows}


def _density_bandwidth(middles: np.ndarray, heights: np.ndarray) -> float:
    """McCrary's rule of thumb: 3.348 (s^2 span / sum f''^2)^(1/5) of a quartic through the bins."""
    span = float(middles[-1])
    fitted = np.polynomial.Polynomial.fit(middles, heights, 4)
    left = float(((heights - fitted(middles)) ** 2).mean())
    bend = float((fitted.deriv(2)(middles) ** 2).sum())
    return 3.348 * (left * span / bend) ** 0.2 if bend > 0 else span


def covariate_check(table: AnalysisTable, running: np.ndarray, cutoff: float) -> dict[str, Any]:
    """`passed, sentence, rows` (title, value, low, high, p and p adjusted by Holm of each covariate's jump)."""
    rows = []
    for each in table.covariates:
        values = table.frame[each.name].to_numpy(dtype=float)
        if np.array_equal(values, running) or np.ptp(values) == 0:
            continue
        rows.append({"title": each.title, **_jump_row(table, running, values, cutoff)})
    known = [row["p"] for row in rows if row["p"] is not None]
    if not known:
        return {"passed": None, "sentence": "There is no covariate whose jump could be looked at.", "rows": rows}
    worst = min(known) * len(known)
    passed = bool(worst >= CHANCE_LINE)
    named = min((row for row in rows if row["p"] is not None), key=lambda row: row["p"])["title"]
    says = (
        f"None of {len(known)} covariates jumps at the cutoff."
        if passed
        else f"{named} jumps at the cutoff too (p = {min(worst, 1.0):.3f}), so something else may change there."
    )
    return {"passed": passed, "sentence": says, "rows": rows}


def placebo_cutoffs(table: AnalysisTable, running: np.ndarray, cutoff: float) -> dict[str, Any]:
    """`passed, sentence, rows`: the outcome's jump at the median of either side, from that side's units alone."""
    rows = []
    for side in (running < cutoff, running >= cutoff):
        middle = float(np.median(running[side]))
        counts = [(side & (running < middle)).sum(), (side & (running >= middle)).sum()]
        if min(counts) < FEWEST_VALUES:
            continue
        part = table.only_units(side, "of one side of the cutoff")
        rows.append({"cutoff": middle, **_jump_row(part, running[side], part.outcome, middle)})
    known = [row["p"] for row in rows if row["p"] is not None]
    if not known:
        return {"passed": None, "sentence": "There are too few units for a cutoff elsewhere.", "rows": rows}
    passed = bool(min(known) * len(known) >= CHANCE_LINE)
    says = "No jump where there is no cutoff." if passed else "The outcome also jumps where there is no cutoff."
    return {"passed": passed, "sentence": says, "rows": rows}


def _jump_row(table: AnalysisTable, running: np.ndarray, values: np.ndarray, cutoff: float) -> dict[str, Any]:
    found = jump(running, values, cutoff, best_bandwidth(running, values, cutoff), table.weights)
    se = clustered_error(found.influence, table.clusters)
    if not (np.isfinite(found.value) and se > 0):
        return {"value": None, "low": None, "high": None, "p": None}
    low, high = found.value - 1.96 * se, found.value + 1.96 * se
    return {"value": found.value, "low": low, "high": high, "p": float(2 * norm.sf(abs(found.value) / se))}
