"""The form of a check: which graph, against which data, and how strict."""

from typing import Any

import streamlit as st

from core.errors import WhypathError
from core.graphs.causal_graph import CausalGraph
from core.graphs.check.spec import CheckSpec
from core.graphs.user_variables import LATER
from core.jobs.queue import submit
from core.storage.engine import Log
from pages.shared import cached, controls, graph_in_hand, question_state, state, table_form

SOURCES = {"question": "The units of the question", "users": "Users at a moment", "table": "A table of your own"}


def ask(log: Log, graph: CausalGraph) -> None:
    """Draw the form; its button queues the check. Raises BadSpec, BadFile."""
    name = graph_in_hand.name_in_hand() or "the graph in hand"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{controls.plain(name)}**: {len(graph.nodes)} nodes, {len(graph.edges)} edges")
        controls.go_to("draw.py", "Change it")
    source = st.segmented_control(
        "Against", list(SOURCES), format_func=SOURCES.__getitem__, default="question", required=True,
        key=state.CHECK + "source", help="What one row is. Nodes without a column of their name are unmeasured.",
    )  # fmt: skip
    data = data_for(log, graph, source)
    settings = _strictness(graph)
    half = settings.pop("half")
    if data is None:
        return
    spec = CheckSpec.read({"graph": graph.plain(), "data": {**data, "half": half}, **settings})
    if st.button("Check", type="primary", icon=":material/rule:", key=state.CHECK + "go"):
        bound = {"log_id": log.log_id, "version_id": log.version_id} if spec.data.needs_log else {}
        run_id = submit(cached.workspace(), "check_graph", spec.plain(), title=f"Check of {name}", **bound)
        state.remember(state.CHECKING, run_id)


def data_for(log: Log, graph: CausalGraph, source: str) -> dict[str, Any] | None:
    """Where the variables come from; None while something is missing."""
    if source == "question":
        try:
            question = question_state.recall_question(cached.workspace(), log.manifest)
        except WhypathError as error:
            st.warning(controls.plain(str(error)))
            return None
        return {"question": question.model_copy(
            update={"graph_id": None, "unmeasured": (), "covariates": None}
        ).plain()}  # fmt: skip
    if source == "users":
        days = st.number_input(
            "Days after the moment", 0.1, 3650.0, 14.0, format="%g", key=state.CHECK + "days",
            help="The moment lies so many days before the end of the log.",
        )  # fmt: skip
        st.caption(f"Nodes are features of what lies before the moment, or events named like 'purchase{LATER}'.")
        return {"users": {"later_days": days}}
    path = table_form.choose_table()
    if path is None:
        st.caption("One row a unit, one column a node of the same name; other columns are left out.")
        return None
    names = [name for name, _, _ in cached.recognised(path, table_form.READING).columns]
    cluster = st.selectbox(
        "Rows belong together by", [None, *names], format_func=lambda name: name or "nothing",
        key=state.field(state.CHECK, "cluster", path),
    )  # fmt: skip
    missing = [name for name in graph.names if name not in names and name not in graph.having("unmeasured")]
    if missing:
        st.caption(f"No column is called {controls.plain(', '.join(missing[:8]))}: taken as unmeasured.")
    return {"table": path, "cluster": cluster}


def _strictness(graph: CausalGraph) -> dict[str, Any]:
    """How strict to be, and which half of the users to look at."""
    half = "all"
    if any(edge.halved for edge in graph.learnt) and st.checkbox(
        "Only the users that discovery has not seen", value=True, key=state.CHECK + "half",
        help="Edges were learnt from half of the users; the same users cannot contradict them.",
    ):  # fmt: skip
        half = "estimation"
    with st.expander("How strict", icon=":material/tune:"):
        left, right = st.columns(2)
        floor = left.number_input(
            "What does not matter: partial correlations under", 0.0, 0.9, 0.05, step=0.01, key=state.CHECK + "floor"
        )
        shuffles = right.number_input(
            "Graphs with swapped names", 0, 10_000, 100, step=50, key=state.CHECK + "shuffles"
        )
        bins = left.number_input("Bins of a number, for observe and set", 2, 8, 3, key=state.CHECK + "bins")
        draws = right.number_input("Bootstrap draws", 0, 10_000, 200, step=50, key=state.CHECK + "draws")
        roots = st.checkbox(
            "Causes in one time tier are claimed to be independent", key=state.CHECK + "roots",
            help="By default a drawing says nothing about causes of one tier among themselves.",
        )  # fmt: skip
    return {
        "half": half, "floor": floor, "shuffles": shuffles, "bins": bins, "draws": draws, "test_roots": roots,
    }  # fmt: skip
