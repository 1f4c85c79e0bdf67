"""Instrument: two-stage least squares, for effects whose common causes were not all measured.

The instruments move the treatment; what of the outcome moves along with that part of the treatment is its effect. With
one binary instrument and no covariates this is Wald's ratio: difference in outcome over difference in treatment.
Assumes that, given the covariates, nothing causes both instrument and outcome, that the instrument changes the outcome
through the treatment only, and that it moves no unit the other way; then the number is the mean effect in the units
that it moves (Imbens and Angrist 1994). Errors by user. Below an F of 104.7 (Lee, McCrary, Moreira and Porter 2022) the
interval is widened to hold the Anderson-Rubin set; where that set has no end there is no number.
"""

from typing import Any

import numpy as np
from scipy.stats import chi2

from core.effects.crossfit import Scored, finished
from core.effects.estimate import Estimate, clustered_error
from core.effects.interval import NORMAL_975, Interval
from core.effects.nuisances import Nuisances
from core.effects.table import AnalysisTable
from core.effects.weak_instruments import ReducedForms, anderson_rubin, effective_f, reduced_forms
from core.errors import BadSpec, NotEnoughData

F_OF_PLAIN_INTERVALS = 104.7
NOTHING_LEFT = 1e-9  # share of an instrument's variance that covariates and other instruments leave
BINS = 10


def estimate(
    table: AnalysisTable, *, estimand: str = "LATE", seed: int = 0, nuisances: Nuisances | None = None
) -> Estimate:
    """The effect of one unit of treatment in the outcome's unit, in the units that the instruments move.

    details: `first_stage` (each instrument's coefficient), `effective_f`, `critical_f`, `anderson_rubin` (intervals,
    None for an end that is not there), `overidentification`, `adjusted` (least squares, for comparison), `bins`.
    Raises BadSpec for an instrument that is constant or repeats the covariates, NotEnoughData for one too weak.
    """
    base, clusters = table.weights, table.clusters
    columns = table.frame[[each.name for each in table.instruments]].to_numpy(dtype=float)
    outcome, treatment, instruments = _without_covariates(table, [table.outcome, table.treatment, *columns.T])
    _refuse_useless(table, columns, instruments)
    forms = reduced_forms(instruments, treatment, outcome, base, clusters)
    moved = _fitted(instruments, treatment, base)
    bend = float((base * moved) @ treatment)
    value = float((base * moved) @ outcome) / bend
    influence = table.units * base * moved * (outcome - value * treatment) / bend
    se = clustered_error(influence, clusters)
    strength, critical = effective_f(forms)
    ends = anderson_rubin(forms, value, se)
    _refuse_weak(table, strength, critical, ends)
    low, high = min((end[0] for end in ends), default=value), max((end[1] for end in ends), default=value)
    widened = (
        se if strength >= F_OF_PLAIN_INTERVALS else max(se, (high - value) / NORMAL_975, (value - low) / NORMAL_975)
    )
    fit = float((base * treatment) @ outcome / ((base * treatment) @ treatment))
    left = table.units * base * treatment * (outcome - fit * treatment) / ((base * treatment) @ treatment)
    over = _overidentification(forms, value)
    details = {
        "first_stage": _first_stage(table, instruments, treatment),
        "effective_f": strength,
        "critical_f": critical,
        "anderson_rubin": [[_end(low), _end(high)] for low, high in ends],
        "two_stage": Interval(value, se).plain(),
        "overidentification": over,
        "adjusted": Interval(fit, clustered_error(left, clusters)).plain(),
        "bins": _bins(table, columns[:, 0], instruments[:, 0], treatment, outcome),
    }
    notes = _notes(table, strength, critical, widened > se, over)
    return finished("instrument", table, "LATE", Scored(value, influence, base, details, notes), se=widened)


def _without_covariates(table: AnalysisTable, columns: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcome, treatment (n,) and instruments (n, k), less what a constant and the covariates explain."""
    matrix, root = table.matrix(), np.sqrt(table.weights)
    spread = matrix.std(axis=0)
    design = np.column_stack([np.ones(table.units), (matrix - matrix.mean(axis=0)) / np.where(spread > 0, spread, 1.0)])
    values = np.column_stack(columns)
    fitted = np.linalg.lstsq(design * root[:, None], values * root[:, None], rcond=1e-10)[0]
    rest = values - design @ fitted
    return rest[:, 0], rest[:, 1], rest[:, 2:]


def _fitted(columns: np.ndarray, target: np.ndarray, weights: np.ndarray) -> np.ndarray:
    root = np.sqrt(weights)
    return np.asarray(columns @ np.linalg.lstsq(columns * root[:, None], target * root, rcond=1e-10)[0])


def _refuse_useless(table: AnalysisTable, columns: np.ndarray, left: np.ndarray) -> None:
    for place, given in enumerate(table.instruments):
        if np.ptp(columns[:, place]) == 0:
            raise BadSpec(f"The instrument {given.title} is {columns[0, place]:g} for every unit; it needs to vary.")
        others = np.delete(left, place, axis=1)
        rest = left[:, place] - _fitted(others, left[:, place], table.weights) if others.size else left[:, place]
        if rest.var() < NOTHING_LEFT * columns[:, place].var():
            raise BadSpec(
                f"The instrument {given.title} repeats covariates or other instruments; take one of them out."
            )


def _refuse_weak(table: AnalysisTable, strength: float, critical: float, ends: list[tuple[float, float]]) -> None:
    if any(np.isinf(end) for pair in ends for end in pair):
        named = ", ".join(each.title for each in table.instruments)
        raise NotEnoughData(
            f"The instrument {named} hardly moves {table.treatment_title} (effective F {strength:.1f}, "
            f"{critical:.0f} is enough): the interval that is right for weak instruments (Anderson-Rubin) has no end; "
            "find a stronger one."
        )


def _first_stage(table: AnalysisTable, instruments: np.ndarray, treatment: np.ndarray) -> list[dict[str, Any]]:
    weighted = instruments * table.weights[:, None]
    inverse = np.linalg.pinv(instruments.T @ weighted, hermitian=True)
    slopes = inverse @ (weighted.T @ treatment)
    moves = table.units * (weighted * (treatment - instruments @ slopes)[:, None]) @ inverse
    return [
        {"instrument": each.title, **Interval(float(slope), clustered_error(move, table.clusters)).plain()}
        for each, slope, move in zip(table.instruments, slopes, moves.T, strict=True)
    ]


def _overidentification(forms: ReducedForms, value: float) -> dict[str, Any] | None:
    """Hansen's J: do the instruments agree on one effect? None with a single instrument, which cannot disagree."""
    if forms.count < 2:
        return None
    inverse = np.linalg.pinv(forms.gap(value)[1], hermitian=True)
    best = float(forms.on_treatment @ inverse @ forms.on_outcome / (forms.on_treatment @ inverse @ forms.on_treatment))
    gap = forms.on_outcome - best * forms.on_treatment
    statistic = float(gap @ inverse @ gap)
    chance = float(chi2.sf(statistic, forms.count - 1))
    passed = bool(chance >= 0.05)
    says = "do not contradict each other" if passed else "disagree, so at least one of them is no instrument"
    sentence = f"The {forms.count} instruments {says} (Hansen's J {statistic:.1f}, p = {chance:.3f})."
    return {"statistic": statistic, "p": chance, "passed": passed, "sentence": sentence}


def _bins(
    table: AnalysisTable, instrument: np.ndarray, left: np.ndarray, treatment: np.ndarray, outcome: np.ndarray
) -> list[dict[str, float]]:
    """Mean treatment and outcome, less the covariates' part, by the first instrument: by value, or by tenths of it."""
    by = instrument if len(np.unique(instrument)) <= BINS else left
    cuts = np.unique(np.quantile(by, np.linspace(0, 1, BINS + 1)[1:-1])) if by is left else np.unique(by)[1:]
    place = np.searchsorted(cuts, by, side="right")
    levels = np.average(table.treatment, weights=table.weights), np.average(table.outcome, weights=table.weights)
    rows = []
    for number in np.unique(place):
        held = place == number
        given = table.weights[held]
        rows.append(
            {
                "instrument": float(np.average(instrument[held], weights=given)),
                "treatment": float(levels[0] + np.average(treatment[held], weights=given)),
                "outcome": float(levels[1] + np.average(outcome[held], weights=given)),
                "units": int(held.sum()),
            }
        )
    return rows


def _notes(
    table: AnalysisTable, strength: float, critical: float, widened: bool, over: dict[str, Any] | None
) -> tuple[str, ...]:
    named = ", ".join(each.title for each in table.instruments)
    notes = [f"Assumes that {named} changes {table.outcome_title} through {table.treatment_title} only."]
    if strength < critical:
        notes.append(f"A weak instrument: effective F {strength:.1f}, {critical:.1f} is needed.")
    if widened:
        notes.append("The interval is widened to hold the Anderson-Rubin set, which is right for weak instruments.")
    if over is not None and not over["passed"]:
        notes.append(over["sentence"])
    return tuple(notes)


def _end(value: float) -> float | None:
    return None if np.isinf(value) else value
