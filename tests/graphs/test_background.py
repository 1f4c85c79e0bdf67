"""Labelled pairs as edges: where they are variables, never against time or what was named, and drawn without a cycle."""

from core.graphs.background import drawn_with, edges_among, known_with
from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.discovery.contract import Knowledge

NAMES = ("view", "search", "buy", "tenure_days")


def test_pairs_mean_event_types_by_name_and_as_what_came_later() -> None:
    assert edges_among([("search", "buy"), ("cart", "buy")], NAMES) == [("search", "buy")]
    assert edges_among([("search", "buy")], ("search later", "buy later")) == [("search later", "buy later")]


def test_labels_add_to_what_is_known_and_say_so() -> None:
    found = known_with(Knowledge(), [("search", "buy")], [("buy", "view")], NAMES)
    assert found.knowledge.required == {("search", "buy")} and found.knowledge.forbidden == {("buy", "view")}
    assert found.notes == (
        "Of the labelled pairs search → buy must be there.", "Of the labelled pairs buy → view must not be there.",
    )  # fmt: skip


def test_labels_give_way_to_time_to_each_other_and_to_what_was_named_for_the_search() -> None:
    given = Knowledge((("search",), ("buy",)), frozenset({("view", "buy")}), frozenset({("view", "search")}))
    causal = [("buy", "search"), ("view", "search"), ("search", "tenure_days"), ("tenure_days", "search")]
    found = known_with(given, causal, [("view", "buy")], NAMES)
    assert found.knowledge.required == given.required and found.knowledge.forbidden == given.forbidden
    assert len(found.notes) == 1 and "are not used" in found.notes[0] and "buy → search" in found.notes[0]
    found.knowledge.check(NAMES)


def test_drawing_adds_what_is_there_or_all_and_refuses_a_cycle() -> None:
    graph = CausalGraph((Node("search", ("treatment",)), Node("buy", ("outcome",))), (("search", "buy"),))
    causal = [("search", "buy"), ("buy", "search"), ("search", "cart"), ("cart", "buy")]
    here = drawn_with(graph, causal, missing=False)
    assert here.graph == graph and here.added == () and "buy → search is not drawn" in here.refused[0]
    whole = drawn_with(graph, causal, missing=True)
    assert whole.added == (("search", "cart"), ("cart", "buy")) and whole.graph.names == ("search", "buy", "cart")
    assert (whole.graph.treatment, whole.graph.outcome) == ("search", "buy")
