"""A page with nothing but the graph editor, one graph per address, and what Python holds under it."""

import json
import random

import streamlit as st

from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.tiers import graph_from_tiers
from pages.components.graph_editor.mount import graph_editor
from pages.components.graph_editor.shown import Marks, Suggested

HOSTILE = "<img src=x onerror=boom()> **x**"
SMALL = CausalGraph(
    (
        Node("age"),
        Node("intent", ("unmeasured",), title=HOSTILE),
        Node("search", ("treatment",)),
        Node("clicks"),
        Node("buy", ("outcome",)),
    ),
    (("age", "search"), ("age", "buy"), ("intent", "buy"), ("search", "clicks"), ("clicks", "buy")),
)
SUGGESTIONS = (
    Suggested("age", "clicks", "directed", 0.93, "grasp", halved=True),
    Suggested("age", "intent", "undirected", 0.61, "pc"),
    Suggested("intent", "clicks", "bidirected", 0.4, "fci"),
)
MARKS = Marks(
    {("search", "clicks"): "causal", ("clicks", "buy"): "causal", ("age", "search"): "biasing"},
    {"age": ("confounder",), "clicks": ("mediator",)},
    {"age": "age causes search and buy: adjust for it.", "clicks": "Part of the effect runs through clicks."},
    frozenset({"age"}),
)
OFFERED = (("days_since", "Days since the last visit"), ("n_events", "Number of events"))


def large(nodes: int = 60, edges: int = 150) -> CausalGraph:
    """Names of any length, edges from earlier to later."""
    chance = random.Random(3)
    names = [f"variable number {place} of the log" if place % 7 == 0 else f"x{place}" for place in range(nodes)]
    pairs: set[tuple[str, str]] = set()
    while len(pairs) < edges:
        source = chance.randrange(nodes - 1)
        pairs.add((names[source], names[min(nodes - 1, source + chance.randrange(1, 15))]))
    return CausalGraph(tuple(Node(name) for name in names), tuple(sorted(pairs)))


def start(which: str) -> CausalGraph:
    """The graph that an address begins with."""
    if which == "tiers":
        return graph_from_tiers([("age", "Age"), ("past", "")], "search", "buy")
    return {"empty": CausalGraph(()), "large": large()}.get(which, SMALL)


def main() -> None:
    """The editor, a button that changes the graph from outside, and the truth."""
    which = st.query_params.get("graph", "small")
    held = st.session_state.setdefault("held", start(which))
    told = st.session_state.setdefault("told", [])
    small = which == "small"
    dismissed = [edit.suggestion for edit in told if edit.kind == "dismiss"]
    edit = graph_editor(
        f"editor-{which}", held,
        suggestions=[each for each in SUGGESTIONS if small and each not in dismissed],
        marks=MARKS if small else None, offered=OFFERED if small else (), locked="locked" in st.query_params,
    )  # fmt: skip
    if edit is not None:
        st.session_state["held"] = edit.graph
        told.append(edit)
        st.rerun()
    if st.button("Change it outside"):
        st.session_state["held"] = CausalGraph(
            (*held.nodes, Node(f"outside {len(held.nodes)}")), held.edges, held.learnt
        )
        st.rerun()
    st.code(json.dumps({"graph": held.plain(), "edits": [each.kind for each in told]}), language=None)


main()
