"""What an analyst draws becomes the question's belief: as marks where these say all, as a graph otherwise."""

import pytest

from core.effects.groups import CovariateGroup
from core.effects.question import CausalQuestion
from core.effects.question_graph import (
    LEFT_OUT,
    MEASURED,
    UNMEASURED,
    graph_of,
    marked,
    marks_of,
    not_held,
    same_belief,
    template,
    with_graph,
    without_graph,
)
from core.errors import BadSpec, NotFound
from core.graphs.causal_graph import CausalGraph, Node
from core.storage.workspace import Workspace

GROUPS = [CovariateGroup("past", "Past activity"), CovariateGroup("intent", "Intent"), CovariateGroup("device", "")]
QUESTION = CausalQuestion(treatment="search", outcome="buy")
PLAIN = template(QUESTION, GROUPS)


def test_a_drawing_that_says_what_the_template_says_leaves_the_question_as_it_is(workspace: Workspace) -> None:
    moved = CausalGraph(
        tuple(Node(node.name, node.roles, node.tier, "other words", (1.0, 2.0)) for node in reversed(PLAIN.nodes)),
        PLAIN.edges[::-1],
    )
    assert with_graph(workspace, "log", QUESTION, GROUPS, moved) == QUESTION


def test_marks_are_kept_as_marks(workspace: Workspace) -> None:
    hidden = marked(PLAIN, GROUPS[1], UNMEASURED)
    question = with_graph(workspace, "log", QUESTION, GROUPS, hidden)
    assert (question.unmeasured, question.covariates, question.graph_id) == (("intent",), None, None)
    fewer = with_graph(workspace, "log", question, GROUPS, marked(hidden, GROUPS[2], LEFT_OUT))
    assert (fewer.unmeasured, fewer.covariates, fewer.graph_id) == (("intent",), ("past", "intent"), None)
    back = marked(marked(graph_of(workspace, fewer, GROUPS), GROUPS[2], MEASURED), GROUPS[1], MEASURED)
    assert with_graph(workspace, "log", fewer, GROUPS, back) == QUESTION


def test_anything_else_is_attached_as_a_graph_and_can_be_detached(workspace: Workspace) -> None:
    drawn = CausalGraph((*PLAIN.nodes, Node("mood", ("unmeasured",))), (*PLAIN.edges, ("mood", "buy")))
    drawn = marked(drawn, GROUPS[0], UNMEASURED)
    question = with_graph(workspace, "log", QUESTION, GROUPS, drawn)
    assert question.graph_id is not None
    assert question.unmeasured == ("past",)
    assert graph_of(workspace, question, GROUPS) == drawn
    assert with_graph(workspace, "log", question, GROUPS, drawn) == question
    assert without_graph(question) == QUESTION


def test_a_graph_about_something_else_is_refused(workspace: Workspace) -> None:
    other = CausalGraph((Node("search", ("outcome",)), Node("buy", ("treatment",))))
    with pytest.raises(BadSpec, match="asks what search does to buy, the graph marks buy as treatment and search as"):
        with_graph(workspace, "log", QUESTION, GROUPS, other)
    gone = QUESTION.model_copy(update={"graph_id": "graph-gone"})
    with pytest.raises(NotFound, match="no causal graph 'graph-gone'"):
        graph_of(workspace, gone, GROUPS)


def test_marking_and_reading_marks_agree() -> None:
    graph = PLAIN
    for mark in (UNMEASURED, LEFT_OUT, UNMEASURED, MEASURED):
        graph = marked(graph, GROUPS[1], mark)
        assert marks_of(graph, GROUPS) == {"past": MEASURED, "intent": mark, "device": MEASURED}
    assert same_belief(graph, PLAIN)


def test_a_group_that_comes_back_does_not_cause_what_chance_sets() -> None:
    nodes = (Node("search", ("treatment", "randomised"), 1), Node("buy", ("outcome",), 2))
    back = marked(CausalGraph(nodes), GROUPS[0], MEASURED)
    assert back.edges == (("past", "buy"),)
    assert [node.tier for node in back.nodes] == [0, 1, 2]


def test_a_group_that_comes_back_into_a_graph_without_tiers_has_none() -> None:
    nodes = (Node("search", ("treatment",)), Node("buy", ("outcome",)))
    assert marked(CausalGraph(nodes), GROUPS[0], UNMEASURED).node("past").tier is None


def test_nodes_without_a_column_are_named() -> None:
    graph = CausalGraph((*PLAIN.nodes, Node("mood"), Node("luck", ("unmeasured",))))
    assert not_held(graph, GROUPS) == ("mood",)
