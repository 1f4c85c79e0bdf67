"""What identification says: sentences that name the open path, bad controls, roles, selection."""

import pytest

from core.graphs.identification.adjustment import Adjustment
from core.graphs.identification.identify import identify
from core.graphs.identification.roles import derived_roles
from core.graphs.tiers import graph_from_tiers
from tests.graphs.drawing import drawn


def test_the_sentence_names_the_unmeasured_cause_and_the_path_it_opens() -> None:
    graph = graph_from_tiers([("past", ""), ("intent", "")], "search", "buy", ("intent",))
    found = identify(graph)
    assert not found.identifiable
    assert found.strategy == "none"
    assert found.sentence.startswith(
        "Not identifiable: intent is unmeasured and opens search ← intent → buy. Options: "
    )
    assert found.adjustment_set == ("past",)  # what is left to adjust for, with bias
    assert found.open_path == "search ← intent → buy"


def test_the_template_is_identified_by_all_groups() -> None:
    found = identify(graph_from_tiers([("past", ""), ("intent", "")], "search", "buy"))
    assert found.adjustment_sets == (("past", "intent"),)
    assert found.adjustment_set == ("past", "intent")
    assert found.expression == "P(buy | do(search)) = Σ_z P(buy | search, z) · P(z),  z = (past, intent)"


def test_an_experiment_needs_no_adjustment_but_may_use_causes_of_the_outcome() -> None:
    found = identify(drawn("past>Y T>Y"))
    assert found.adjustment_sets == ((),)
    assert found.adjustment_set == ("past",)


def test_a_mediator_a_later_effect_and_an_instrument_are_bad_controls() -> None:
    found = identify(drawn("Z>T T>M M>Y M>D C>T C>Y"))
    assert {bad.name: bad.path for bad in found.bad_controls} == {"Z": "Z → T", "M": "T → M → Y", "D": "T → M → D"}
    assert found.adjustment_set == ("C",)


def test_the_collider_of_an_m_is_a_bad_control_with_the_path_it_opens() -> None:
    found = identify(drawn("A>T A>M B>M B>Y T>Y", unmeasured=("A", "B")))
    assert found.identifiable
    assert found.adjustment_set == ()
    assert [(bad.name, bad.path) for bad in found.bad_controls] == [("M", "T ← A → M ← B → Y")]


def test_where_adjustment_fails_an_instrument_is_pointed_to_and_left_out() -> None:
    found = identify(drawn("Z>T U>T U>Y T>Y", unmeasured=("U",)))
    assert "use Z as an instrument" in found.sentence
    assert found.adjustment_set == ()
    assert found.bad_controls[0].why == "Z moves only T; adjusting for it makes the bias larger."


def test_an_outcome_that_comes_first_is_told_as_that() -> None:
    assert "Not identifiable: Y comes before T (Y → T)" in identify(drawn("Y>T")).sentence
    around = identify(drawn("Y>A A>T"))  # adjusting for A would do, but the question is upside down
    assert "Y comes before T (Y → A → T)" in around.sentence
    assert not around.identifiable and not around.adjustable


def test_a_graph_without_an_effect_says_so() -> None:
    found = identify(drawn("C>T C>Y"))
    assert found.identifiable
    assert found.sentence.endswith("it says no effect.")


def test_selection_is_held_fixed_and_selection_after_treatment_is_refused() -> None:
    # S is a common effect of A and B: the log holds it fixed, so A or B must be held fixed as well.
    found = identify(drawn("A>T A>S B>S B>Y T>Y", selected=("S",)))
    assert found.adjustment_sets == (("A", "S"), ("S", "B"))
    assert "for the units selected on S" in found.sentence
    assert found.expression.endswith("z, S=1) · P(z | S=1),  z = (B)")
    late = identify(drawn("T>S T>Y", selected=("S",)))
    assert not late.identifiable
    assert "selected on S, which comes after T" in late.sentence


@pytest.mark.parametrize(
    ("arrows", "roles"),
    [
        ("C>T C>Y T>Y", {"C": ("confounder",)}),
        ("Z>T T>M M>Y", {"Z": ("instrument",), "M": ("mediator",)}),
        ("T>C Y>C T>Y", {"C": ("collider",)}),
        ("T>C U>C U>Y T>Y", {"C": ("collider",), "U": ()}),
        ("A>T A>M B>M B>Y T>Y", {"A": ("instrument",), "M": ("collider",), "B": ()}),
        ("T>M M>Y M>D", {"M": ("mediator",), "D": ()}),
    ],
)
def test_roles_follow_from_the_arrows(arrows: str, roles: dict[str, tuple[str, ...]]) -> None:
    assert derived_roles(drawn(arrows)) == roles


def test_two_hundred_nodes_are_identified_by_all_of_them() -> None:
    groups = [(f"g{place}", "") for place in range(198)]
    found = identify(graph_from_tiers(groups, "search", "buy"))
    assert len(found.adjustment_set) == 198
    assert found.adjustment_sets == (found.adjustment_set,)


def test_the_search_for_sets_stops_at_the_number_asked_for() -> None:
    # Eight confounding chains T ← Ai ← Bi → Y: one of Ai, Bi each, so 2^8 minimal sets.
    arrows = " ".join(f"B{i}>A{i} A{i}>T B{i}>Y" for i in range(8))
    search = Adjustment.of(drawn(arrows + " T>Y"))
    found = search.all_minimal(10)
    assert len(found) == 10
    assert all(search.valid(bits) and bits.bit_count() == 8 for bits in found)
