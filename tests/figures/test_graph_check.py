"""Figures of a check: what is wrong is marked, what is drawn is what was found, and names are never markup."""

import pytest

from core.figures.graph_check import checked_graph, claims_forest, observe_and_set, path_diagram, shuffles_histogram
from core.figures.theme import WORSE
from core.graphs.causal_graph import CausalGraph
from tests.graphs.check.planted import checked, draw, graph_of


@pytest.fixture(scope="module")
def graph() -> CausalGraph:
    return graph_of("a b", "b c", "<b>x</b> c", question=("a", "c"))


@pytest.fixture(scope="module")
def result(graph: CausalGraph) -> dict:
    """The true graph has a → c besides."""
    return checked(graph, draw(graph_of("a b", "b c", "a c", "<b>x</b> c"), 1000, 1), draws=20)


def test_contradicted_claims_stand_apart_and_first(result: dict) -> None:
    drawn = claims_forest(result["implications"], floor=0.05)
    traces = {trace.name: trace for trace in drawn.data}
    wrong = [claim for claim in result["implications"] if claim["verdict"] == "contradicted"]
    assert len(traces["contradicted"].x) == len(wrong) > 0
    assert traces["contradicted"].marker.color == WORSE
    assert max(traces["contradicted"].y) == len(result["implications"]) - 1  # the top row
    labels = " ".join(drawn.layout.yaxis.ticktext)
    assert "<b>" not in labels
    assert "&lt;b&gt;x" in labels


def test_the_graph_shows_what_is_missing_and_what_is_held_up(graph: CausalGraph, result: dict) -> None:
    drawn = checked_graph(graph, result)
    dotted = [trace for trace in drawn.data if trace.mode == "lines" and trace.line.dash == "dot"]
    assert len(dotted) == sum(claim["verdict"] == "contradicted" for claim in result["implications"])
    heads = [note for note in drawn.layout.annotations if note.showarrow]
    assert len(heads) == len(graph.edges)
    assert not any("<b>" in (note.text or "") for note in drawn.layout.annotations)


def test_paths_carry_their_coefficients(graph: CausalGraph, result: dict) -> None:
    words = [text for trace in path_diagram(graph, result["sem"]["edges"]).data for text in trace.text or ()]
    assert sorted(words) == sorted(f"{row['value']:.2f}" for row in result["sem"]["edges"])


def test_what_cannot_be_told_is_drawn_as_a_question(graph: CausalGraph) -> None:
    rows = [
        {"source": source, "target": target, "value": None, "low": None, "high": None, "identified": False}
        for source, target in graph.edges
    ]
    words = [text for trace in path_diagram(graph, rows).data for text in trace.text or ()]
    assert words == ["?"] * 3


def test_shuffled_graphs_are_all_counted(result: dict) -> None:
    drawn = shuffles_histogram(result["falsification"])
    assert sum(drawn.data[0].y) == len(result["falsification"]["permuted_violations"])
    assert f"this graph: {result['falsification']['violations']}" in drawn.layout.annotations[0].text


def test_observed_and_set_stand_side_by_side(result: dict) -> None:
    answer = next(row for row in result["tables"]["answers"] if row["node"] == "a")
    drawn = observe_and_set(answer, outcome="c")
    assert [trace.name for trace in drawn.data] == ["if it is observed", "if it is set"]
    for trace, key in zip(drawn.data, ("observed", "set"), strict=True):
        assert sum(trace.y) == pytest.approx(100)
        assert list(trace.y) == pytest.approx([100 * row["share"] for row in answer[key]])


def test_a_long_name_breaks_into_two_lines() -> None:
    graph = graph_of("past_activity_of_users b")
    texts = [note.text for note in path_diagram(graph, []).layout.annotations if not note.showarrow]
    assert "past activity<br>of users" in texts
