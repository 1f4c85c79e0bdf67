"""Strategies, precision and remedies on graphs of which the answer is known."""

import pytest

from core.graphs.identification.identify import identify
from core.graphs.identification.instruments import Instrument
from tests.graphs.drawing import drawn


def test_the_front_door_is_written_out() -> None:
    found = identify(drawn("T>M M>Y U>T U>Y", unmeasured=("U",)))
    assert (found.identifiable, found.adjustable, found.strategy) == (True, False, "frontdoor")
    assert found.front_door == (("M",),)
    assert found.expression == (
        "P(Y | do(T)) = Σ_m P(m | T) · Σ_t P(Y | t, m) · P(t),  m = (M), t = values of T"
    )  # fmt: skip
    assert found.sentence.startswith("Identifiable through the front door: M carries the whole effect of T on Y")
    assert found.unadjusted.startswith("Not identifiable by adjustment: U is unmeasured and opens T ← U → Y.")


def test_a_front_door_may_need_a_measured_cause_beside_the_carrier() -> None:
    found = identify(drawn("T>M M>Y U>T U>Y W>M W>Y", unmeasured=("U",)))
    assert found.front_door == (("M", "W"),)
    assert "M carries the whole effect" in found.sentence and "T and W close every other path" in found.sentence


def test_an_arrow_past_the_carrier_or_a_tie_to_it_shuts_the_front_door() -> None:
    assert identify(drawn("T>M M>Y T>Y U>T U>Y", unmeasured=("U",))).strategy == "none"
    assert identify(drawn("T>M M>Y U>T U>Y V>T V>M", unmeasured=("U", "V"))).front_door == ()


@pytest.mark.parametrize(
    ("arrows", "hidden", "instruments"),
    [
        ("Z>T T>Y U>T U>Y", "U", [("Z", ())]),
        ("Z>T T>Y U>T U>Y Z>Y", "U", []),  # the instrument acts on the outcome itself
        ("Z>T T>Y U>T U>Y W>Z W>Y", "U", [("Z", ("W",))]),
        ("V>Z V>T T>Y U>T U>Y", "UV", [("Z", ())]),  # a stand-in for the hidden cause that moves the treatment
        ("Z>T T>Y U>T U>Y U>Z", "U", []),
        ("A>Z Z>T T>Y U>T U>Y", "U", [("A", ()), ("Z", ())]),
    ],
)
def test_instruments(arrows: str, hidden: str, instruments: list[tuple[str, tuple[str, ...]]]) -> None:
    found = identify(drawn(arrows, unmeasured=hidden))
    assert found.instruments == tuple(Instrument(name, given) for name, given in instruments)
    assert found.strategy == ("instrument" if instruments else "none")
    assert bool(found.assumptions) == bool(instruments) and not found.identifiable


@pytest.mark.parametrize(
    ("arrows", "hidden", "best"),
    [
        ("C>T C>Y P>Y I>T T>Y", "", ("C", "P")),  # with a cause of the outcome, without one of the treatment
        ("C>T C>D D>Y T>Y", "", ("D",)),  # the nearer to the outcome the better
        ("T>M M>Y P>M T>Y", "", ("P",)),  # a cause of the mediator
        ("T>Y h>P h>Y", "h", ("P",)),  # a stand-in for what moves the outcome
        ("T>Y W>T W>C h>C h>Y", "h", None),  # C and W together tell of h, at the price of W
        ("A>Y A>E B>T B>E T>Y", "AB", ()),  # E may never be adjusted for, so it settles nothing
    ],
)
def test_the_most_precise_set(arrows: str, hidden: str, best: tuple[str, ...] | None) -> None:
    found = identify(drawn(arrows, unmeasured=hidden))
    assert found.optimal_set is None if best is None else set(found.optimal_set or ()) == set(best)
    assert ("depends on the strengths" in found.optimal) == (best is None)


def test_remedies_name_the_smallest_sets_to_measure_and_single_arrows() -> None:
    found = identify(drawn("U>T U>Y V>T V>W W>Y T>Y", unmeasured=("U", "V", "W")))
    assert [each for each in found.remedies if each["kind"] == "measure"] == [
        {"kind": "measure", "names": ["U", "V"]},
        {"kind": "measure", "names": ["U", "W"]},
    ]
    assert not [each for each in found.remedies if each["kind"] == "no_edge"]  # no one arrow is enough
    assert "measure U and V or U and W or a stand-in" in found.sentence
    assert found.remedies[-1] == {"kind": "randomise", "names": ["T"]}
    simple = identify(drawn("U>T U>Y T>Y", unmeasured=("U",)))
    assert {"kind": "no_edge", "source": "U", "target": "Y"} in simple.remedies


def test_a_graph_without_an_effect_is_identifiable_even_where_nothing_can_be_adjusted_for() -> None:
    found = identify(drawn("U>T U>Y", unmeasured=("U",)))
    assert (found.identifiable, found.adjustable, found.expression) == (True, False, "P(Y | do(T)) = P(Y)")


def test_sets_beyond_the_number_listed_are_said() -> None:
    arrows = " ".join(f"B{i}>A{i} A{i}>T B{i}>Y" for i in range(8))
    found = identify(drawn(arrows + " T>Y"))
    assert (len(found.adjustment_sets), found.all_sets_listed) == (10, False)
    assert (len(found.instruments), found.cut_short) == (8, ("adjustment_sets",))  # each A given its B
    many = identify(drawn(" ".join(f"Z{i}>T" for i in range(12)) + " T>Y U>T U>Y", unmeasured=("U",)))
    assert (len(many.instruments), many.cut_short) == (10, ("instruments",))
