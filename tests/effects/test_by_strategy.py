"""Which estimators a graph allows where adjustment does not suffice."""

from core.effects.by_strategy import structural_estimators
from core.effects.estimators import ESTIMATORS
from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.identification.identify import identify

ROLES = {"offer": ("treatment",), "buy": ("outcome",), "intent": ("unmeasured",)}


def graph(*edges: tuple[str, str]) -> CausalGraph:
    names = dict.fromkeys(name for edge in edges for name in edge)
    return CausalGraph(tuple(Node(name, ROLES.get(name, ())) for name in names), edges)


HIDDEN = (("intent", "offer"), ("intent", "buy"))


def test_a_front_door_names_its_mediators() -> None:
    found = structural_estimators(identify(graph(*HIDDEN, ("offer", "look"), ("look", "buy"))))
    assert [(each.estimator, each.mediators, each.given) for each in found] == [("front_door", ("look",), ())]
    assert "run through look" in found[0].sentence


def test_instruments_with_the_same_given_go_together() -> None:
    found = structural_estimators(identify(graph(*HIDDEN, ("offer", "buy"), ("mail", "offer"), ("coin", "offer"))))
    assert [(each.estimator, set(each.instruments)) for each in found] == [("instrument", {"mail", "coin"})]


def test_an_instrument_that_a_covariate_ties_to_the_outcome_is_taken_given_it() -> None:
    edges = (*HIDDEN, ("offer", "buy"), ("mail", "offer"), ("age", "mail"), ("age", "buy"))
    found = structural_estimators(identify(graph(*edges)))
    assert [(each.instruments, each.given) for each in found] == [(("mail",), ("age",))]
    assert found[0].plain()["given"] == ["age"] and found[0].estimator in ESTIMATORS


def test_without_a_column_or_without_a_way_there_is_nothing() -> None:
    mail = identify(graph(*HIDDEN, ("offer", "buy"), ("mail", "offer")))
    assert structural_estimators(mail, held={"offer", "buy"}) == ()
    assert structural_estimators(mail, held={"offer", "buy", "mail"})
    assert structural_estimators(identify(graph(*HIDDEN, ("offer", "buy")))) == ()
