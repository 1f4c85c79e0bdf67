"""The form of a what-if: which data, what to set, or which two periods to compare."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.graphs.causal_graph import CausalGraph
from core.graphs.what_if.settable import Settable, causes_of
from core.graphs.what_if.spec import WhatIfSpec
from core.jobs.queue import submit
from core.storage.engine import Log
from pages.shared import cached, controls, graph_in_hand, state, table_form
from pages.shared.check_form import SOURCES, data_for

ASKED = {
    "set": "What if it were set for everybody?",
    "look_back": "What would have been for those it was not so?",
    "change": "What is a change due to?",
}


def ask(log: Log, graph: CausalGraph) -> None:
    """Draw the form; its button queues the run. Raises BadSpec, BadFile."""
    with st.container(horizontal=True, vertical_alignment="center"):
        name = graph_in_hand.name_in_hand() or "the graph in hand"
        st.markdown(f"**{controls.plain(name)}**: {len(graph.nodes)} nodes, {len(graph.edges)} edges")
        controls.go_to("draw.py", "Change it")
    asked = st.segmented_control(
        "Ask", list(ASKED), format_func=ASKED.__getitem__, default="set", required=True, key=state.WHAT_IF + "ask"
    )
    source = st.segmented_control(
        "Fit it on", list(SOURCES), format_func=SOURCES.__getitem__, default="question", required=True,
        key=state.WHAT_IF + "source", help="What one row is. Nodes need a column of their name.",
    )  # fmt: skip
    if asked == "change" and source == "question":
        st.info("A change needs two moments or two tables: choose users at a moment, or tables of your own.")
        return
    data = data_for(log, graph, source)
    if data is None:
        return
    nodes = cached.nodes_to_set(log, graph, data)
    single = [node.name for node in nodes if node.width == 1]
    outcome = st.selectbox(
        "Outcome", single, single.index(graph.outcome) if graph.outcome in single else 0,
        key=state.field(state.WHAT_IF, "outcome", source),
    )  # fmt: skip
    spec = _change(log, data) if asked == "change" else _setting(graph, nodes, outcome, asked)
    if spec is None:
        return
    left, right = st.columns(2)
    rows = left.number_input("Rows to fit on at most", 100, 100_000, 5000, step=1000, key=state.WHAT_IF + "rows")
    draws = right.number_input(
        "Refits behind each interval", 0, 1000, 30, step=10, key=state.WHAT_IF + "draws",
        help="Each is the model fitted anew on units drawn anew. Without them there is no interval.",
    )  # fmt: skip
    full = WhatIfSpec.read(
        {"graph": graph.plain(), "data": data, "outcome": outcome, "rows": rows, "draws": draws, "ask": asked, **spec}
    )
    if st.button("Ask the model", type="primary", icon=":material/model_training:", key=state.WHAT_IF + "go"):
        bound = {"log_id": log.log_id, "version_id": log.version_id} if full.data.needs_log else {}
        run_id = submit(cached.workspace(), "what_if", full.plain(), title=f"What if: {name}", **bound)
        state.remember(state.ASKING, run_id)


def _setting(graph: CausalGraph, nodes: Sequence[Settable], outcome: str, asked: str) -> dict[str, Any] | None:
    """Which node is set to what, and what it is compared with. Raises BadSpec where nothing can be set."""
    free = {node.name: node for node in causes_of(graph, outcome, nodes)}
    left, middle, right = st.columns(3)
    node = free[left.selectbox(
        "Set", list(free), list(free).index(graph.treatment) if graph.treatment in free else 0,
        key=state.field(state.WHAT_IF, "node", outcome), help="Only what the graph's arrows lead from to the outcome.",
    )]  # fmt: skip
    versus_label = "compared with" if asked == "set" else "for those that had"
    nothing = "what was observed" if asked == "set" else "any other value"
    value: str | None
    versus: str | None
    if node.values:
        last = len(node.values) - 1
        value = middle.selectbox("to", node.values, last, key=state.field(state.WHAT_IF, "value", node.name))
        others = [None, *(each for each in node.values if each != value)]
        key = state.field(state.WHAT_IF, f"{asked}-versus", node.name)
        state.keep_choice(key, others)
        versus = right.selectbox(versus_label, others, 1, format_func=lambda each: each or nothing, key=key)
    else:
        value, versus = _numbers(node, middle, right, versus_label, nothing, asked)
    wide = [each for each in nodes if each.width > 1 and each.name != outcome]
    if wide:
        said = ", ".join(f"{each.name} ({each.width} columns)" for each in wide)
        st.caption(f"Not to be set, because one value cannot stand for them: {controls.plain(said)}.")
    if value is None:
        st.warning(f"Say what {controls.plain(node.name)} is set to.")
        return None
    return {"hold": {node.name: value}, "versus": None if versus is None else {node.name: versus}}


def _numbers(
    node: Settable, middle: Any, right: Any, versus_label: str, nothing: str, asked: str
) -> tuple[str | None, str | None]:
    """Two numbers, the quartiles at first, and whether they lie within what was observed."""
    lower, upper = (round(each) if node.whole else float(f"{each:.3g}") for each in (node.lower, node.upper))
    step = 1 if node.whole else None
    given = middle.number_input(
        "to", value=upper, step=step, format=None if node.whole else "%g",
        key=state.field(state.WHAT_IF, "value", node.name),
    )  # fmt: skip
    against = right.number_input(
        versus_label, value=lower if asked == "set" and lower != upper else None, step=step, placeholder=nothing,
        format=None if node.whole else "%g", key=state.field(state.WHAT_IF, f"{asked}-versus", node.name),
        help=f"Empty: {nothing}.",
    )  # fmt: skip
    st.caption(
        f"Observed from {node.lowest:,.4g} to {node.highest:,.4g}, half of it between {node.lower:,.4g} and "
        f"{node.upper:,.4g}."
    )
    if any(each is not None and not node.lowest <= each <= node.highest for each in (given, against)):
        st.warning("This lies outside what was observed: the answer would be the model's guess alone.")
    return None if given is None else str(given), None if against is None else str(against)


def _change(log: Log, data: dict[str, Any]) -> dict[str, Any] | None:
    """The later period; `data` becomes the earlier one."""
    if "table" in data:
        st.caption("The table above is the earlier period.")
        path = table_form.choose_second_table()
        return None if path is None else {"later": {**data, "table": path}}
    last = pd.Timestamp(log.manifest["last_at"])
    first = pd.Timestamp(log.manifest["first_at"])
    days = float(data["users"]["later_days"])
    middle = first + (last - first) / 2
    day = st.date_input(
        "Moment of the earlier period", value=middle.date(), min_value=first.date(), max_value=last.date(),
        key=state.field(state.WHAT_IF, "moment", log.log_id),
        help=f"The later period's moment lies {days:g} days before the end of the log.",
    )  # fmt: skip
    at = pd.Timestamp(day, tz="UTC")
    data["users"] = {**data["users"], "at": at.isoformat()}
    return {"later": {**data, "users": {**data["users"], "at": None}}}
