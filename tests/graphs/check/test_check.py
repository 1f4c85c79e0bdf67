"""A graph against data: right graphs pass, planted faults are named first, and what cannot be told is not a pass."""

import numpy as np
import pandas as pd
import pytest

from core.errors import BadSpec, NotEnoughData
from core.graphs.causal_graph import CausalGraph
from core.graphs.matched import measured_of
from core.graphs.tiers import graph_from_tiers
from tests.graphs.check.planted import checked, draw, graph_of, random_graph

CHAIN = graph_of("a b", "b c", "c d")


def without(graph: CausalGraph, edge: tuple[str, str]) -> CausalGraph:
    return CausalGraph(graph.nodes, tuple(each for each in graph.edges if each != edge))


def test_claims_of_the_true_graph_hold_at_the_rate_that_was_asked() -> None:
    passed = [checked(random_graph(seed, 8, 0.3), draw(random_graph(seed, 8, 0.3), 2000, seed), shuffles=0)["passed"]
              for seed in range(20)]  # fmt: skip
    # 5 % of graphs may be contradicted by chance: 5 or more of 20 would come once in 400 such runs.
    assert passed.count(False) <= 4
    assert passed.count(True) >= 15


def test_a_planted_missing_edge_is_named_first() -> None:
    named = 0
    for seed in range(12):
        graph = random_graph(seed + 100, 8, 0.3)
        lost = graph.edges[seed % len(graph.edges)]
        found = checked(without(graph, lost), draw(graph, 2000, seed), shuffles=0)
        assert found["passed"] is False
        named += {found["first"]["one"], found["first"]["other"]} == set(lost)
        assert found["first"]["one"] in found["sentence"]
    assert named >= 11


def test_an_edge_too_many_is_not_supported_and_no_contradiction() -> None:
    frame = draw(graph_of("a b", "c d"), 3000, 1)
    found = checked(graph_of("a b", "b c", "c d"), frame, shuffles=0)
    assert found["passed"] is True
    assert [edge["verdict"] for edge in found["edges"]] == ["supported", "not supported", "supported"]
    assert "do not support b → c" in found["sentence"]


def test_an_arrow_the_wrong_way_is_found() -> None:
    found = checked(graph_of("a b", "b c"), draw(graph_of("a b", "c b"), 3000, 2), shuffles=0)
    assert found["passed"] is False
    assert found["change"]["kind"] == "turn"
    assert found["change"]["after"] == 0


def test_with_few_rows_nothing_contradicted_is_not_a_pass() -> None:
    found = checked(CHAIN, draw(CHAIN, 60, 4, mixed=False))
    assert found["passed"] is None
    assert {claim["verdict"] for claim in found["implications"]} == {"no power to tell"}


def test_what_is_significant_but_tiny_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=40_000)
    frame = pd.DataFrame({"a": a, "b": 0.025 * a + rng.normal(size=40_000), "c": a + rng.normal(size=40_000)})
    found = checked(graph_of("a c", "b"), frame, shuffles=0)
    verdicts = {(claim["one"], claim["other"]): claim["verdict"] for claim in found["implications"]}
    assert verdicts["a", "b"] == "too small to matter"
    assert found["passed"] is True


def test_a_template_claims_nothing_and_is_unknown() -> None:
    graph = graph_from_tiers([("before", ""), ("place", "")], "search", "buy")
    found = checked(graph, draw(graph, 1000, 4))
    assert found["passed"] is None
    assert found["implications"] == []
    assert "claims no independence" in found["sentence"]


def test_independent_columns_would_hold_up_any_graph() -> None:
    frame = pd.DataFrame(np.random.default_rng(5).normal(size=(3000, 5)), columns=list("abcde"))
    found = checked(graph_of("a b", "b c", "c d", "d e"), frame)
    assert found["passed"] is None
    assert found["falsification"]["passed"] is None


def test_the_true_graph_passes_shuffling_and_a_scrambled_one_is_falsified() -> None:
    graph = random_graph(7, 9, 0.3)
    frame = draw(graph, 3000, 7)
    assert checked(graph, frame)["falsification"]["passed"] is True
    shuffled = dict(zip(graph.names, np.random.default_rng(1).permutation(graph.names), strict=True))
    scrambled = CausalGraph(graph.nodes, tuple((shuffled[a], shuffled[b]) for a, b in graph.edges))
    found = checked(scrambled, frame)
    assert found["passed"] is False
    assert found["falsification"]["passed"] is False


def test_shuffles_of_a_small_graph_are_all_of_them() -> None:
    found = checked(graph_of("a b", "b c"), draw(graph_of("a b", "b c"), 2000, 8))["falsification"]
    # Of the five other orders one (c b a) claims the same: a ⊥ c given b.
    assert len(found["permuted_violations"]) == 5
    assert found["equivalent_share"] == pytest.approx(0.2)
    assert found["passed"] is None


def test_nodes_without_a_column_and_columns_without_a_node_are_said() -> None:
    frame = draw(CHAIN, 500, 9).drop(columns="b").assign(spare=1.0)
    notes = " ".join(checked(CHAIN, frame)["notes"])
    assert "No column holds b" in notes
    assert "left out: spare" in notes


def test_renaming_and_scaling_change_nothing() -> None:
    frame = draw(CHAIN, 800, 10, mixed=False)
    other = frame.assign(a=np.exp(frame["a"]), b=7 - 3 * frame["b"]).sample(frac=1, random_state=0)
    one, two = checked(CHAIN, frame), checked(CHAIN, other)
    for mine, theirs in zip(one["implications"], two["implications"], strict=True):
        assert mine["p_value"] == pytest.approx(theirs["p_value"], abs=0.02)
        assert mine["verdict"] == theirs["verdict"]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda frame: frame.assign(b=1.0), BadSpec, "one value only"),
        (lambda frame: frame.assign(b=np.nan), BadSpec, "is empty"),
        (lambda frame: frame.assign(c=frame["a"] + frame["b"]), BadSpec, "perfect collinearity"),
        (lambda frame: frame.head(12), NotEnoughData, "needs 20 or more"),
    ],
)
def test_bad_columns_are_refused_in_one_sentence(change, error, words) -> None:
    with pytest.raises(error, match=words):
        checked(CHAIN, change(draw(CHAIN, 300, 11, mixed=False)))


def test_more_variables_than_rows_are_refused() -> None:
    graph = random_graph(1, 30, 0.1)
    with pytest.raises(NotEnoughData, match="more units than variables"):
        checked(graph, draw(graph, 25, 1, mixed=False))


def test_an_outcome_that_causes_its_treatment_is_refused() -> None:
    with pytest.raises(BadSpec, match="outcome b causes the treatment a"):
        measured_of(graph_of("b c", "c a", question=("a", "b")), ["a", "b", "c"])


def test_a_graph_of_other_names_is_refused() -> None:
    with pytest.raises(BadSpec, match="name nodes like columns"):
        measured_of(CHAIN, ["x", "y"])
