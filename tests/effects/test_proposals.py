"""Ready questions: the telling one first, none that the log cannot carry, and each one that is offered has an answer."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from core.effects.proposals import proposed_questions
from core.effects.ready_questions import ready_questions
from core.effects.study_inputs import inputs_from_log
from core.storage.engine import Log
from core.storage.workspace import Workspace

LogOf = Callable[[pd.DataFrame], Log]
START = pd.Timestamp("2025-01-06")


def manifest(*names: str, last_at: str = "2025-07-01T00:00:00Z", **more: object) -> dict[str, object]:
    types = [{"event_type": name, "events": 900 - at, "users": 90} for at, name in enumerate(names)]
    return {"event_types": types, "first_at": "2025-03-01T00:00:00Z", "last_at": last_at, **more}


def test_a_purchase_is_the_outcome_and_search_the_first_treatment() -> None:
    first, second = proposed_questions(manifest("view", "cart", "search", "purchase"))
    assert (first.treatment, first.outcome) == ("search", "purchase")
    assert (second.treatment, second.outcome) == ("cart", "purchase")


def test_the_question_of_a_simulated_log_leads() -> None:
    truth = {"question": {"treatment": "cart", "outcome": "buy", "outcome_window_days": 2}}
    first, second = proposed_questions(manifest("view", "cart", "search", "buy", truth=truth))
    assert (first.treatment, first.outcome_window_days) == ("cart", 2)
    assert second.treatment == "search"


def test_without_a_known_word_the_rarest_event_type_that_is_not_too_rare_is_the_outcome() -> None:
    whole = manifest("a", "b", "c", "d")
    assert proposed_questions(whole)[0].outcome == "d"
    whole["event_types"][3]["events"] = 25  # type: ignore[index]
    assert proposed_questions(whole)[0].outcome == "c"


def test_one_event_type_gives_no_question() -> None:
    assert proposed_questions(manifest("event")) == []


def test_a_short_log_gets_short_windows_and_one_without_users_no_question() -> None:
    # 20 days: a quarter is 5; 122 days: a quarter is 30, so the usual 28 stay; 8 hours: a quarter is 2
    assert proposed_questions(manifest("a", "b", last_at="2025-03-21T00:00:00Z"))[0].lookback_days == 5
    assert proposed_questions(manifest("a", "b"))[0].lookback_days == 28
    hours = proposed_questions(manifest("a", "b", last_at="2025-03-01T08:00:00Z"))[0]
    assert hours.lookback_days == hours.outcome_window_days == pytest.approx(2 / 24)
    assert proposed_questions(manifest("a", "b", has_users=False)) == []


def test_named_events_make_questions_of_a_log_with_one_event_type() -> None:
    named = ["event where value < 0 as refund", "event where value > 0 as purchase"]
    (asked,) = proposed_questions(manifest("event"), named)
    assert (asked.treatment_name, asked.outcome_name, asked.design.kind) == ("refund", "purchase", "first_exposure")
    assert proposed_questions(manifest("event"), named[:1]) == []


def visits(shares: tuple[float, ...], *, at_once: bool = False) -> pd.DataFrame:
    """150 users, each some dozen visits in 60 days at so many hours apart that each is a session; at_once: four events
    a visit, at one moment (a basket), as a log with the resolution of days has them."""
    rng = np.random.default_rng(len(shares))
    count = 3_000
    frame = pd.DataFrame(
        {
            "user_id": [f"u{number}" for number in rng.integers(0, 150, count)],
            "timestamp": START + pd.to_timedelta(rng.integers(0, 60 * 24, count) * 3600, unit="s"),
        }
    ).drop_duplicates()
    frame = frame.loc[frame.index.repeat(4 if at_once else 1)]
    kinds = ["home", "work", "food", "shop", "gym"][: len(shares)]
    return frame.assign(
        event_type=rng.choice(kinds, len(frame), p=shares), value=rng.integers(1, 6, len(frame)).astype(float)
    )


PLACES = visits((0.4, 0.25, 0.2, 0.1, 0.05))
TWO = visits((0.5, 0.5))
BASKETS = visits((0.65, 0.2, 0.1, 0.05), at_once=True)


@pytest.mark.parametrize("frame", [PLACES, TWO, BASKETS], ids=["places", "two", "baskets"])
def test_where_sessions_do_not_go_on_first_exposures_are_asked_about_and_answered(
    log_of: LogOf, workspace: Workspace, frame: pd.DataFrame
) -> None:
    log = log_of(frame)
    asked = ready_questions(log)
    assert len(asked) == min(2, frame["event_type"].nunique() - 1)
    for question in asked:
        assert question.design.kind == "first_exposure"
        table = inputs_from_log(workspace, log, question).table
        assert 20 <= table.treatment.sum() <= table.units - 20


def test_named_events_that_cannot_be_asked_about_are_not_offered(log_of: LogOf) -> None:
    log = log_of(visits((1.0,)))
    good, top = "home where value >= 4 as good", "home where value = 5 as top"
    assert [question.treatment_name for question in ready_questions(log, [top, good])] == ["top"]  # every top is good
    assert ready_questions(log, ["home where value >= 2 as some", "home where value <= 4 as most"]) == []  # overlap
    assert ready_questions(log, ["home where value > 9 as none", good]) == []  # nobody
