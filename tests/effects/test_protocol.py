"""The protocol card: every element is filled in, from the question alone, from a study under way, and for own tables."""

from typing import Any

import pytest

from core.effects.protocol import protocol
from core.effects.study_spec import StudySpec

ELEMENTS = [
    "Eligibility", "Treatment strategies", "Assignment", "Time zero", "Follow-up", "Outcome", "Causal contrast",
    "Identifying assumptions", "Analysis plan",
]  # fmt: skip
KNOWN = {
    "units": 1200, "users": 300, "treated": 500, "control": 700, "treatment_kind": "binary", "treatment_title": "search",
    "attrition": [{"title": "sessions in the log", "units": 2000}, {"title": "without search so far", "units": 1200}],
    "identification": {"adjustment_set": ["past_activity", "device"], "unadjusted": None},
    "headline": {"estimator": "aipw", "estimand": "ATT"},
    "refused": [{"estimand": "ATE", "sentence": "Overlap fails."}],
    "overlap": {"sentence": "Overlap holds for the ATT."},
    "estimates": [{"estimator": "raw", "title": "Raw difference"}, {"estimator": "aipw", "title": "AIPW"}],
    "refutations": [{"title": "Placebo outcome", "passed": True}, {"title": "Bootstrap", "passed": None}],
}  # fmt: skip


def card(spec: dict[str, Any], study: dict[str, Any]) -> dict[str, tuple[str, str]]:
    rows = protocol(StudySpec.read(spec), study)
    assert [row.element for row in rows] == ELEMENTS
    assert all(row.trial.endswith(".") and row.emulation.endswith(".") for row in rows)
    assert rows[0].plain() == {"element": "Eligibility", "trial": rows[0].trial, "emulation": rows[0].emulation}
    return {row.element: (row.trial, row.emulation) for row in rows}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"design": {"kind": "first_exposure"}},
        {"design": {"kind": "before_after"}},
        {"treatment_measure": {"kind": "dose"}, "outcome_measure": {"kind": "count"}},
        {"treatment_measure": {"kind": "arms"}, "outcome_measure": {"kind": "value"}},
        {"treatment_measure": {"kind": "segment"}, "outcome_measure": {"kind": "time_to"}},
        {"outcome_measure": {"kind": "retention"}, "outcome_window_days": 30, "population": "buy"},
        {"uptake": "clone_censor_weight"},
        {"contrast": "per_protocol", "unmeasured": ["device"]},
    ],
)
def test_every_design_fills_in_the_whole_card_before_and_after_it_is_known(more: dict[str, Any]) -> None:
    spec = {"question": {"treatment": "search", "outcome": "buy", **more}}
    kind = {"dose": "dose", "arms": "arms"}.get(more.get("treatment_measure", {}).get("kind", ""), "binary")
    assert card(spec, {}) and card(spec, {**KNOWN, "treatment_kind": kind, "arms": ["a", "b", "c"]})


def test_a_landmark_is_written_in_full() -> None:
    found = card({"question": {"treatment": "search", "outcome": "buy"}}, KNOWN)
    assert found["Eligibility"] == (
        "Users in a session that reaches event 3 without search so far.",
        "1,200 units of 300 users by what was known at time zero, after the rules: sessions in the log; without search "
        "so far. A user may be a unit more than once. Lookback: 28 days.",
    )
    assert found["Assignment"][1].endswith("among units alike in past activity, device.")
    assert found["Causal contrast"][1].startswith("Average effect in the treated units (ATT).")
    assert "The ATE was refused: Overlap fails." in found["Causal contrast"][1]
    assert "Checks: Placebo outcome (passed), Bootstrap (no answer)." in found["Analysis plan"][1]
    assert "Beside it: Raw difference." in found["Analysis plan"][1]


def test_what_was_marked_as_unmeasured_stands_against_the_assumption() -> None:
    found = card({"question": {"treatment": "search", "outcome": "buy", "unmeasured": ["intent"]}}, KNOWN)
    assert "That is known not to hold: intent is marked as unmeasured." in found["Identifying assumptions"][1]


def test_a_table_says_what_it_cannot_know() -> None:
    table = {"table": "t.csv", "treatment": "mail", "outcome": "sales"}
    found = card(table, KNOWN)
    assert "The table does not say" in found["Time zero"][1] and "The table does not say" in found["Follow-up"][1]
    assert found["Treatment strategies"][1] == "The column mail: 500 rows treated, 700 not."
    assert card(table, {})["Treatment strategies"][1] == "The values of the column mail."
    experiment = card(
        {**table, "randomised": True}, {**KNOWN, "sample_ratio": {"sentence": "The shares are as meant."}}
    )
    assert experiment["Assignment"][1] == "By chance, as the analyst says. The shares are as meant."
    moved = card({**table, "instruments": ["draw"], "follow_up": "days"}, KNOWN)
    assert moved["Assignment"][1] == "Moved by draw, taken to be as good as chance."
    assert moved["Follow-up"][1].startswith("As many days as days says")
    assert card({**table, "running": "age", "cutoff": 18.0}, KNOWN)["Treatment strategies"][1].startswith(
        "Treated from age 18 on"
    )
    dose = card({**table, "dose": True}, {**KNOWN, "treatment_kind": "dose"})
    assert dose["Treatment strategies"][1] == "The amounts in the column mail."
    arms = card({**table, "control": "a"}, {**KNOWN, "treatment_kind": "arms", "arms": ["a", "b", "c"]})
    assert arms["Treatment strategies"][1] == "The values of mail: a, b, c; the first is the control."
