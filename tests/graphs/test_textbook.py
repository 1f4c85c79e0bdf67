"""The classic graphs teach what identification says of them."""

import pytest

from core.graphs.identification.identify import identify
from core.graphs.textbook import TEXTBOOK

# What the literature says: the smallest back-door set, None where there is none.
BACK_DOOR: dict[str, set[str] | None] = {
    "confounding": {"intent"}, "hidden_cause": None, "experiment": set(), "mediation": set(),
    "mediator_with_cause": set(), "collider": set(), "m_bias": set(), "butterfly": None, "front_door": None,
    "instrument": None, "conditional_instrument": None, "berkson": None, "case_control": None,
    "simpson": {"stone_size"}, "time_varying": {"first_dose", "symptoms"}, "stand_in": None, "napkin": None,
}  # fmt: skip
BAD_CONTROLS = {
    "mediation": "visits", "mediator_with_cause": "visits", "collider": "support_call", "m_bias": "score",
    "instrument": "lottery",
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTBOOK)
def test_a_lesson_says_what_its_graph_says(name: str) -> None:
    lesson = TEXTBOOK[name]
    found = identify(lesson.graph())
    smallest = set(found.adjustment_sets[0]) if found.adjustment_sets else None
    assert smallest == BACK_DOOR[name]
    if name in BAD_CONTROLS:
        assert BAD_CONTROLS[name] in [bad.name for bad in found.bad_controls]


def test_the_front_door_and_the_napkin_are_identifiable_by_other_ways() -> None:
    for name, strategies in {"front_door": {"frontdoor"}, "napkin": {"id"}}.items():
        assert identify(TEXTBOOK[name].graph()).strategy in strategies
    assert identify(TEXTBOOK["hidden_cause"].graph()).strategy == "none"


def test_every_lesson_is_short_and_ends_its_sentences() -> None:
    for lesson in TEXTBOOK.values():
        assert lesson.lesson.endswith(".")
        assert lesson.adjusting.endswith(".")
        assert 2 <= lesson.lesson.count(". ") + 1 <= 2
