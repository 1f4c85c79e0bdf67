"""A page with nothing but the graph editor, a graph to begin with, and what Python holds under it."""

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


def begin(which: str) -> None:
    """Another graph from the start, under a key of its own."""
    small = SMALL if which in ("small", "locked") else large()
    graph = graph_from_tiers([("age", "Age"), ("past", "")], "search", "buy") if which == "tiers" else small
    st.session_state.update(which=which, held=graph, told=[], turn=st.session_state.get("turn", 0) + 1)


def main() -> None:
    """The editor, buttons that begin anew or change the graph from outside, and the truth."""
    if "held" not in st.session_state:
        begin("small")
    with st.container(horizontal=True):
        for name in ("small", "tiers", "large", "locked"):
            st.button(name, key=f"begin-{name}", on_click=begin, args=(name,))
    which, held, told = (st.session_state[name] for name in ("which", "held", "told"))
    small = which in ("small", "locked")
    dismissed = [edit.suggestion for edit in told if edit.kind == "dismiss"]
    edit = graph_editor(
        f"editor-{st.session_state['turn']}", held,
        suggestions=[each for each in SUGGESTIONS if small and each not in dismissed],
        marks=MARKS if small else None, offered=OFFERED if small else (), locked=which == "locked",
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
    truth = {"turn": st.session_state["turn"], "graph": held.plain(), "edits": [each.kind for each in told]}
    st.code(json.dumps(truth), language=None)


main()
