"""Questions by event rule: treatment and outcome as if what the rule means had been logged under types of its own."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from core.effects.analysis_table import build, build_placebo
from core.effects.question import CausalQuestion, sentence
from core.effects.question_check import check
from core.effects.study_inputs import inputs_from_log
from core.errors import BadSpec
from core.storage.engine import Log
from core.storage.workspace import Workspace

BIG = "buy where value > 50 as `big purchase`"
HELP = "search where own = 'help'"
ASKED = {"lookback_days": 2, "treatment_window_days": 0.02, "outcome_window_days": 1, "design": {"landmark_event": 1}}


def events() -> pd.DataFrame:
    """120 users with sessions of five events; ties, missing values, and an attribute named as a column of ours was."""
    rng = np.random.default_rng(3)
    rows = []
    for user in range(120):
        for session in range(6):
            start = pd.Timestamp("2024-01-01") + pd.Timedelta(hours=float(rng.integers(0, 24 * 20)), seconds=session)
            for step in range(5):
                kind = rng.choice(["view", "search", "buy"], p=[0.5, 0.3, 0.2])
                moment = start + pd.Timedelta(minutes=float(rng.integers(0, 4)) + 4 * step)
                rows.append((f"u{user}", kind, moment, rng.integers(1, 100), rng.choice(["help", "shop"])))
    frame = pd.DataFrame(rows, columns=["user_id", "event_type", "timestamp", "value", "own"])
    frame["value"] = frame["value"].where(rng.random(len(frame)) > 0.2)
    return frame


def recoded(frame: pd.DataFrame) -> pd.DataFrame:
    """The events of both rules under types of their own."""
    kind = frame["event_type"].copy()
    kind[(frame["event_type"] == "buy") & (frame["value"] > 50)] = "big purchase"
    kind[(frame["event_type"] == "search") & (frame["own"] == "help")] = "help"
    return frame.assign(event_type=kind)


@pytest.mark.parametrize("building", [build, build_placebo])
def test_units_arms_and_outcomes_are_those_of_the_recoded_log(
    log_of: Callable[[pd.DataFrame], Log], building: Callable[[Log, CausalQuestion], object]
) -> None:
    frame = events()
    plain, coded = log_of(frame), log_of(recoded(frame))
    by_rule = building(plain, CausalQuestion.read({"treatment": HELP, "outcome": BIG, **ASKED}))
    by_type = building(coded, CausalQuestion.read({"treatment": "help", "outcome": "big purchase", **ASKED}))
    columns = ["unit_id", "treatment", "outcome"]
    pd.testing.assert_frame_equal(by_rule.frame[columns], by_type.frame[columns])
    assert [step.units for step in by_rule.attrition] == [step.units for step in by_type.attrition]
    assert 0 < by_rule.treatment.mean() < 1 and 0 < by_rule.outcome.mean() < 1
    assert by_rule.outcome_title == by_type.outcome_title


def test_the_graph_and_the_sentence_say_the_name(log_of: Callable[[pd.DataFrame], Log], workspace: Workspace) -> None:
    question = CausalQuestion.read({"treatment": "search", "outcome": BIG, **ASKED})
    assert "change big purchase within 1 day" in sentence(question)
    inputs = inputs_from_log(workspace, log_of(events()), question)
    assert inputs.graph.question() == ("search", "big purchase")


def test_treatment_and_outcome_that_share_events_are_refused(log_of: Callable[[pd.DataFrame], Log]) -> None:
    frame = events()
    shared = int(((frame["event_type"] == "buy") & (frame["value"] > 50)).sum())
    question = CausalQuestion.read({"treatment": BIG, "outcome": "buy", **ASKED})
    with pytest.raises(BadSpec, match=f"{shared:,} events are both big purchase"):
        build(log_of(frame), question)
    apart = CausalQuestion.read({"treatment": BIG, "outcome": "buy where value <= 50", **ASKED})
    assert build(log_of(frame), apart).units > 0


def test_the_same_rule_under_two_names_is_refused() -> None:
    with pytest.raises(BadSpec, match="the same event type"):
        CausalQuestion.read({"treatment": BIG, "outcome": "buy where value>50"})


def test_a_rule_that_does_not_fit_is_refused_before_anything_slow(log_of: Callable[[pd.DataFrame], Log]) -> None:
    log = log_of(events())
    with pytest.raises(BadSpec, match="did you mean value"):
        check(CausalQuestion.read({"treatment": "search", "outcome": "buy where vale > 5", **ASKED}), log.manifest)
    with pytest.raises(BadSpec, match="The outcome 'pay where value > 5' is not an event type"):
        check(CausalQuestion.read({"treatment": "search", "outcome": "pay where value > 5", **ASKED}), log.manifest)
