"""What a graph claims: by hand on small graphs, and against d-separation by its definition on random ones."""

from itertools import combinations

import networkx as nx
import pytest

from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.check.implied import implied_by
from tests.graphs.check.planted import graph_of, random_graph


def claims(graph: CausalGraph, **settings: bool) -> set[tuple[str, str, tuple[str, ...]]]:
    measured = [name for name in graph.names if name not in graph.having("unmeasured")]
    return {(each.one, each.other, each.given) for each in implied_by(graph, measured, **settings).implications}


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        (("a b", "b c"), {("a", "c", ("b",))}),  # a chain: held apart by what lies between
        (("b a", "b c"), {("a", "c", ("b",))}),
        (("a b", "c b"), {("a", "c", ())}),  # a collider: apart unless it is held fixed
        (("a b", "c b", "b d"), {("a", "c", ()), ("a", "d", ("b",)), ("c", "d", ("b",))}),
        (("a b",), set()),
    ],
)
def test_small_graphs(edges: tuple[str, ...], expected: set[tuple[str, str, tuple[str, ...]]]) -> None:
    assert claims(graph_of(*edges)) == expected


@pytest.mark.parametrize("seed", range(10))
def test_every_claim_is_a_minimal_separation_and_none_is_missing(seed: int) -> None:
    graph = random_graph(seed, 7, 0.35)
    directed = graph.directed()
    found = {frozenset((one, other)): set(given) for one, other, given in claims(graph)}
    joined = {frozenset(edge) for edge in graph.edges}
    assert set(found) == {frozenset(pair) for pair in combinations(graph.names, 2)} - joined
    for pair, given in found.items():
        one, other = sorted(pair)
        assert nx.is_d_separator(directed, {one}, {other}, given)
        assert not any(nx.is_d_separator(directed, {one}, {other}, given - {name}) for name in given)


def test_a_hidden_common_cause_claims_nothing_and_is_counted() -> None:
    graph = graph_of("u a", "u b", "a c", hidden=("u",))
    implied = implied_by(graph, ["a", "b", "c"])
    assert implied.untestable == (("a", "b"),)
    assert [(each.one, each.other, each.given) for each in implied.implications] == [("b", "c", ("a",))]


def test_causes_in_one_tier_may_go_together_unless_it_is_asked() -> None:
    nodes = (Node("age", tier=0), Node("place", tier=0), Node("visits", tier=1), Node("buys", tier=2))
    graph = CausalGraph(nodes, (("age", "visits"), ("visits", "buys")))
    implied = implied_by(graph, graph.names)
    assert implied.free == (("age", "place"),)
    # place may go with age, which moves visits: it is apart from visits only given age.
    assert ("place", "visits", ("age",)) in claims(graph)
    assert ("age", "place", ()) in claims(graph, test_roots=True)


def test_a_randomised_node_goes_with_nothing_in_its_tier() -> None:
    nodes = (Node("age", tier=0), Node("arm", ("randomised",), 0), Node("buys", tier=1))
    graph = CausalGraph(nodes, (("age", "buys"), ("arm", "buys")))
    assert claims(graph) == {("age", "arm", ())}


def test_what_the_data_were_selected_on_is_held_fixed() -> None:
    # Both cause being in the log: among those who are, the two go together.
    nodes = (Node("a"), Node("b"), Node("kept", ("selected",)))
    graph = CausalGraph(nodes, (("a", "kept"), ("b", "kept")))
    implied = implied_by(graph, ("a", "b"))
    assert implied.implications == ()
    assert implied.untestable == (("a", "b"),)
