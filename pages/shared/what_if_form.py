"""The form of a what-if: which data, what to set, or which two periods to compare."""

from typing import Any

import pandas as pd
import streamlit as st

from core.graphs.causal_graph import CausalGraph
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
    spec = _change(log, data) if asked == "change" else _setting(graph, asked)
    if spec is None:
        return
    measured = [name for name in graph.names if name not in graph.having("unmeasured")]
    left, middle, right = st.columns(3)
    outcome = left.selectbox(
        "Outcome", measured, measured.index(graph.outcome) if graph.outcome in measured else 0,
        key=state.WHAT_IF + "outcome",
    )  # fmt: skip
    rows = middle.number_input("Rows to fit on at most", 100, 100_000, 5000, step=1000, key=state.WHAT_IF + "rows")
    draws = right.number_input("Refits behind each interval", 0, 1000, 30, step=10, key=state.WHAT_IF + "draws")
    full = WhatIfSpec.read(
        {"graph": graph.plain(), "data": data, "outcome": outcome, "rows": rows, "draws": draws, "ask": asked, **spec}
    )
    if st.button("Ask the model", type="primary", icon=":material/model_training:", key=state.WHAT_IF + "go"):
        bound = {"log_id": log.log_id, "version_id": log.version_id} if full.data.needs_log else {}
        run_id = submit(cached.workspace(), "what_if", full.plain(), title=f"What if: {name}", **bound)
        state.remember(state.ASKING, run_id)


def _setting(graph: CausalGraph, asked: str) -> dict[str, Any] | None:
    """Which node is set to what, and what it is compared with."""
    free = [name for name in graph.names if name not in graph.having("unmeasured") and name != graph.outcome]
    left, middle, right = st.columns(3)
    node = left.selectbox(
        "Set", free, free.index(graph.treatment) if graph.treatment in free else 0, key=state.WHAT_IF + "node"
    )
    value = middle.text_input("to", "1", key=state.WHAT_IF + "value", help="A number, or a value of a category.")
    versus = right.text_input(
        "compared with" if asked == "set" else "for those that had", "0", key=state.WHAT_IF + "versus",
        help="Empty: with what was observed." if asked == "set" else "Empty: for all with another value.",
    )  # fmt: skip
    if not value.strip():
        st.warning(f"Say what {controls.plain(node)} is set to.")
        return None
    return {"hold": {node: value.strip()}, "versus": {node: versus.strip()} if versus.strip() else None}


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
