"""Null pairs from earlier outcomes: what happened in a window before time zero is not due to what was taken up after.

Units and treatment are those of the question; every covariate comes from before the window. At landmarks one scan a
window serves all outcomes, without the units that took the treatment up within it; other designs build a placebo table
for each of several windows, the question's own and half, a third, ... as long.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np

from core.effects.analysis_table import build_placebo
from core.effects.battery.adjusted import Adjusted
from core.effects.battery.later_trials import followed
from core.effects.battery.null_pair import Asked, Drawn, Place, estimated, measured
from core.effects.measures.outcomes import OTHER
from core.effects.question import CausalQuestion, duration
from core.effects.question_parts import Took, amount_of
from core.effects.screen.scan import windows_of
from core.effects.shared_events import treated_by_outcomes
from core.errors import BadSpec, NotEnoughData
from core.events.definitions.references import title_of
from core.storage.engine import Log

KIND: Final = "outcome before time zero"
DID: Final[dict[str, Any]] = {"kind": "did"}


def earlier_windows(
    log: Log, question: CausalQuestion, asked: Asked, *, groups: Adjusted, lags: int
) -> Iterator[Drawn]:
    """The pairs of one window after another, the nearest first; trials at landmarks."""
    times = question.treatment_measure.times if isinstance(question.treatment_measure, Took) else 1
    for lag in range(1, lags + 1):
        offsets = windows_of(
            lookback_us=question.lookback_us,
            treatment_us=question.treatment_window_us,
            outcome_us=question.outcome_window_us,
            back_us=lag * question.outcome_window_us,
        )
        seen = followed(log, question, asked, offsets, groups)
        rows = np.flatnonzero((seen.taken_before[:, 0] == 0) & (seen.counts[:, 0] == 0))
        outcomes = measured(question, seen.counts[rows, 1:])
        when = _when(question.outcome_window_days, lag)
        found = estimated(
            seen.matrix[rows], (seen.taken[rows, 0] >= times).astype(float), outcomes, seen.clusters[rows], asked,
            Place(KIND, lag, [f"{title_of(name)}, {when}" for name in asked.outcomes]),
        )  # fmt: skip
        yield Drawn(found.pairs, 0, found.left_out, seen.sampled_share)


def placebo_tables(log: Log, question: CausalQuestion, asked: Asked, *, groups: Adjusted, lags: int) -> Iterator[Drawn]:
    """The pairs of one window after another, for any design that has placebo tables: one scan for all outcomes, of the
    question's own units."""
    others = [name for name in asked.outcomes if name != question.outcome and _is_apart(log, question, name)]
    unusable = len(asked.outcomes) - 1 - len(others)
    for part in range(1, lags + 1):
        days = question.outcome_window_days / part
        changes = {
            "outcome_measure": _measure(question), "outcome_window_days": days,
            "treatment_window_days": min(question.treatment_window_days, days),
            "history_state": groups.states is not None,
        }  # fmt: skip
        try:
            shorter = CausalQuestion.read({**question.plain(), **changes})
            table = build_placebo(log, shorter, groups.states, others).keep(groups.names)
        except (NotEnoughData, BadSpec):
            yield Drawn(left_out=len(asked.outcomes))
            continue
        if table.treatment_kind != "binary":
            yield Drawn(left_out=len(asked.outcomes))
            continue
        names = [question.outcome, *others]
        columns = [table.outcome, *(table.frame[f"{OTHER} {place}"].to_numpy(float) for place in range(len(others)))]
        found = estimated(
            table.matrix(), table.treatment, np.column_stack(columns), table.clusters,
            replace(asked, outcomes=names),
            Place(KIND, part, [f"{title_of(name)}, {_when(days, 1)}" for name in names]), weights=table.weights,
        )  # fmt: skip
        yield Drawn(found.pairs, 0, found.left_out + unusable)


def _is_apart(log: Log, question: CausalQuestion, name: str) -> bool:
    """Whether no event counts both as the treatment and as this outcome."""
    try:
        treated_by_outcomes(log, CausalQuestion.read({**question.plain(), "outcome": name, "outcome_measure": DID}))
    except BadSpec:
        return False
    return True


def _measure(question: CausalQuestion) -> dict[str, Any]:
    """The outcome as the question adds it up; one that asks when, as yes or no."""
    return question.outcome_measure.plain() if amount_of(question.outcome_measure) else DID


def _when(days: float, lag: int) -> str:
    if lag == 1:
        return f"in the {duration(days)} before"
    return f"{duration(lag * days)} to {duration((lag - 1) * days)} before"
