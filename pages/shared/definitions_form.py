"""Forms of the dictionary: named events, metrics and annotations of a log, each listed, made, changed and removed."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

import pandas as pd
import streamlit as st

from core.errors import WhypathError
from core.events.definitions.annotations import Annotation, annotations
from core.events.definitions.defining import define, undefine
from core.events.definitions.metrics import OF_COLUMN, OF_UNITS, Metric, metrics
from core.events.definitions.named_events import named_events
from core.events.definitions.references import resolved, resolved_spec, rule_of
from core.events.definitions.rule_parts import comparison_of, comparisons, extended
from core.events.definitions.rules import MISSING, Rule, kinds_of
from core.figures import patterns as figures
from core.patterns.metric import MetricSpec
from core.storage.engine import Log
from pages.shared import cached, controls, pattern_views, state, words

NEW = "a new one"
ANY = "any event"
KINDS = ("count", "users", "share", "sum", "mean", "rate")
MARKS = ("release", "campaign", "other")
COUNTS = {name: st.column_config.NumberColumn(format="localized") for name in ("events", "users")}
EMPTY_RULE = {"name": "", "rule": ANY, "description": ""}


def show_named_events(log: Log) -> None:
    """The named events with what they match, and the form of one."""
    known = named_events(cached.workspace(), log.log_id)
    rows = [
        {"name": e.name, **_matched(log, e.rule), "rule": e.rule, "description": e.description} for e in known.values()
    ]
    _listed(rows, "named-events", "Named events: a rule with a name, offered wherever an event type can be chosen.")
    name = _chosen(log, "event", list(known))
    field = _filled(log, "event", name, known[name].plain() if name in known else EMPTY_RULE)
    with st.container(border=True, key="event-form"):
        left, right = st.columns([2, 3])
        new_name = left.text_input("Name", key=field("name"), max_chars=80, disabled=name in known)
        description = right.text_input("Description", key=field("description"), max_chars=2_000)
        text = st.text_area("Rule", key=field("rule"), height=80, help="purchase where value > 50 and country = 'DE'")
        _condition_chooser(log, field)
        _count_of(log, text)
        body = {"name": new_name, "rule": text, "description": description}
        _keep_or_remove(log, "event", body, name if name in known else None)


def _matched(log: Log, rule: str) -> dict[str, Any]:
    """How many a kept rule means; nothing where a newer version lacks what it names."""
    try:
        return dict(cached.matching(log, rule_of(rule, log.manifest)))
    except WhypathError:
        return {"events": None, "users": None}


def _count_of(log: Log, text: str) -> None:
    """How much the rule in the form means, before it is kept."""
    try:
        found = cached.matching(log, rule_of(resolved(cached.workspace(), log.log_id, text.strip()), log.manifest))
    except WhypathError as error:
        st.warning(controls.plain(str(error)), icon=":material/edit:")
        return
    share = found["events"] / log.manifest["events"]
    st.markdown(
        f"**{found['events']:,} events** ({100 * share:.3g} % of the log) **of {found['users']:,} users** match."
    )


def _condition_chooser(log: Log, field: Callable[[str], str]) -> None:
    """Pick event, column, comparison and value; each pick rewrites the text of the rule."""
    kinds = kinds_of(log.manifest)
    types = [ANY, *(str(row["event_type"]) for row in log.manifest["event_types"])]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        event = st.selectbox("Event", types, key=field("pick-event"), width=170)
        joined = st.selectbox("Joined by", ["and", "or"], key=field("pick-joined"), width=90)
        column = st.selectbox("Column", list(kinds)[::-1], key=field("pick-column"), width=170)
        compare = st.selectbox("Comparison", comparisons(kinds[column]), key=field("pick-compare"), width=140)
        value = st.text_input("Value", key=field("pick-value"), width=150, disabled=compare in MISSING)
        if st.button("Set event", key=field("set-event")):
            state.write_next(field("rule"), Rule(None if event == ANY else event).plain())
        if st.button("Add condition", key=field("add-condition"), icon=":material/add:"):
            try:
                held = rule_of(state.chosen_events(field("rule"))[0], log.manifest)
                test = comparison_of(column, kinds[column], compare, value)
                longer = extended(held, test, "or" if joined == "or" else "and").plain()
                state.write_next(field("rule"), longer)
            except WhypathError as error:
                st.error(controls.plain(str(error)))


def show_metrics(log: Log) -> None:
    """The saved metrics, and the form of one with its value over the period."""
    known = metrics(cached.workspace(), log.log_id)
    rows = [
        {"name": m.name, "over the whole period": _value(log, m), "measures": m.words, "description": m.description}
        for m in known.values()
    ]
    _listed(rows, "metrics", "Metrics: a number worth a name. Trends draws it over time.")
    name = _chosen(log, "metric", list(known))
    field = _filled(log, "metric", name, (known[name] if name in known else Metric(name="new")).plain())
    choices = {ANY: ANY, **_names(log)}
    numbers = [column for column, kind in kinds_of(log.manifest).items() if kind == "number"]
    for each in ("rule", "over"):
        held = state.chosen_events(field(each))
        choices |= {text: text for text in held if text not in choices}
    with st.container(border=True, key="metric-form"), st.grid("auto", min_column_width=200):
        body: dict[str, Any] = {"name": st.text_input("Name", key=field("name"), max_chars=80, disabled=name in known)}
        body["kind"] = st.selectbox("Kind", KINDS, key=field("kind"))
        body["rule"] = st.selectbox("Of", choices, format_func=choices.__getitem__, key=field("rule"))
        if body["kind"] in OF_UNITS:
            body["over"] = st.selectbox("Among those with", choices, format_func=choices.__getitem__, key=field("over"))
            body["per"] = st.selectbox("Per", ["user", "session"], key=field("per"))
        if body["kind"] in OF_COLUMN:
            body["column"] = st.selectbox("Column", numbers, key=field("column"))
        body["description"] = st.text_input("Description", key=field("description"), max_chars=2_000)
    try:
        metric = resolved_spec(cached.workspace(), log.log_id, Metric.read(body))
        table = cached.pattern(log, "metric", MetricSpec(metric=metric, bucket="week"))
        pattern_views.show(table, pattern_views.with_annotations(log, figures.metric))
    except WhypathError as error:
        st.warning(controls.plain(str(error)), icon=":material/edit:")
    _keep_or_remove(log, "metric", body, name if name in known else None)


def _names(log: Log) -> dict[str, str]:
    """Named events by their names, so that a metric follows a change of theirs, and event types."""
    named = named_events(cached.workspace(), log.log_id)
    types = (str(row["event_type"]) for row in log.manifest["event_types"])
    return {**{name: f"{name} (named event)" for name in named}, **{kind: kind for kind in types}}


def _value(log: Log, metric: Metric) -> str:
    try:
        asked = resolved_spec(cached.workspace(), log.log_id, metric)
        (figure,) = cached.pattern(log, "metric", MetricSpec(metric=asked, bucket="week")).summary or (None,)
    except WhypathError:
        return "not in this version"
    return "no value" if figure is None else words.amount(figure.value, figure.unit)


def show_annotations(log: Log) -> None:
    """Releases, campaigns and other moments, and the form of one."""
    known = {mark.label: mark for mark in annotations(cached.workspace(), log.log_id)}
    _listed([mark.plain() for mark in known.values()], "annotations", "Moments that figures over time mark (UTC).")
    name = _chosen(log, "annotation", list(known))
    field = _filled(log, "annotation", name, _moments(known.get(name), log))
    choices = {"": "none", **_names(log)} | {text: text for text in state.chosen_events(field("event"))}
    with st.container(border=True, key="annotation-form"), st.grid("auto", min_column_width=170):
        label = st.text_input("Label", key=field("label"), max_chars=80, disabled=name in known)
        kind = st.selectbox("Kind", MARKS, key=field("kind"))
        day, clock = (
            st.date_input("Day", key=field("day"), format="YYYY-MM-DD"),
            st.time_input("Time (UTC)", key=field("clock")),
        )
        end = st.date_input("Last day (for a stretch)", key=field("end"), format="YYYY-MM-DD", value=None)
        event = st.selectbox("Event that came with it", choices, format_func=choices.__getitem__, key=field("event"))
    body = {"label": label, "kind": kind, "at": _at(day, clock), "event": event or None}
    if isinstance(end, date):
        body["end_at"] = _at(end, time(23, 59, 59))
    _keep_or_remove(log, "annotation", body, name if name in known else None)


def _at(day: Any, clock: time) -> str | None:
    return datetime.combine(day, clock, UTC).isoformat() if isinstance(day, date) else None


def _moments(mark: Annotation | None, log: Log) -> dict[str, Any]:
    """The fields of an annotation's form."""
    at = mark.at if mark else datetime.fromisoformat(str(log.manifest["first_at"]))
    return {
        "label": mark.label if mark else "",
        "kind": mark.kind if mark else MARKS[0],
        "day": at.date(),
        "clock": at.time().replace(second=0, microsecond=0) if mark else time(),
        "end": mark.end_at.date() if mark and mark.end_at else None,
        "event": (mark.event if mark else None) or "",
    }


def _listed(rows: list[dict[str, Any]], name: str, says: str) -> None:
    st.caption(says)
    if rows:
        controls.table(pd.DataFrame(rows), name=name, alt=says, columns=COUNTS)


def _chosen(log: Log, form: str, names: list[str]) -> str:
    """Which definition the form is about."""
    if not names:
        return NEW
    key = state.field(form, "chosen", log.log_id)
    state.fill_form(log.log_id, {key: NEW}, of=f"-{form}-chosen")
    return st.selectbox("Define or change", [NEW, *names], key=key, width=300)


def _filled(log: Log, form: str, name: str, values: Mapping[str, Any]) -> Callable[[str], str]:
    """The keys of the form's fields, filled with what is kept under the chosen name."""

    def field(part: str) -> str:
        return state.field(form, part, log.log_id)

    state.fill_form(f"{log.log_id}-{name}", {field(part): value for part, value in values.items()}, of=f"-{form}")
    return field


def _keep_or_remove(log: Log, kind: str, body: dict[str, Any], known: str | None) -> None:
    """The two buttons under a form; what is refused is said."""
    try:
        with st.container(horizontal=True):
            if st.button("Save", key=f"save-{kind}", type="primary", icon=":material/save:"):
                made = define(cached.workspace(), log.log_id, kind, body)
                state.write_next(state.field(kind, "chosen", log.log_id), made.name)
            if known is not None and st.button("Remove", key=f"remove-{kind}", icon=":material/delete:"):
                undefine(cached.workspace(), log.log_id, kind, known)
                state.write_next(state.field(kind, "chosen", log.log_id), NEW)
    except WhypathError as error:
        st.error(controls.plain(str(error)))
