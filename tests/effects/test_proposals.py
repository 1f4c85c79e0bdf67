"""Ready questions: the telling one first, none that the log cannot carry."""

from core.effects.proposals import proposed_questions


def manifest(*names: str, last_at: str = "2025-07-01T00:00:00Z", **more: object) -> dict[str, object]:
    types = [{"event_type": name, "events": 1, "users": 1} for name in names]
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


def test_without_a_known_word_the_rarest_event_type_is_the_outcome() -> None:
    assert proposed_questions(manifest("a", "b", "c"))[0].outcome == "c"


def test_one_event_type_gives_no_question() -> None:
    assert proposed_questions(manifest("event")) == []


def test_a_short_log_gets_a_short_lookback() -> None:
    # 20 days: a quarter is 5; 122 days: a quarter is 30, so the usual 28 stay
    assert proposed_questions(manifest("a", "b", last_at="2025-03-21T00:00:00Z"))[0].lookback_days == 5
    assert proposed_questions(manifest("a", "b"))[0].lookback_days == 28


def test_named_events_make_questions_of_a_log_with_one_event_type() -> None:
    named = ["event where value < 0 as refund", "event where value > 0 as purchase"]
    (asked,) = proposed_questions(manifest("event"), named)
    assert (asked.treatment_name, asked.outcome_name, asked.design.kind) == ("refund", "purchase", "first_exposure")
    assert proposed_questions(manifest("event"), named[:1]) == []
