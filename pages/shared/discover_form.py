"""The form of a discovery: which data, which method, what is known before, and what it will cost."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.effects.groups import covariate_groups
from core.effects.screen.labels import edges_known
from core.graphs.discovery import DISCOVERERS
from core.graphs.discovery.run import expected_seconds
from core.graphs.discovery.spec import DiscoverSpec
from core.graphs.sources import rows_at_most
from core.graphs.user_variables import LATER, TYPES, simple_features
from core.jobs.queue import submit
from core.storage.engine import Log
from pages.shared import cached, controls, question_state, state, table_form
from pages.shared import words as words_of
from pages.shared.event_choices import event_choices

SOURCES = {
    "question": "The units of the question",
    "users": "Users at a moment",
    "series": "Event counts over time",
    "events": "Raw events",
    "table": "A table of your own",
}
NEEDS = {"question": "table", "users": "table", "table": "table", "series": "series", "events": "events"}
AUTO = "auto"


def ask(log: Log) -> None:
    """Draw the form; its button queues the discovery. Raises BadSpec, BadFile."""
    source = st.segmented_control(
        "Look at", list(SOURCES), format_func=SOURCES.__getitem__, default="question", required=True,
        key=state.DISCOVER + "source",
        help="What one row is: a unit of the causal question, a user, an hour, an event, or a row of a file.",
    )  # fmt: skip
    given, names, (rows, exact) = SOURCE_FORMS[source](log)
    if given is None:
        return
    left, right = st.columns(2)
    methods = [AUTO, *(name for name, each in DISCOVERERS.items() if each.needs == NEEDS[source])]
    method = left.selectbox(
        "Method", methods, format_func=_title, key=state.field(state.DISCOVER, "method", source),
        help="Let the data decide, unless you know better: the reason for the choice is said.",
    )  # fmt: skip
    draws = right.number_input(
        "Bootstrap draws", 0, 1000, 100, step=10, key=state.DISCOVER + "draws",
        help="How often the search is repeated on units drawn anew. Without draws an edge has no stability.",
    )  # fmt: skip
    hidden = NEEDS[source] == "table" and st.checkbox(
        "Hidden common causes are possible", key=state.DISCOVER + "hidden",
        help="Then a method that can say so is used; it says less about directions.",
    )  # fmt: skip
    required, forbidden = _known(names, source, log)
    if method != AUTO:
        st.caption(controls.plain(DISCOVERERS[method].says))
    asked = DiscoverSpec.read({
        **given, "method": None if method == AUTO else method, "hidden": hidden, "draws": draws,
        "required": required, "forbidden": forbidden,
    })  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Discover", type="primary", icon=":material/travel_explore:", key=state.DISCOVER + "go"):
            bound = {"log_id": log.log_id, "version_id": log.version_id} if asked.needs_log else {}
            run_id = submit(
                cached.workspace(), "discover", asked.plain(), title=f"Discovery: {SOURCES[source].lower()}", **bound
            )
            state.remember(state.DISCOVERY, run_id)
        st.caption(_cost(methods[1] if method == AUTO else method, rows, len(names), draws, exact=exact))


# The spec, the variables, and how many rows there are: their number, and whether it is known or only the most.
Given = tuple[dict[str, Any] | None, list[str], tuple[int, bool]]


def _question(log: Log) -> Given:
    question = question_state.recall_question(cached.workspace(), log.manifest)
    asked = question.model_copy(update={"graph_id": None, "unmeasured": (), "covariates": None, "history_state": False})
    names = [group.name for group in covariate_groups(log.manifest)]
    half = _half("Estimate later with the other half of the users")
    st.caption(
        "A variable each: the covariate groups before time zero, the treatment, the outcome. Three tiers of time."
    )
    spec = {"variables": {"question": asked.plain(), "half": half}}
    units = cached.units_known(log, question)
    rows = int(log.manifest["events"]) if units is None else units // (2 if half == "discovery" else 1)
    return spec, [*names, question.treatment_name, question.outcome_name], (rows, units is not None)


def _users(log: Log) -> Given:
    left, right = st.columns(2)
    choices = event_choices(log)
    later = left.multiselect(
        "What they did after the moment", choices, list(choices)[:TYPES], format_func=choices.__getitem__,
        key=state.field(state.DISCOVER, "later", log.log_id),
    )  # fmt: skip
    days = right.number_input("Days after the moment", 0.1, 3650.0, 14.0, format="%g", key=state.DISCOVER + "days")
    half = _half("Estimate later with the other half of the users")
    st.caption("The moment lies so many days before the end of the log. Before it: simple features of each history.")
    if not later:
        st.warning("Choose at least one event to look for after the moment.")
        return None, [], (0, True)
    names = [*simple_features(log, None), *(f"{name}{LATER}" for name in later)]
    return (
        {"variables": {"users": {"later": later, "later_days": days}, "half": half}},
        names,
        (int(log.manifest["users"]), False),
    )


def _series(log: Log) -> Given:
    types = _types(log)
    bucket = st.segmented_control(
        "One step is", ["hour", "day"], default="hour", required=True, key=state.DISCOVER + "bucket"
    )
    hours = (pd.Timestamp(log.manifest["last_at"]) - pd.Timestamp(log.manifest["first_at"])).total_seconds() / 3600
    spec = {"series": {"event_types": types, "bucket": bucket}}
    return spec, types, (int(hours if bucket == "hour" else hours / 24), True)


def _events(log: Log) -> Given:
    types = _types(log)
    st.caption("Which event type makes which other likelier for a while. Its edges say *precedes*, not *causes*.")
    return {"events": {"event_types": types, "timezone": state.zone()}}, types, (int(log.manifest["events"]), False)


def _table(_log: Log) -> Given:
    path = table_form.choose_table()
    if path is None:
        st.caption("One row a unit, one column a variable; ids are left out.")
        return None, [], (0, True)
    found = cached.recognised(path, table_form.READING)
    names = [name for name, _, _ in found.columns]
    left, right = st.columns(2)
    columns = left.multiselect(
        "Variables", names, placeholder="every column that is no id", key=state.field(state.DISCOVER, "columns", path)
    )
    cluster = right.selectbox(
        "Rows belong together by", [None, *names], format_func=lambda name: name or "nothing",
        key=state.field(state.DISCOVER, "cluster", path),
    )  # fmt: skip
    half = _half("Keep half of the rows for estimation")
    spec: dict[str, Any] = {"table": path, "columns": columns or None, "cluster": cluster, "half": half}
    used = columns or names
    tiers = _tiers(used, path)
    return {"variables": spec, **({"tiers": tiers} if tiers else {})}, used, (rows_at_most(path, len(names)), False)


SOURCE_FORMS = {"question": _question, "users": _users, "series": _series, "events": _events, "table": _table}


def _half(label: str) -> str:
    """Which half of the users to look at."""
    kept = st.checkbox(
        label, value=True, key=state.DISCOVER + "half",
        help="An edge looks stronger in the data that suggested it; a study with an accepted edge uses the other half.",
    )  # fmt: skip
    return "discovery" if kept else "all"


def _types(log: Log) -> list[str]:
    known = [
        str(entry["event_type"]) for entry in sorted(log.manifest["event_types"], key=lambda each: -each["events"])
    ]
    return st.multiselect(
        "Event types", known, known[:12], key=state.field(state.DISCOVER, "types", log.log_id)
    )  # fmt: skip


def _tiers(names: Sequence[str], path: str) -> dict[str, int]:
    """{variable: its place in time}, where the analyst gave one."""
    with st.expander("Time tiers: what comes before what", icon=":material/view_column:"):
        st.caption("A number per variable, smaller is earlier. No edge runs from a later tier to an earlier one.")
        blank = pd.DataFrame({"variable": list(names), "tier": pd.array([None] * len(names), dtype="Int64")})
        edited = st.data_editor(
            blank, hide_index=True, disabled=["variable"], key=state.field(state.DISCOVER, "tiers", path),
            column_config={"tier": st.column_config.NumberColumn(min_value=0, max_value=99, step=1)},
        )  # fmt: skip
    given = edited.dropna(subset=["tier"])
    return {str(name): int(tier) for name, tier in zip(given["variable"], given["tier"], strict=True)}


def _known(names: Sequence[str], source: str, log: Log) -> tuple[list[list[str]], list[list[str]]]:
    """Edges that must and must not be there; at first those that the labels of the log's pairs of event types say."""
    known = edges_known(cached.workspace(), log.log_id, set(names)) if source != "table" else ([], [])
    words = ("must be there", "must not be there")
    first = [(*edge, word) for word, edges in zip(words, known, strict=True) for edge in edges]
    if first:
        st.caption(
            f":material/label: {words_of.counted(len(first), 'edge')} that you labelled on the causal screen "
            f"{'is' if len(first) == 1 else 'are'} known at first; change them under *Edges you know*."
        )
    with st.expander("Edges you know", icon=":material/rule:"):
        edited = st.data_editor(
            pd.DataFrame(first, columns=["cause", "effect", "it"], dtype=str),
            num_rows="dynamic", hide_index=True, key=state.field(state.DISCOVER, f"known{len(first) or ''}", source),
            column_config={
                "cause": st.column_config.SelectboxColumn(options=list(names), required=True),
                "effect": st.column_config.SelectboxColumn(options=list(names), required=True),
                "it": st.column_config.SelectboxColumn(options=list(words), required=True),
            },
        ).dropna()  # fmt: skip
    rows: Mapping[str, list[list[str]]] = {
        word: edited.loc[edited["it"] == word, ["cause", "effect"]].to_numpy().tolist() for word in words
    }
    return rows["must be there"], rows["must not be there"]


def _title(name: str) -> str:
    return "Let the data decide" if name == AUTO else DISCOVERERS[name].title


def _cost(method: str, rows: int, columns: int, draws: int, *, exact: bool) -> str:
    seconds = expected_seconds(method, rows, columns, draws)
    if seconds is None:
        return "How long it takes depends on the data."
    if seconds < 5:
        return "A few seconds on one core; it can be cancelled."
    amount = f"{seconds:,.0f} s" if seconds < 90 else f"{seconds / 60:,.0f} minutes"
    return f"{'About' if exact else 'At most'} {amount} on one core; it can be cancelled."
