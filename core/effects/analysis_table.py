"""From a log and a causal question to the analysis table: covariates strictly before time zero, outcome strictly after.

Treatment and outcome are the user's, not the session's: what the user did within the window counts in whichever session
it happened, because a window promises nothing about sessions. The steps are named expressions, each on the one before;
one scan of the events fills them, and only the table of units leaves the engine.
"""

from typing import Final

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from core.effects.covariates import independent
from core.effects.groups import CovariateGroup, check_groups, covariate_groups
from core.effects.history import KNOWN, OWN, history_columns, history_measures
from core.effects.question import CausalQuestion, check, duration
from core.effects.table import CLUSTER, OUTCOME, TREATMENT, UNIT_ID, AnalysisTable, AttritionStep
from core.effects.trials import Windows, eligible_units, placebo_windows, windows
from core.errors import BadSpec, NotEnoughData
from core.events.definitions.references import rule_of
from core.storage.engine import Log

SMALLEST_ARM: Final = 20  # fewer units in an arm cannot carry an interval


def build(log: Log, question: CausalQuestion) -> AnalysisTable:
    """The analysis table of a question; outcome is 1 if the event happened within the outcome window, else 0.

    Groups that the question calls unmeasured, or that its `covariates` leave out, are not in the table. Raises BadSpec
    for names that the log lacks, NotEnoughData with the counts when an arm has under 20 units.
    """
    return _build(log, question, windows(question))


def build_placebo(log: Log, question: CausalQuestion) -> AnalysisTable:
    """The same units and treatment with the outcome measured just before time zero and every covariate before that.

    A treatment cannot change the past: an effect seen here is confounding. Units whose shifted lookback begins before
    the log does are left out, and counted.
    """
    return _build(log, question, placebo_windows(question))


def groups(log: Log, question: CausalQuestion) -> list[CovariateGroup]:
    """The covariate groups that `build` may fill for this question, without building; a constant one ends up empty."""
    offered = covariate_groups(log.manifest)
    check_groups(question.unmeasured, offered, "unmeasured")
    return offered


def _build(log: Log, question: CausalQuestion, offsets: Windows) -> AnalysisTable:
    check(question, log.manifest)
    _refuse_shared_events(log, question)
    chosen = _chosen_groups(log, question)
    units, attrition = eligible_units(log, question, offsets)
    rows = _window_rows(units, log, offsets)
    frame = log.fetch(_unit_rows(rows, log, question, offsets, chosen)).sort_values(UNIT_ID, ignore_index=True)
    _refuse_small_arms(frame, question, attrition)
    columns, notes = history_columns(frame, log, offsets, chosen)
    columns, left_out = independent(columns)
    values = {column.covariate.name: column.values for column in columns}
    table = pd.DataFrame(
        {
            UNIT_ID: frame[UNIT_ID],
            CLUSTER: frame["trial_user_id"],
            TREATMENT: frame["treated"].astype(float),
            OUTCOME: frame["happened"].astype(float),
            **values,
        }
    )
    return AnalysisTable(
        frame=table,
        covariates=tuple(column.covariate for column in columns),
        treatment_title=question.treatment_title,
        outcome_title=offsets.outcome_name,
        outcome_unit="share",
        population=_population(question),
        attrition=attrition,
        notes=(*_early_outcomes(frame, question, offsets), *notes, *left_out),
    )


def _refuse_shared_events(log: Log, question: CausalQuestion) -> None:
    """Raise BadSpec where one event can be treatment and outcome at once; two different event types never are."""
    treatment, outcome = (rule_of(each, log.manifest) for each in (question.treatment, question.outcome))
    if treatment.event_type != outcome.event_type and None not in (treatment.event_type, outcome.event_type):
        return
    events = log.table("events")
    both = treatment.matches(events) & outcome.matches(events)
    shared = int(log.fetch(events.aggregate(shared=events.count(where=both)))["shared"][0])
    if shared:
        raise BadSpec(
            f"{shared:,} events are both {question.treatment_name} (treatment) and {question.outcome_name} (outcome), "
            "so part of the effect would hold by definition; let the rules exclude each other."
        )


def _chosen_groups(log: Log, question: CausalQuestion) -> list[CovariateGroup]:
    """The groups that the question lets into the adjustment."""
    return [
        group
        for group in groups(log, question)
        if group.name not in question.unmeasured and (question.covariates is None or group.name in question.covariates)
    ]


def _window_rows(units: ir.Table, log: Log, offsets: Windows) -> ir.Table:
    """One row per unit and event of its user within the windows; `offset_us` is the time since time zero."""
    events = log.table("events")
    joined = units.join(
        events,
        [
            units.trial_user_id == events.user_id,
            events.timestamp_us >= units.time_zero_us + offsets.first_us,
            events.timestamp_us <= units.time_zero_us + offsets.last_us,
        ],
    )
    offset_us = joined.timestamp_us - joined.time_zero_us
    return joined.mutate(
        offset_us=offset_us,
        **{KNOWN: offset_us < offsets.covariates_end_us, OWN: joined.session_id == joined.unit_id},
    )


def _unit_rows(
    rows: ir.Table, log: Log, question: CausalQuestion, offsets: Windows, chosen: list[CovariateGroup]
) -> ir.Table:
    """One row per unit: arm, outcome, first moments of both, and the history measures."""
    treatment, happened = (rule_of(each, log.manifest).matches(rows) for each in (question.treatment, question.outcome))
    uptake = treatment & rows.offset_us.between(1, offsets.treatment_to_us)
    outcome = happened & rows.offset_us.between(offsets.outcome_from_us, offsets.outcome_to_us)
    measured = rows.group_by("unit_id", "trial_user_id", "time_zero_us").aggregate(
        uptake_us=rows.offset_us.min(where=uptake),
        outcome_us=rows.offset_us.min(where=outcome),
        **history_measures(rows, log, chosen),
    )
    users = log.table("users").select(known_user_id="user_id", first_us="first_us")
    joined = measured.join(users, measured.trial_user_id == users.known_user_id).drop("known_user_id")
    return joined.mutate(treated=joined.uptake_us.notnull(), happened=joined.outcome_us.notnull())


def _refuse_small_arms(frame: pd.DataFrame, question: CausalQuestion, attrition: tuple[AttritionStep, ...]) -> None:
    treated = int(frame["treated"].sum())
    control = len(frame) - treated
    if min(treated, control) < SMALLEST_ARM:
        steps = ", ".join(f"{step.units:,} {step.title}" for step in attrition)
        raise NotEnoughData(
            f"{treated:,} units took up {question.treatment_title} and {control:,} did not, but each arm needs at "
            f"least {SMALLEST_ARM} (sessions left: {steps}); widen the treatment window, choose an earlier landmark or "
            "load a longer log."
        )


def _early_outcomes(frame: pd.DataFrame, question: CausalQuestion, offsets: Windows) -> tuple[str, ...]:
    """A sentence on outcomes inside the grace period that no uptake preceded, if there are any."""
    if offsets.outcome_from_us < 0:
        return ()
    outcome_us = frame["outcome_us"].to_numpy(dtype=float, na_value=np.inf)
    uptake_us = frame["uptake_us"].to_numpy(dtype=float, na_value=np.inf)
    early = (outcome_us <= question.treatment_window_us) & (outcome_us < uptake_us)
    if not early.any():
        return ()
    control = int((early & np.isinf(uptake_us)).sum())
    window = duration(question.treatment_window_days)
    return (
        f"{int(early.sum()):,} units had {question.outcome_name} within {window} and before any "
        f"{question.treatment_name}; {control:,} of them never took it up in that time and count as control, though "
        "they might have, had the outcome not come first. A shorter treatment window lessens this.",
    )


def _population(question: CausalQuestion) -> str:
    landmark = question.landmark_event
    return f"{question.population} users, each session with at least {landmark} event{'s' if landmark > 1 else ''}"
