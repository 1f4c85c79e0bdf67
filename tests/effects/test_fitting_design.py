"""A question that names no design gets one that the log can carry: a landmark, or first exposure where many leave."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from core.effects.analysis_table import build
from core.effects.estimators import lin
from core.effects.fitting_design import asked_with_design, fitting_design
from core.effects.question import CausalQuestion
from core.effects.ready_questions import ready_questions
from core.storage.engine import Log
from tests.effects.null_log import QUESTION, null_log

LogOf = Callable[[pd.DataFrame], Log]
PLAIN = {name: setting for name, setting in QUESTION.items() if name != "design"}


def busy(users: int = 200, *, leave: float = 0.0) -> pd.DataFrame:
    """Sessions of eight events a minute apart, one each four days; of some nothing comes after the third event."""
    rng = np.random.default_rng(9)
    rows = []
    for user in range(users):
        for session in range(12):
            start = pd.Timestamp("2025-01-06") + pd.Timedelta(days=4 * session + rng.uniform(0, 1))
            length = 3 if rng.random() < leave else 8
            promo = 0.15 if session > 4 else 0.0
            kinds = ["view"] * 3 + list(rng.choice(["view", "promo", "buy"], 5, p=[0.85 - promo, promo, 0.15]))
            rows += [(f"u{user}", kinds[at], start + pd.Timedelta(minutes=at)) for at in range(length)]
    return pd.DataFrame(rows, columns=["user_id", "event_type", "timestamp"])


def test_a_log_without_any_effect_shows_none_unasked(log_of: LogOf) -> None:
    log = log_of(null_log(1_200, 1001))
    asked, (said,) = asked_with_design(log.workspace, log.log_id, PLAIN)
    assert asked.design.kind == "first_exposure"
    assert asked == asked_with_design(log.workspace, log.log_id, {**PLAIN, "design": None}, log)[0]
    assert "not at event 3 of a session" in said and "control units did nothing more within 10 minutes" in said
    found = lin.estimate(build(log, asked), estimand="ATE")
    landmark, nothing = asked_with_design(log.workspace, log.log_id, {**PLAIN, "design": {"kind": "landmark"}})
    assert landmark.design.kind == "landmark" and nothing == ()
    assert found.low < 0 < found.high and lin.estimate(build(log, landmark), estimand="ATE").low > 0
    assert {each.design.kind for each in ready_questions(log)} == {"first_exposure"}


@pytest.mark.parametrize(("leave", "kind"), [(0.0, "landmark"), (0.02, "landmark"), (0.5, "first_exposure")])
def test_it_is_a_landmark_where_nearly_everybody_stays(log_of: LogOf, leave: float, kind: str) -> None:
    log = log_of(busy(leave=leave))
    asked, said = fitting_design(log, CausalQuestion.read(PLAIN))
    assert asked.design.kind == kind and bool(said) == (kind != "landmark")
    assert kind in {each.design.kind for each in ready_questions(log) if each.treatment == "promo"}


def test_where_a_landmark_has_no_answer_first_exposure_is_tried(log_of: LogOf) -> None:
    frame = busy()
    frame["timestamp"] = frame["timestamp"] + pd.to_timedelta(frame.groupby("user_id").cumcount() * 3, unit="h")
    log = log_of(frame)  # sessions of one event
    asked, (said,) = fitting_design(log, CausalQuestion.read(PLAIN))
    assert asked.design.kind == "first_exposure" and "nobody can be compared there" in said


def test_what_only_a_landmark_can_say_stays_there_as_does_what_has_no_answer_at_all(log_of: LogOf) -> None:
    log = log_of(null_log(300, 1))
    for setting in (
        {"uptake": "clone_censor_weight"},
        {"treatment_measure": {"kind": "segment"}},
        {"treatment": "nothing of the kind"},
        {"lookback_days": 60.0, "outcome_window_days": 60.0},
    ):
        question = CausalQuestion.read({**PLAIN, **setting})
        assert fitting_design(log, question) == (question, ())
