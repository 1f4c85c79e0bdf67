"""The causal graph of a question: one that was drawn and attached, or the template that time gives.

What an analyst draws goes into the question by `with_graph`. As long as the drawing says no more than the template does
(which groups matter, which are unmeasured), the question keeps these marks instead of a graph, so that the same belief
is the same question.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from core.effects.groups import EVENT_ORDER, CovariateGroup
from core.effects.question import CausalQuestion
from core.errors import BadSpec
from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.library import open_graph, store
from core.graphs.tiers import BEFORE, graph_from_tiers
from core.storage.workspace import Workspace

MEASURED: Final = "measured"
UNMEASURED: Final = "unmeasured"
LEFT_OUT: Final = "no cause"
MARKS: Final = (MEASURED, UNMEASURED, LEFT_OUT)


def template(question: CausalQuestion, groups: Sequence[CovariateGroup]) -> CausalGraph:
    """Every group that the question lets in causes treatment and outcome; the unmeasured ones are marked."""
    offered = {group.name: group.title for group in groups}
    used = [name for name in offered if question.covariates is None or name in (*question.covariates, EVENT_ORDER)]
    used += [name for name in question.unmeasured if name not in used]
    before = [(name, offered[name]) for name in used]
    return graph_from_tiers(before, question.treatment_name, question.outcome_name, question.unmeasured)


def graph_of(workspace: Workspace, question: CausalQuestion, groups: Sequence[CovariateGroup]) -> CausalGraph:
    """The graph attached to the question, asked about its treatment and outcome; else the template.

    Raises NotFound for a graph that is gone or lacks one of the two.
    """
    if question.graph_id is None:
        return template(question, groups)
    drawn = open_graph(workspace, question.graph_id)
    if (drawn.treatment, drawn.outcome) == (question.treatment_name, question.outcome_name):
        return drawn
    return drawn.asked(question.treatment_name, question.outcome_name)


def with_graph(
    workspace: Workspace, log_id: str, question: CausalQuestion, groups: Sequence[CovariateGroup], graph: CausalGraph
) -> CausalQuestion:
    """The question with this graph as its belief; raises BadSpec if the graph asks about something else."""
    asked, marked = (question.treatment_name, question.outcome_name), (graph.treatment, graph.outcome)
    if asked != marked:
        raise BadSpec(
            f"The question in hand asks what {asked[0]} does to {asked[1]}, the graph marks {marked[0] or 'nothing'} "
            f"as treatment and {marked[1] or 'nothing'} as outcome; change one of them."
        )
    if same_belief(graph, graph_of(workspace, question, groups)):
        return question
    kept = tuple(group.name for group in groups if group.name in graph.names)
    hidden = tuple(name for name in kept if "unmeasured" in graph.node(name).roles)
    everything = len(kept) == len(groups)
    plain = question.model_copy(
        update={"graph_id": None, "unmeasured": hidden, "covariates": None if everything else kept}
    )
    if same_belief(graph, template(plain, groups)):
        return plain
    graph_id = store(workspace, log_id, graph)
    return question.model_copy(update={"graph_id": graph_id, "unmeasured": hidden, "covariates": None})


def without_graph(question: CausalQuestion) -> CausalQuestion:
    """The question with the template as its graph."""
    return question.model_copy(update={"graph_id": None, "unmeasured": (), "covariates": None})


def same_belief(one: CausalGraph, other: CausalGraph) -> bool:
    """Whether two graphs say the same; titles, places and the order of nodes and edges say nothing."""

    def belief(graph: CausalGraph) -> tuple[object, ...]:
        nodes = {(node.name, frozenset(node.roles), node.tier) for node in graph.nodes}
        return nodes, set(graph.edges), set(graph.learnt)

    return belief(one) == belief(other)


def marks_of(graph: CausalGraph, groups: Sequence[CovariateGroup]) -> dict[str, str]:
    """{group: one of MARKS}, as the graph has it."""
    hidden = set(graph.having("unmeasured"))
    return {
        group.name: UNMEASURED if group.name in hidden else MEASURED if group.name in graph.names else LEFT_OUT
        for group in groups
    }


def marked(graph: CausalGraph, group: CovariateGroup, mark: str) -> CausalGraph:
    """The graph with a group marked otherwise; one that comes anew may cause treatment and outcome."""
    if mark == LEFT_OUT:
        return CausalGraph(
            tuple(node for node in graph.nodes if node.name != group.name),
            tuple(edge for edge in graph.edges if group.name not in edge),
            tuple(edge for edge in graph.learnt if group.name not in (edge.source, edge.target)),
        )
    hidden = ("unmeasured",) if mark == UNMEASURED else ()
    if group.name not in graph.names:
        treatment, outcome = graph.question()
        tiers = [node.tier for node in graph.nodes if node.tier is not None]
        node = Node(group.name, hidden, min(*tiers, BEFORE) if tiers else None, group.title)
        into = [name for name in (treatment, outcome) if "randomised" not in graph.node(name).roles]
        edges = (*graph.edges, *((group.name, name) for name in into))
        return CausalGraph((node, *graph.nodes), edges, graph.learnt)
    others = [role for role in graph.node(group.name).roles if role != "unmeasured"]
    nodes = (replace(node, roles=(*others, *hidden)) if node.name == group.name else node for node in graph.nodes)
    return CausalGraph(tuple(nodes), graph.edges, graph.learnt)


def not_held(graph: CausalGraph, groups: Sequence[CovariateGroup]) -> tuple[str, ...]:
    """Nodes not marked as unmeasured that a study has no column for; it counts them as unmeasured."""
    held = {group.name for group in groups} | {graph.treatment, graph.outcome}
    return tuple(name for name in graph.names if name not in held and "unmeasured" not in graph.node(name).roles)
