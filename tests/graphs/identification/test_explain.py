"""The kinds of paths equal those found by walking every path, and roles are told in words."""

from itertools import combinations, pairwise
from random import Random

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.graphs.causal_graph import CausalGraph
from core.graphs.identification.explain import explain, path_kinds
from core.graphs.identification.identify import identify
from tests.graphs.drawing import drawn


def kinds_by_walking(graph: CausalGraph, given: set[str]) -> dict[tuple[str, str], str]:
    """Every path between T and Y, one by one."""
    directed = graph.directed()
    skeleton = directed.to_undirected()
    fixed = {*given, *graph.having("selected")}
    opened = fixed.union(*(nx.ancestors(directed, name) for name in fixed))
    kinds: dict[tuple[str, str], str] = {}
    order = {"causal": 0, "biasing": 1, "blocked": 2}
    for path in nx.all_simple_paths(skeleton, "T", "Y"):
        edges = [pair if directed.has_edge(*pair) else pair[::-1] for pair in pairwise(path)]
        if all(pair in edges for pair in pairwise(path)):
            kind = "causal"
        elif edges[0][0] == "T":
            continue  # leaves the treatment: not a back-door path
        else:
            is_open = True
            for place in range(1, len(path) - 1):
                meets = edges[place - 1][1] == path[place] and edges[place][1] == path[place]
                is_open &= path[place] in opened if meets else path[place] not in fixed
            kind = "biasing" if is_open else "blocked"
        for edge in edges:
            if edge not in kinds or order[kind] < order[kinds[edge]]:
                kinds[edge] = kind
    return kinds


@settings(max_examples=150, deadline=None)
@given(size=st.integers(0, 4), chance=st.randoms(use_true_random=False), hold=st.integers(0, 15))
def test_kinds_of_paths_equal_those_of_all_paths(size: int, chance: Random, hold: int) -> None:
    names = ["T", "Y", *(f"n{number}" for number in range(size))]
    order = sorted(names, key=lambda name: chance.random())
    arrows = [pair for pair in combinations(order, 2) if chance.random() < 0.5]
    graph = drawn(" ".join(f"{one}>{other}" for one, other in arrows))
    given = {name for place, name in enumerate(sorted(set(graph.names) - {"T", "Y"})) if hold >> place & 1}
    expected, found = kinds_by_walking(graph, given), path_kinds(graph, given)
    # An open walk that is no path may colour an edge of a closed path; never the other way round.
    assert {edge for edge, kind in found.items() if kind == "causal"} == {
        e for e, k in expected.items() if k == "causal"
    }
    assert {edge for edge, kind in expected.items() if kind == "biasing"} <= {
        edge for edge, kind in found.items() if kind == "biasing"
    }
    assert set(expected) <= set(found)


@pytest.mark.parametrize(
    ("arrows", "given", "biasing", "blocked"),
    [
        ("C>T C>Y T>Y", [], {("C", "T"), ("C", "Y")}, set()),
        ("C>T C>Y T>Y", ["C"], set(), {("C", "T"), ("C", "Y")}),
        ("U>M U>T V>M V>Y T>Y", [], set(), {("U", "M"), ("U", "T"), ("V", "M"), ("V", "Y")}),
        ("U>M U>T V>M V>Y T>Y", ["M"], {("U", "M"), ("U", "T"), ("V", "M"), ("V", "Y")}, set()),
        ("C>T C>Y C>D T>Y", [], {("C", "T"), ("C", "Y")}, set()),  # C → D leads nowhere
    ],
)
def test_known_paths(arrows: str, given: list[str], biasing: set[object], blocked: set[object]) -> None:
    kinds = path_kinds(drawn(arrows), given)
    assert {edge for edge, kind in kinds.items() if kind == "biasing"} == biasing
    assert {edge for edge, kind in kinds.items() if kind == "blocked"} == blocked
    assert kinds["T", "Y"] == "causal"


def test_roles_and_what_not_to_do_are_told_in_words() -> None:
    graph = drawn("C>T C>Y T>M M>Y U>Y", unmeasured=["U"])
    found = identify(graph)
    told = explain(graph, found, found.adjustment_set).sentences
    assert told["T"] == "The treatment: what is changed."
    assert told["C"] == ("A confounder: it causes T, and Y by another way as well. The estimate adjusts for it.")
    assert told["M"].startswith("A mediator: part of what T does to Y runs through it. Do not adjust: ")
    assert told["U"].startswith("Unmeasured: no column holds it")
