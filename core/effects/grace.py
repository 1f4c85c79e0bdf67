"""The grace period after a landmark: how long it is, and what can go wrong within it, counted and said."""

from collections.abc import Mapping
from typing import Any, Final

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from core.effects.designs.windows import Windows
from core.effects.question import MICROSECONDS_PER_DAY, CausalQuestion, duration
from core.effects.question_parts import BINARY, BeforeAfter, Landmark
from core.effects.table import LAST_DAYS, AnalysisTable

LAST_US: Final = "last event in the grace period"
CLEAN_DAYS: Final = 1.0  # a treatment after so long without any begins a trial, as it does in a session of its own
MOST_CONTROLS_EACH, ENOUGH_CONTROLS = 5, 100_000
MANY_LEFT: Final = 0.05  # of the controls: with fewer, whoever leaves early decides little


def grace_days(question: CausalQuestion) -> float | None:
    """Within how long after time zero the treatment may be taken up; 0 where it is taken up at time zero, None where
    there are no two arms that one could take it up in."""
    if question.treatment_measure.kind not in BINARY or isinstance(question.design, BeforeAfter):
        return None
    return question.treatment_window_days if isinstance(question.design, Landmark) else 0.0


def grace_measures(rows: ir.Table, question: CausalQuestion) -> dict[str, ir.Value]:
    """When the last event of the unit's user within the grace period was, null where there was none."""
    if not grace_days(question):
        return {}
    offset_us = rows.offset_us
    return {LAST_US: offset_us.max(where=offset_us.between(1, question.treatment_window_us))}


def grace_columns(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """LAST_DAYS, where there is a grace period."""
    if LAST_US not in frame:
        return {}
    return {LAST_DAYS: frame[LAST_US].to_numpy(dtype=float, na_value=np.nan) / MICROSECONDS_PER_DAY}


def grace_notes(
    frame: pd.DataFrame, treated: np.ndarray, question: CausalQuestion, offsets: Windows
) -> tuple[str, ...]:
    """Sentences on outcomes in the grace period that no uptake preceded, and on controls who were gone by then."""
    if offsets.placebo or not grace_days(question):
        return ()
    as_taken = question.uptake == "as_taken"
    return (*(_early_outcomes(frame, question) if as_taken else ()), *_gone(frame, treated, question))


def _early_outcomes(frame: pd.DataFrame, question: CausalQuestion) -> tuple[str, ...]:
    outcome_us = frame["outcome_us"].to_numpy(dtype=float, na_value=np.inf)
    uptake_us = frame["uptake_us"].to_numpy(dtype=float, na_value=np.inf)
    grace_us = question.treatment_window_us
    early = (outcome_us <= grace_us) & (outcome_us < uptake_us)
    if not early.any():
        return ()
    control = int((early & (uptake_us > grace_us)).sum())
    window = duration(question.treatment_window_days)
    return (
        f"{int(early.sum()):,} units had {question.outcome_name} within {window} and before any "
        f"{question.taken_up}; {control:,} of them never took it up in that time and count as control, though "
        "they might have, had the outcome not come first. A shorter treatment window lessens this.",
    )


def controls_gone(table: AnalysisTable) -> tuple[int, int] | None:
    """How many controls did nothing more within the grace period, and how many controls there are; None where nobody
    has to stay for the treatment."""
    if LAST_DAYS not in table.frame or not table.grace_days:
        return None
    return _left(table.frame[LAST_DAYS].to_numpy(), table.treatment)


def many_left(gone: int, controls: int) -> bool:
    """Whether so many controls left that who stays may decide."""
    return gone >= MANY_LEFT * controls


def everybody_stays(table: AnalysisTable) -> bool:
    """Whether too few controls left to decide anything, if anybody had to stay at all."""
    counted = controls_gone(table)
    return counted is None or not many_left(*counted)


def said_of_gone(gone: int, controls: int, window: str, treatment: str) -> str:
    """Who takes the treatment up is still there, and who left is not."""
    return (
        f"{gone:,} of {controls:,} control units did nothing more within {window} of time zero, while everybody who "
        f"took up {treatment} was still there"
    )


def _gone(frame: pd.DataFrame, treated: np.ndarray, question: CausalQuestion) -> tuple[str, ...]:
    gone, controls = _left(grace_columns(frame)[LAST_DAYS], treated)
    if not many_left(gone, controls):
        return ()
    said = said_of_gone(gone, controls, duration(question.treatment_window_days), question.taken_up)
    return (
        f"{said}: who stays has more time for {question.outcome_name}, too, and no covariate from before time zero "
        "tells who stays. The design 'first exposure' compares moments at which everybody is there.",
    )


def _left(last_days: np.ndarray, treated: np.ndarray) -> tuple[int, int]:
    """Of the controls, how many have no later event, and how many there are."""
    last = last_days[treated == 0]
    return int(np.isnan(last).sum()), len(last)


def at_moments(settings: Mapping[str, Any], treated: int) -> dict[str, Any]:
    """What to change in a question with a grace period, so that it is about moments at which both arms do something.

    treated: how many units are, so that a large log gets fewer controls for each."""
    times = settings["treatment_measure"].get("times", 1)
    design = {
        "kind": "first_exposure",
        "controls_per_treated": max(1, min(MOST_CONTROLS_EACH, ENOUGH_CONTROLS // max(treated, 1))),
        "active_days": max(round(settings["treatment_window_days"], 2), 0.01),
        "clean_days": CLEAN_DAYS if times == 1 else None,
    }
    return {"design": design, "uptake": "as_taken", "contrast": "intention_to_treat"}
