"""DoWhy's answer on the same graph, and whether it agrees with ours."""

from itertools import combinations

import numpy as np
import pytest

from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.identification.adjustment import Adjustment
from core.graphs.identification.dowhy_check import _estimand, state
from core.graphs.identification.identify import identify
from core.graphs.tiers import graph_from_tiers
from tests.graphs.drawing import drawn


def test_dowhy_agrees_on_the_template_and_states_its_estimand() -> None:
    told = state(graph_from_tiers([("past", ""), ("intent", "")], "search", "buy"))
    assert told["backdoor_variables"] == ["past", "intent"]
    assert told["agrees_with_ours"] is True
    assert "Estimand name: backdoor" in told["estimand"]
    assert "d[search]" in told["estimand"]


def test_dowhys_words_are_the_same_in_every_process() -> None:
    """Its set has the order of a hash, which differs between processes; a study of a seed has one answer."""
    names = [f"cause {place}" for place in range(9)]
    told = state(graph_from_tiers([(name, "") for name in names], "search", "buy"))
    assert told["estimand"].count(",".join(names)) == 3


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


def test_dowhy_agrees_on_hundreds_of_random_graphs() -> None:
    """On back-door sets always. DoWhy sees front doors only on the paths of arrows, and only parents as instruments.

    It also offers unmeasured nodes as instruments, which are left out here.
    """
    rng = np.random.default_rng(0)
    asked = doors = moved = 0
    while asked < 300:
        graph = random_question(rng)
        ours = identify(graph)
        theirs = _estimand(graph, "T", "Y")
        if theirs.no_directed_path:
            continue
        asked += 1
        told = theirs.backdoor_variables or {}
        search = Adjustment.of(graph)
        assert ours.adjustable == ("backdoor" in told), graph
        assert not ours.adjustable or search.valid(search.arrows.bits(told["backdoor"])), graph
        assert ours.front_door or not theirs.frontdoor_variables, graph
        measured = set(theirs.instrumental_variables or ()) - set(graph.having("unmeasured"))
        assert measured <= {each.name for each in ours.instruments if not each.given}, graph
        doors, moved = doors + bool(theirs.frontdoor_variables), moved + bool(measured)
    assert doors > 20 and moved > 20


def random_question(rng: np.random.Generator) -> CausalGraph:
    """Four to seven nodes, some unmeasured; T comes before Y."""
    names = [f"v{place}" for place in range(rng.integers(4, 8))]
    treatment, outcome = sorted(rng.choice(len(names), 2, replace=False).tolist())
    names[treatment], names[outcome] = "T", "Y"
    edges = [pair for pair in combinations(names, 2) if rng.random() < 0.4]
    roles = {name: ("unmeasured",) for name in names if rng.random() < 0.35}
    roles |= {"T": ("treatment",), "Y": ("outcome",)}
    return CausalGraph(tuple(Node(name, roles.get(name, ())) for name in names), tuple(edges))
