"""The graph in hand: in the URL by its id, so that a link shows the same; kept as the log's draft, so that a reload
loses nothing."""

from core.effects.analysis_table import groups
from core.errors import NotFound, WhypathError
from core.graphs.causal_graph import CausalGraph
from core.graphs.library import draft_of, graphs_of, keep_draft, open_graph, store
from core.graphs.tiers import graph_from_tiers
from core.storage.engine import Log
from pages.shared import cached, question_state, state


def graph_in_hand(log: Log) -> CausalGraph:
    """The graph of the link, else the draft, else the graph saved last, else the question's template."""
    workspace = cached.workspace()
    draft = draft_of(workspace, log.log_id)
    saved = graphs_of(workspace, log.log_id)
    for graph_id in (state.recall(state.GRAPH), draft and draft["graph_id"], saved and saved[0].newest.graph_id):
        if graph_id:
            try:
                return open_graph(workspace, str(graph_id))
            except NotFound:
                continue
    return template_of_question(log)


def template_of_question(log: Log) -> CausalGraph:
    """Before, treatment, after: the template of the question in hand; empty where the log allows no question."""
    try:
        question = question_state.recall_question(cached.workspace(), log.manifest)
        offered = [(group.name, group.title) for group in groups(log, question)]
    except WhypathError:
        return CausalGraph(())
    return graph_from_tiers(offered, question.treatment_name, question.outcome_name, question.unmeasured)


def take_in_hand(log: Log, graph: CausalGraph, *, name: str = "") -> str:
    """Work on this graph from now on; returns its id. name: the graph of the library that it began as."""
    graph_id = store(cached.workspace(), log.log_id, graph, name)
    keep_draft(cached.workspace(), log.log_id, graph_id, name)
    state.remember(state.GRAPH, graph_id)
    return graph_id
