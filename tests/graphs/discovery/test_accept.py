"""Suggestions enter a graph one by one; what contradicts it is refused in a sentence and the rest stays."""

from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.discovery.accept import Accepted, accept, ways


def test_accepted_edges_are_learnt_and_bring_their_variables() -> None:
    graph = CausalGraph((Node("search"), Node("buy")), (("search", "buy"),))
    made, refused = accept(
        graph, [Accepted("age", "search", "forward", 0.9), Accepted("buy", "mood", "hidden", 0.5)],
        method="boss", halved=True, tiers={"age": 0},
    )  # fmt: skip
    assert not refused and made.node("age").tier == 0
    assert set(made.edges) - set(graph.edges) == {
        ("age", "search"), ("unmeasured cause of buy and mood", "buy"), ("unmeasured cause of buy and mood", "mood"),
    }  # fmt: skip
    assert {(each.source, each.stability, each.halved) for each in made.learnt} == {
        ("age", 0.9, True), ("unmeasured cause of buy and mood", 0.5, True),
    }  # fmt: skip
    assert made.having("unmeasured") == ("unmeasured cause of buy and mood",)


def test_what_contradicts_is_refused_and_the_rest_is_taken() -> None:
    graph = CausalGraph((Node("search", tier=0), Node("buy", tier=1)), (("search", "buy"),))
    made, refused = accept(
        graph, [Accepted("buy", "search", "forward"), Accepted("buy", "x", "backward")], method="pc", halved=False
    )
    assert made.edges == (("search", "buy"), ("x", "buy")) and len(refused) == 1 and "against time" in refused[0]


def test_an_edge_that_is_there_stays_assumed() -> None:
    graph = CausalGraph((Node("search"), Node("buy")), (("search", "buy"),))
    made, refused = accept(graph, [Accepted("search", "buy", "forward", 1.0)], method="boss", halved=False)
    assert made == graph and not refused


def test_ways_to_take_a_suggestion() -> None:
    assert list(ways({"source": "a", "target": "b", "kind": "directed"})) == ["forward", "hidden"]
    assert list(ways({"source": "a", "target": "b", "kind": "undirected"})) == ["forward", "backward", "hidden"]
    assert next(iter(ways({"source": "a", "target": "b", "kind": "bidirected"}))) == "hidden"
