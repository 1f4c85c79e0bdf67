"""A layout puts causes left of their effects, tiers in order, and leaves what the analyst placed where it is."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.layout import ROW, layers, layout
from core.graphs.tiers import graph_from_tiers
from tests.graphs.drawing import drawn


@settings(max_examples=60, deadline=None)
@given(
    size=st.integers(1, 9),
    chance=st.randoms(use_true_random=False),
    tiers=st.lists(st.none() | st.integers(0, 2), min_size=9, max_size=9),
)
def test_every_arrow_points_right_and_no_two_nodes_overlap(size: int, chance: Random, tiers: list[int | None]) -> None:
    names = [f"n{number}" for number in range(size)]
    ordered = sorted(tiers[:size], key=lambda tier: (tier is None, tier or 0))
    nodes = tuple(Node(name, (), tier) for name, tier in zip(names, ordered, strict=True))
    known = {node.name: node.tier for node in nodes}
    edges = tuple(
        (one, other)
        for place, one in enumerate(names)
        for other in names[place + 1 :]
        if chance.random() < 0.4
    )  # fmt: skip
    graph = CausalGraph(nodes, edges)
    columns = layers(graph)
    assert all(columns[one] < columns[other] for one, other in edges)
    for one in names:
        for other in names:
            if known[one] is not None and known[other] is not None and known[one] < known[other]:
                assert columns[one] < columns[other]
    places = list(layout(graph).places.values())
    for place, (x, y) in enumerate(places):
        assert all(x != other_x or abs(y - other_y) >= ROW - 1e-6 for other_x, other_y in places[place + 1 :])


def test_what_the_analyst_placed_stays_and_the_rest_moves_to_it() -> None:
    nodes = (Node("a", (), None, "", (1000.0, 500.0)), Node("b"), Node("c"))
    places = layout(CausalGraph(nodes, (("a", "b"), ("b", "c")))).places
    assert places["a"] == (1000.0, 500.0)
    assert 1000 < places["b"][0] < places["c"][0] < 2000


def test_an_arrow_past_the_treatment_runs_around_it() -> None:
    graph = graph_from_tiers([(f"g{number}", "") for number in range(5)], "search", "buy")
    laid = layout(graph)
    bends = [laid.bends[source, target] for source, target in graph.edges if source != "search" and target == "buy"]
    assert len(bends) == 5
    assert all(abs(bend[0][1] - laid.places["search"][1]) >= 40 for bend in bends)


def test_a_first_cause_lies_beside_its_effect() -> None:
    columns = layers(drawn("T>M M>Y U>Y"))
    assert columns == {"T": 0, "M": 1, "Y": 2, "U": 1}
