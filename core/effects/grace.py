"""The grace period after a landmark: how long it is, and what can go wrong within it, counted and said."""

from typing import Final

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from core.effects.designs.windows import Windows
from core.effects.question import CausalQuestion, duration
from core.effects.question_parts import BINARY, BeforeAfter, Landmark

LATER: Final = "events in the grace period"
MANY_LEFT: Final = 0.05  # of the controls: with fewer, whoever leaves early decides little


def grace_days(question: CausalQuestion) -> float | None:
    """Within how long after time zero the treatment may be taken up; 0 where it is taken up at time zero, None where
    there are no two arms that one could take it up in."""
    if question.treatment_measure.kind not in BINARY or isinstance(question.design, BeforeAfter):
        return None
    return question.treatment_window_days if isinstance(question.design, Landmark) else 0.0


def grace_measures(rows: ir.Table, question: CausalQuestion) -> dict[str, ir.Value]:
    """How many events of the unit's user lie in the grace period."""
    if not grace_days(question):
        return {}
    return {LATER: rows.count(where=rows.offset_us.between(1, question.treatment_window_us))}


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
        f"{question.treatment_name}; {control:,} of them never took it up in that time and count as control, though "
        "they might have, had the outcome not come first. A shorter treatment window lessens this.",
    )


def _gone(frame: pd.DataFrame, treated: np.ndarray, question: CausalQuestion) -> tuple[str, ...]:
    """Who takes the treatment up is still there; who left is not, and nothing before time zero tells who will leave."""
    control = frame[LATER].to_numpy()[treated == 0]
    gone = int((control == 0).sum())
    if gone < MANY_LEFT * len(control):
        return ()
    window = duration(question.treatment_window_days)
    return (
        f"{gone:,} of {len(control):,} control units did nothing more within {window} of time zero, while everybody "
        f"who took up {question.treatment_name} was still there: who stays has more time for {question.outcome_name}, "
        "too, and no covariate from before time zero tells who stays. The design 'first exposure' compares moments at "
        "which everybody is there.",
    )
