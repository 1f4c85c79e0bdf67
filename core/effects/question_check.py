"""Can this log answer that question at all? Asked before anything slow starts."""

from datetime import datetime
from typing import Any

from core.effects.groups import ORDER_GROUP, check_groups, covariate_groups
from core.effects.question import EVERYBODY, CausalQuestion, duration
from core.effects.question_parts import BeforeAfter, InSegment, OneOf, SavedMetric, Shown, Value
from core.errors import BadSpec, NotEnoughData, NotFound
from core.events.cleaning.foresight import steps_that_look_ahead
from core.events.definitions.references import looks_like_rule, rule_of, title_of
from core.events.definitions.rules import kinds_of


def check(question: CausalQuestion, manifest: dict[str, Any]) -> None:
    """Refuse a question that this log cannot answer, before anything slow starts.

    Raises BadSpec for event types or covariate groups that are not there (listing those that are) and for a log that
    was cleaned by what came later, NotEnoughData for a log shorter than lookback plus outcome window.
    """
    if ahead := steps_that_look_ahead(manifest):
        raise BadSpec(
            f"The cleaning step '{ahead[0]}' judged events by what came after them, and a causal question may not know "
            "the future: switch that step off, or open the uncleaned version of this log."
        )
    known = [entry["event_type"] for entry in manifest["event_types"]]
    by_rule = looks_like_rule(question.treatment) or looks_like_rule(question.outcome)
    if len(known) < 2 and not by_rule:
        raise BadSpec(
            f"This log has one event type only ({', '.join(known)}); a question needs a treatment and an outcome."
        )
    for role in question.event_references:
        reference = getattr(question, role)
        if reference is None or (role, reference) == ("population", EVERYBODY):
            continue
        try:
            rule_of(reference, manifest)
        except NotFound:
            raise BadSpec(
                f"The {role.replace('_', ' ')} '{title_of(reference)}' is not an event type of this log; choose one "
                f"of {_listed(known)}."
            ) from None
    _check_columns(question, manifest)
    groups = [*covariate_groups(manifest), *([ORDER_GROUP] if question.history_state else [])]
    check_groups(question.covariates or (), groups, "covariates")
    check_groups(question.unmeasured, groups, "unmeasured")
    check_groups(question.instruments, groups, "instruments")
    windows = 2 if isinstance(question.design, BeforeAfter) else 1
    lookbacks = 2 if isinstance(question.treatment_measure, InSegment) else 1
    needed = lookbacks * question.lookback_days + windows * question.outcome_window_days
    length = (_moment(manifest["last_at"]) - _moment(manifest["first_at"])).total_seconds() / 86_400
    if length < needed:
        raise NotEnoughData(
            f"The log is {duration(round(length, 1))} long, but lookback plus outcome window need {duration(needed)}; "
            "shorten a window or load a longer log."
        )


def _check_columns(question: CausalQuestion, manifest: dict[str, Any]) -> None:
    """Raise BadSpec where treatment or outcome are measured by a column that the log lacks."""
    columns, measure = manifest.get("columns", {}), question.treatment_measure
    values = isinstance(question.outcome_measure, Value) or (measure.kind == "dose" and measure.of == "value")
    needed = [
        ("value", "the value of events", values),
        ("position", "the position at which an item was shown", isinstance(measure, Shown)),
    ]
    for column, what, asked in needed:
        if asked and column not in columns:
            raise BadSpec(f"This log has no column for {what}; map one to '{column}' on import, or count events.")
    metric = question.outcome_measure
    if (
        isinstance(metric, SavedMetric)
        and metric.column
        and (kinds := kinds_of(manifest)).get(metric.column) != "number"
    ):
        numbers = ", ".join(column for column, kind in kinds.items() if kind == "number") or "none"
        raise BadSpec(
            f"The metric {metric.name or 'of the outcome'} sums the column '{metric.column}', which is no column of "
            f"numbers of this version of the log; those are {numbers}."
        )
    if isinstance(measure, OneOf) and measure.column not in (kinds := kinds_of(manifest)):
        raise BadSpec(f"There is no column '{measure.column}' to tell the arms by; choose one of {', '.join(kinds)}.")


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:12])
    return shown if len(names) <= 12 else f"{shown} and {len(names) - 12} more"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
