"""From a log and a causal question to the analysis table: covariates strictly before time zero, outcome strictly after.

Treatment and outcome are the user's, not the session's: what the user did within the window counts in whichever session
it happened, because a window promises nothing about sessions. The steps are named expressions, each on the one before;
one scan of the events fills them, and only the table of units leaves the engine.
"""

from collections.abc import Sequence
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from core.effects.covariates import independent
from core.effects.designs import units_of
from core.effects.designs.first_exposure import ACTIVE, still_active
from core.effects.designs.marks import marked_events
from core.effects.designs.placebo_time import earlier_units
from core.effects.designs.units import COLUMNS, LABEL, OWN_SESSION, SHARE, bounds
from core.effects.designs.windows import Windows, pair_shift_us, placebo_windows, windows
from core.effects.feature_covariates import feature_columns, feature_groups
from core.effects.grace import grace_columns, grace_days, grace_measures, grace_notes
from core.effects.groups import FEATURE, ORDER_GROUP, CovariateGroup, check_groups, covariate_groups
from core.effects.history import KNOWN, OWN, history_columns, history_measures
from core.effects.history_state.states import HistoryStates, learn_states
from core.effects.measures.outcomes import OTHER, check_follow_up, other_outcomes, outcome_columns, outcome_measures
from core.effects.measures.treatments import SMALLEST_ARM, Treated, treatment_measures, treatment_of
from core.effects.question import CausalQuestion, microseconds
from core.effects.question_check import check
from core.effects.question_parts import BINARY, BeforeAfter, FirstExposure, Landmark, OneOf
from core.effects.shared_events import treated_by_outcomes
from core.effects.table import CLUSTER, TREATMENT, UNIT_ID, WEIGHT, AnalysisTable, AttritionStep
from core.effects.titles import unit_of_outcome
from core.errors import NotEnoughData
from core.events.definitions.references import rule_of
from core.events.definitions.rules import Rule
from core.events.features.own import own_features
from core.graphs.library import open_graph
from core.storage.engine import Log

__all__ = ["SMALLEST_ARM", "build", "build_placebo", "build_placebo_time", "build_with", "groups"]
BESIDES: Final = COLUMNS[1:]  # what is known of a unit besides its id


def build(log: Log, question: CausalQuestion, states: HistoryStates | None = None) -> AnalysisTable:
    """The analysis table of a question. states: what tells the state of a history, if that is learnt already.

    Groups that the question calls unmeasured, or that its `covariates` leave out, are not in the table. Raises BadSpec
    for names that the log lacks, NotEnoughData with the counts when an arm has under 20 units.
    """
    table = _build(log, question, windows(question), states)
    if np.ptp(table.outcome) == 0:
        raise NotEnoughData(
            f"The outcome {table.outcome_title} is {table.outcome[0]:g} for every one of {table.units:,} units, so "
            "nothing can be compared; choose another outcome or a longer window."
        )
    return table


def build_with(
    log: Log, question: CausalQuestion, states: HistoryStates | None = None, **changes: Any
) -> AnalysisTable:
    """The table of the same question with some settings changed: another outcome, say, for a negative control."""
    return build(log, CausalQuestion.read({**question.plain(), **changes}), states)


def build_placebo(
    log: Log, question: CausalQuestion, states: HistoryStates | None = None, others: Sequence[str] = ()
) -> AnalysisTable:
    """The same units and treatment with the outcome measured just before time zero and every covariate before that.

    A treatment cannot change the past: an effect seen here is confounding. Units whose shifted lookback begins before
    the log does are left out, and counted. others: rules of further outcomes, each a column of the frame (OTHER 0, ...)
    that says whether it happened.
    """
    return _build(log, question, placebo_windows(question), states, others=others)


def build_placebo_time(log: Log, question: CausalQuestion, states: HistoryStates | None = None) -> AnalysisTable:
    """The same treatment with time zero moved back to an earlier moment at which the design would have begun a trial of
    the same user, so that the whole outcome window lies before the treatment.

    Raises NotEnoughData where the design has no earlier moments.
    """
    return _build(log, question, windows(question), states, moved=True)


def groups(log: Log, question: CausalQuestion) -> list[CovariateGroup]:
    """The covariate groups that `build` may fill for this question, without building; a constant one ends up empty."""
    offered = [*covariate_groups(log.manifest), *([ORDER_GROUP] if question.history_state else [])]
    check_groups(question.unmeasured, offered, "unmeasured")
    named = dict.fromkeys((*(question.covariates or ()), *question.instruments, *_drawn_features(log, question)))
    return [*offered, *feature_groups(log, named)]


def _drawn_features(log: Log, question: CausalQuestion) -> list[str]:
    """The nodes of the question's graph that are features of this log."""
    if question.graph_id is None:
        return []
    nodes = open_graph(log.workspace, question.graph_id).names
    known = own_features(log.workspace, log.log_id) if any(name.startswith(FEATURE) for name in nodes) else {}
    return [name for name in nodes if name.startswith(FEATURE) and name.removeprefix(FEATURE) in known]


def _build(
    log: Log,
    question: CausalQuestion,
    offsets: Windows,
    states: HistoryStates | None,
    *,
    moved: bool = False,
    others: Sequence[str] = (),
) -> AnalysisTable:
    check(question, log.manifest)
    if not isinstance(question.design, FirstExposure):  # which looks for itself, and goes on differently
        treated_by_outcomes(log, question)
    chosen = _chosen_groups(log, question)
    units = earlier_units(log, question, offsets) if moved else units_of(log, question, offsets)
    rows = window_rows(units.table, log, question, offsets)
    rules = [rule_of(each, log.manifest) for each in others]
    frame = log.fetch(_unit_rows(rows, log, question, offsets, chosen, rules)).sort_values(UNIT_ID, ignore_index=True)
    steps = [*units.attrition, *([AttritionStep(units.then, len(frame))] if units.then else [])]
    if ACTIVE in frame:
        frame = frame[frame[ACTIVE] > 0].reset_index(drop=True)
        steps.append(AttritionStep("with an event not long before the placebo window", len(frame)))
    treated = _treated(frame, question, offsets, steps)
    frame = treated.units
    last_us = bounds(log)[1]
    measured = outcome_columns(frame, question, offsets, last_us)
    if isinstance(question.design, BeforeAfter):
        frame = _as_before(frame, question)
    columns, notes = history_columns(frame, log, offsets, chosen)
    columns += feature_columns(log, units, frame, offsets, chosen)
    if ORDER_GROUP in chosen:
        states = states or learn_states(log, question)
        columns, notes = [*columns, *states.columns(log, frame, offsets)], (*notes, *states.notes)
    made = {column.covariate.group for column in columns}
    aside = [column for column in columns if column.covariate.group in question.instruments]
    columns, left_out = independent([column for column in columns if column not in aside])
    aside, _ = independent(aside)
    table = pd.DataFrame(
        {
            UNIT_ID: frame[UNIT_ID],
            CLUSTER: frame["trial_user_id"],
            TREATMENT: treated.values,
            **measured,
            **{str(name): frame[name] for name in frame.columns if str(name).startswith(OTHER)},
            **treated.columns,
            **grace_columns(frame),
            **_weights(frame, question),
            **{column.covariate.name: column.values for column in (*columns, *aside)},
        }
    )
    followed = () if offsets.placebo else check_follow_up(table, question)
    return AnalysisTable(
        frame=table,
        covariates=tuple(column.covariate for column in columns),
        treatment_title=question.treatment_title,
        outcome_title=offsets.outcome_name,
        outcome_unit=unit_of_outcome(question.outcome_measure),
        population=_population(question),
        attrition=(*steps, *treated.steps),
        notes=(
            *units.notes,
            *treated.notes,
            *followed,
            *grace_notes(frame, treated.values, question, offsets),
            *notes,
            *left_out,
        ),
        treatment_kind=treated.kind,
        arms=treated.arms,
        instruments=tuple(column.covariate for column in aside),
        grace_days=grace_days(question),
        window_days=question.outcome_window_days,
        without_columns=tuple(group.name for group in chosen if group.name not in made),
    )


def _chosen_groups(log: Log, question: CausalQuestion) -> list[CovariateGroup]:
    """The groups that the question lets in (with a graph all, of which it takes what it needs), and its instruments."""
    every = question.covariates is None or question.graph_id is not None
    return [
        group
        for group in groups(log, question)
        if group.name in question.instruments
        or (
            group.name not in question.unmeasured
            and (every or group.name in (question.covariates or ()) or group == ORDER_GROUP)
            and not _tells_the_arm(group, question)
        )
    ]


def _tells_the_arm(group: CovariateGroup, question: CausalQuestion) -> bool:
    """Whether a group is the very column by which the arms are told."""
    return isinstance(question.treatment_measure, OneOf) and group.column == question.treatment_measure.column


def window_rows(units: ir.Table, log: Log, question: CausalQuestion, offsets: Windows) -> ir.Table:
    """One row per unit and event of its user within the windows; `offset_us` is the time since time zero."""
    events = marked_events(log, question)
    zero, label = units.time_zero_us, units[LABEL]
    until = ibis.greatest(zero + offsets.outcome_to_us, label + offsets.uptake_to_us)
    active_us = microseconds(question.design.active_days) if isinstance(question.design, FirstExposure) else 0
    from_us = offsets.covariates_end_us - max(offsets.lookback_us, active_us if offsets.placebo else 0)
    units = units.mutate(**{"from us": zero + from_us, "until us": until})
    joined = units.join(
        events,
        [
            units.trial_user_id == events.user_id,
            events.timestamp_us >= units["from us"],
            events.timestamp_us <= units["until us"],
        ],
    )
    offset_us = joined.timestamp_us - joined.time_zero_us
    return joined.mutate(
        offset_us=offset_us,
        label_us=joined.timestamp_us - joined[LABEL],
        **{
            KNOWN: (offset_us >= offsets.first_us) & (offset_us < offsets.covariates_end_us),
            OWN: joined.session_id == joined[OWN_SESSION],
        },
    )


def _unit_rows(
    rows: ir.Table,
    log: Log,
    question: CausalQuestion,
    offsets: Windows,
    chosen: list[CovariateGroup],
    others: Sequence[Rule],
) -> ir.Table:
    """One row per unit: what is known of it, its treatment, its outcome and the history measures."""
    measured = rows.group_by(UNIT_ID).aggregate(
        **{name: rows[name].arbitrary() for name in BESIDES},
        **still_active(rows, question, offsets),
        **grace_measures(rows, question),
        **treatment_measures(rows, question, offsets),
        **outcome_measures(rows, question, offsets),
        **other_outcomes(rows, question, offsets, others),
        **history_measures(rows, log, chosen),
    )
    users = log.table("users").select(known_user_id="user_id", first_us="first_us")
    return measured.join(users, measured.trial_user_id == users.known_user_id).drop("known_user_id")


def _treated(
    frame: pd.DataFrame, question: CausalQuestion, offsets: Windows, attrition: list[AttritionStep]
) -> Treated:
    """The treatment; a refusal says how many units each step left and what could help."""
    try:
        return treatment_of(frame, question, offsets)
    except NotEnoughData as error:
        steps = ", ".join(f"{step.units:,} {step.title}" for step in attrition)
        help_ = "widen the treatment window, choose an earlier landmark or load a longer log"
        if not isinstance(question.design, Landmark):
            help_ = "shorten the windows, choose another treatment or load a longer log"
        raise NotEnoughData(f"{error} (left after each step: {steps}); {help_}.") from None


def _as_before(frame: pd.DataFrame, question: CausalQuestion) -> pd.DataFrame:
    """The units of before and after with the history of the earlier of the two rows of a user in both."""
    own = [name for name in frame.columns if name.startswith(("past_", "own_", "attribute_"))]
    after = frame[UNIT_ID] % 2 == 1
    earlier = frame[~after].set_index("trial_user_id")
    copied = frame.copy()
    for name in own:
        copied[name] = frame["trial_user_id"].map(earlier[name])
    copied["time_zero_us"] = frame["time_zero_us"] - np.where(after, pair_shift_us(question), 0)
    return copied


def _weights(frame: pd.DataFrame, question: CausalQuestion) -> dict[str, np.ndarray]:
    """What each unit stands for, where that differs; the effect on the treated needs no weights."""
    share = frame[SHARE].to_numpy(dtype=float)
    return {} if question.estimand == "ATT" or (share == 1).all() else {WEIGHT: 1 / share}


def _population(question: CausalQuestion) -> str:
    if isinstance(question.design, BeforeAfter):
        return f"{question.who} who took up {question.taken_up}, once before it and once after it"
    if isinstance(question.design, FirstExposure):
        if question.treatment_measure.kind not in BINARY:
            return f"{question.who}, each at the first {question.taken_up}"
        return f"{question.who}, each moment at which {question.taken_up} could be the first one"
    landmark = question.landmark_event
    return f"{question.who}, each session with at least {landmark} event{'s' if landmark > 1 else ''}"
