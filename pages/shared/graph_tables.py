"""The graph in hand as tables: what is measured before the treatment, and every edge as a row."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.effects.groups import CovariateGroup
from core.effects.question_graph import MARKS, marked, marks_of
from core.errors import WhypathError
from core.graphs.causal_graph import CausalGraph
from core.specs import hash_of
from pages.shared import state
from pages.shared.controls import plain
from pages.shared.graph_in_hand import InHand


def offered(held: InHand, features: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """(name, title) of variables to add: covariate groups of the question first, then features of the log."""
    known = {group.name: group.title for group in held.groups} | dict(features)
    return [(name, title) for name, title in known.items() if name not in held.graph.names]


def show(held: InHand) -> CausalGraph:
    """Both tables; returns the graph as they have it."""
    asked = None not in (held.graph.treatment, held.graph.outcome)
    if not asked or not (held.follows or any(group.name in held.graph.names for group in held.groups)):
        st.markdown("**Edges**")
        return edge_table(held.graph)
    before, edges = st.tabs(["Before the treatment", "Edges"])
    with before:
        graph = marks_of_groups(held.graph, held.groups)
    with edges:
        return edge_table(held.graph) if graph == held.graph else graph


def marks_of_groups(graph: CausalGraph, groups: Sequence[CovariateGroup]) -> CausalGraph:
    """One control per covariate group of the question; returns the graph as they mark it."""
    held = {f"{state.GROUPS}{name}": mark for name, mark in marks_of(graph, groups).items()}
    state.fill_form(f"marks-{sorted(held.items())}", held, of="-marks")
    st.caption(
        "Measured: may be adjusted for. Unmeasured: you believe in it, but the log does not have it, or you doubt what "
        "it recorded. No cause: it does not cause both, so it leaves the graph."
    )
    for group in groups:
        key = f"{state.GROUPS}{group.name}"
        mark = st.segmented_control(
            plain(group.name.replace("_", " ")), MARKS, key=key, help=plain(group.says or group.title), required=True
        )
        if mark != held[key]:
            graph = marked(graph, group, str(mark))
    return graph


def edge_table(graph: CausalGraph) -> CausalGraph:
    """Every edge as a row that can be changed, added and removed; returns the graph as the table has it."""
    if len(graph.names) < 2:
        st.caption("Edges join two variables; add some first.")
        return graph
    learnt = {(edge.source, edge.target): edge for edge in graph.learnt}
    rows = pd.DataFrame(
        [(*edge, _origin(learnt[edge]) if edge in learnt else "assumed") for edge in graph.edges],
        columns=["cause", "effect", "edge"],
    )
    names = list(graph.names)
    problem = st.container()
    changed = st.data_editor(
        rows, num_rows="dynamic", hide_index=True, disabled=["edge"], key=f"{state.EDGES}{hash_of(graph.plain())[:16]}",
        column_config={
            "cause": st.column_config.SelectboxColumn("cause", options=names, required=True),
            "effect": st.column_config.SelectboxColumn("effect", options=names, required=True),
            "edge": st.column_config.TextColumn("edge", help="Assumed by you, or learnt from data and accepted."),
        },
    )  # fmt: skip
    edges = tuple((cause, effect) for cause, effect in zip(changed["cause"], changed["effect"], strict=True)
                  if isinstance(cause, str) and isinstance(effect, str))  # fmt: skip
    if edges == graph.edges:
        return graph
    try:
        return CausalGraph(graph.nodes, edges, tuple(learnt[edge] for edge in edges if edge in learnt))
    except WhypathError as error:
        problem.error(f"Not taken: {plain(str(error))}")
        return graph


def _origin(edge: object) -> str:
    method, stability = getattr(edge, "method", ""), getattr(edge, "stability", None)
    return f"learnt by {method}" + (f", {100 * stability:.0f} %" if stability is not None else "")
