"""DoWhy's answer on the same graph, and whether it agrees with ours."""

import pytest

from core.graphs.dowhy_check import state
from core.graphs.tiers import graph_from_tiers
from tests.graphs.drawing import drawn


def test_dowhy_agrees_on_the_template_and_states_its_estimand() -> None:
    told = state(graph_from_tiers([("past", ""), ("intent", "")], "search", "buy"))
    assert told["backdoor_variables"] == ["past", "intent"]
    assert told["agrees_with_ours"] is True
    assert "Estimand name: backdoor" in told["estimand"]
    assert "d[search]" in told["estimand"]


def test_dowhy_agrees_that_an_unmeasured_cause_leaves_no_set() -> None:
    told = state(graph_from_tiers([("past", ""), ("intent", "")], "search", "buy", ("intent",)))
    assert (told["identifiable"], told["agrees_with_ours"]) == (False, True)


@pytest.mark.parametrize(
    "arrows", ["A>T A>M B>M B>Y T>Y", "C>T C>Y T>M M>Y", "T>Y", "A>T A>B B>Y T>Y", "T>C Y>C T>Y", "Z>T U>T U>Y T>Y"]
)
def test_dowhy_agrees_on_textbook_graphs(arrows: str) -> None:
    assert state(drawn(arrows))["agrees_with_ours"] is True


def test_a_graph_without_a_directed_path_is_told_as_no_effect() -> None:
    told = state(drawn("C>T C>Y"))
    assert told["agrees_with_ours"] is None
    assert "causal effect is zero" in told["estimand"]


def test_dowhy_is_not_asked_what_it_cannot_answer() -> None:
    assert state(graph_from_tiers([(f"g{i}", "") for i in range(60)], "search", "buy"))["asked"] is False
    assert "selected" in state(drawn("T>Y S>Y", selected=("S",)))["sentence"]
