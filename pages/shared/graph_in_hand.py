"""The graph in hand: in the URL by its id, so that a link or a reload shows the same; without one, the question's own.

While the question in hand believes this graph (it follows it), an edit changes the question as well.
"""

from dataclasses import dataclass

import streamlit as st

from core.effects.analysis_table import groups as groups_of_log
from core.effects.groups import CovariateGroup
from core.effects.question import CausalQuestion
from core.effects.question_check import check
from core.effects.question_graph import graph_of, same_belief, with_graph, without_graph
from core.errors import NotFound, WhypathError
from core.graphs.causal_graph import CausalGraph
from core.graphs.library import keep_draft, open_graph, store
from core.storage.engine import Log
from pages.shared import cached, controls, question_state, state


@dataclass(frozen=True)
class InHand:
    """question: None where the log allows none, `why_none` says why. follows: whether the question believes this graph.

    lost: why the graph of the link, or the one attached to the question, could not be shown; "" if it could.
    """

    graph: CausalGraph
    question: CausalQuestion | None = None
    groups: tuple[CovariateGroup, ...] = ()
    follows: bool = False
    why_none: str = ""
    lost: str = ""


def in_hand(log: Log) -> InHand:
    """What the pages of causal graphs work on."""
    workspace = cached.workspace()
    graph, lost = _linked()
    try:
        question = question_state.recall_question(workspace, log.manifest)
        check(question, log.manifest)
        groups = tuple(groups_of_log(log, question))
    except WhypathError as error:
        return InHand(graph or CausalGraph(()), why_none=str(error), lost=lost)
    try:
        own = graph_of(workspace, question, groups)
    except NotFound as error:
        question, lost = without_graph(question), str(error)
        own = graph_of(workspace, question, groups)
    question_state.remember_question(workspace, question)
    follows = graph is None or same_belief(graph, own)
    return InHand(graph or own, question, groups, follows, lost=lost)


def graph_in_hand(log: Log) -> CausalGraph:
    """The graph in hand; empty where there is none and the log allows no question."""
    return in_hand(log).graph


def with_edges(log: Log, but: str) -> CausalGraph:
    """The graph in hand; a page that can do nothing without edges stops here, and says what it comes to."""
    graph = graph_in_hand(log)
    if not graph.edges:
        st.info(f"The graph in hand has no edges yet, so {but}.")
        controls.go_to("draw.py", "Draw one")
        st.stop()
    return graph


def take_in_hand(log: Log, graph: CausalGraph, *, name: str | None = None) -> str:
    """Work on this graph from now on; returns its id. name: the graph of the library that it is, "" if of none."""
    if name is not None:
        state.forget(state.GRAPH_NAME)
        if name:
            state.remember(state.GRAPH_NAME, name)
    graph_id = store(cached.workspace(), log.log_id, graph, name_in_hand())
    keep_draft(cached.workspace(), log.log_id, graph_id, name_in_hand())
    state.remember(state.GRAPH, graph_id)
    return graph_id


def open_other(log: Log, graph: CausalGraph, name: str = "") -> None:
    """Open another graph: the editor begins anew, and the question stays as it is."""
    state.next_drawing()
    state.note(state.GRAPH_DONE, True)
    take_in_hand(log, graph, name=name)


def open_own() -> None:
    """Go back to the graph of the question."""
    state.next_drawing()
    state.note(state.GRAPH_DONE, True)
    state.forget(state.GRAPH, state.GRAPH_NAME)


def edited(log: Log, held: InHand, graph: CausalGraph) -> None:
    """Go on with what an edit made; a question that follows takes it over if it still asks the same."""
    if held.follows and held.question is not None:
        attach(log, held, graph)
    take_in_hand(log, graph)


def attach(log: Log, held: InHand, graph: CausalGraph) -> str:
    """Let the question believe this graph; returns why it cannot, "" if it does."""
    assert held.question is not None
    try:
        question = with_graph(cached.workspace(), log.log_id, held.question, held.groups, graph)
    except WhypathError as error:
        return str(error)
    question_state.remember_question(cached.workspace(), question)
    return ""


def detach(log: Log, held: InHand) -> None:
    """Let the question have the template again; the graph stays in hand."""
    assert held.question is not None
    take_in_hand(log, held.graph)
    question_state.remember_question(cached.workspace(), without_graph(held.question))


def name_in_hand() -> str:
    """The name in the library that the graph in hand goes by; "" if it has none yet."""
    return state.recall(state.GRAPH_NAME) or ""


def _linked() -> tuple[CausalGraph | None, str]:
    graph_id = state.recall(state.GRAPH)
    if graph_id is None:
        return None, ""
    try:
        return open_graph(cached.workspace(), graph_id), ""
    except WhypathError as error:
        state.forget(state.GRAPH, state.GRAPH_NAME)
        return None, str(error)
