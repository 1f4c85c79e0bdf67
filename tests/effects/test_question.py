"""A question refuses the impossible at once, with one sentence; what is valid survives JSON."""

import pytest

from core.effects.question import CausalQuestion, duration, sentence
from core.effects.question_check import check
from core.errors import BadSpec, NotEnoughData

MANIFEST = {
    "event_types": [{"event_type": "view"}, {"event_type": "search"}, {"event_type": "buy"}],
    "attributes": [{"column": "intent", "title": "Intent", "kind": "text"}],
    "first_at": "2025-01-01T00:00:00Z",
    "last_at": "2025-03-01T00:00:00Z",
}


def question(**settings: object) -> CausalQuestion:
    return CausalQuestion.read({"treatment": "search", "outcome": "buy", **settings})


def test_a_treatment_and_an_outcome_are_enough() -> None:
    asked = question()
    assert asked.estimand == "ATE"
    assert asked.design.landmark_event == 3
    assert sentence(asked) == (
        "For all users, does search within 10 minutes, compared with no search, change buy within 1 day?"
    )


def test_a_question_survives_json_and_keeps_its_hash() -> None:
    asked = question(outcome_window_days=2, unmeasured=["intent"], design=None)
    again = CausalQuestion.read(asked.plain())
    assert again == asked
    assert again.hash() == asked.hash()


def test_whole_and_decimal_days_are_the_same_question() -> None:
    assert question(lookback_days=28).hash() == question(lookback_days=28.0).hash() == question().hash()


def test_saying_the_default_comparison_is_the_same_question() -> None:
    assert question(control="no search") == question()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"outcome": "search"}, "same event type"),
        ({"lookback_days": 0}, "greater than 0"),
        ({"treatment_window_days": -1}, "greater than 0"),
        ({"outcome_window_days": float("nan")}, "finite"),
        ({"outcome_window_days": 0.001}, "could precede its treatment"),
        ({"treatment_window_days": 3}, "could precede its treatment"),
        ({"windw": 3}, "There is no setting 'windw'"),
        ({"control": "view"}, "always with 'no search'"),
        ({"population": ""}, "at least 1"),
        ({"estimand": "LATE"}, "'ATT' or 'ATO'"),
        ({"design": {"kind": "landmark", "landmark_event": 0}}, "greater than or equal to 1"),
        ({"estimators": []}, "at least 1"),
        ({"estimators": "raw"}, "Setting 'estimators': it must be a list (got 'raw')."),
        ({"design": "landmark"}, "Setting 'design': it must be an object, such as"),
        ({"design": {"kind": "landmrk"}}, "Setting 'design': there is no kind 'landmrk'; did you mean landmark."),
        ({"outcome_measure": {"kind": "xy"}}, "there is no kind 'xy'; choose from did, count, value, time_to"),
        ({"treatment_measure": {"kind": "did", "time": 3}}, "There is no setting 'time' in 'treatment_measure'"),
        ({"treatment_measure": {"kind": "arms", "arms": ["a", "a"]}}, "name two or more, each once"),
    ],
)
def test_the_impossible_is_refused_with_one_sentence(settings: dict[str, object], words: str) -> None:
    with pytest.raises(BadSpec) as caught:
        question(**settings)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"treatment": "serch"}, "choose one of view, search, buy"),
        ({"population": "women"}, "The population 'women' is not an event type"),
        ({"outcome": "purchase"}, "The outcome 'purchase'"),
        ({"covariates": ["past"]}, "past_activity, calendar, this_session, intent"),
        ({"unmeasured": ["mood"]}, "no covariate group 'mood'"),
        ({"unmeasured": ["intnt"]}, "no covariate group 'intnt'; did you mean intent"),
    ],
)
def test_names_that_the_log_lacks_are_refused_with_those_it_has(settings: dict[str, object], words: str) -> None:
    with pytest.raises(BadSpec, match=words):
        check(question(**settings), MANIFEST)


def test_a_log_shorter_than_its_windows_is_refused_with_both_lengths() -> None:
    # 31 days of January and 28 of February make 59 days.
    check(question(lookback_days=58), MANIFEST)
    with pytest.raises(NotEnoughData, match="The log is 59 days long, but lookback plus outcome window need 61 days"):
        check(question(lookback_days=60), MANIFEST)


def test_a_log_with_one_event_type_cannot_be_asked() -> None:
    with pytest.raises(BadSpec, match="one event type only"):
        check(question(), {**MANIFEST, "event_types": [{"event_type": "event"}]})


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (1, "1 day"),
        (28, "28 days"),
        (1 / 24, "1 hour"),
        (1.5, "36 hours"),
        (1 / 144, "10 minutes"),
        (1e-4, "8.64 seconds"),
        (1 / 86_400, "1 second"),
        (351.2 + 1 / 1440, "351 days"),
        (0.02, "28.8 minutes"),
        (1234.56, "1,235 days"),
    ],
)
def test_a_duration_reads_like_speech(days: float, text: str) -> None:
    assert duration(days) == text


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"design": {"kind": "first_exposure"}, "outcome_measure": {"kind": "count"}},
            "does first search, compared with none until then, change number of buy within 1 day?",
        ),
        (
            {"design": {"kind": "first_exposure", "clean_days": 7}, "population": "view"},
            "For users with view before, does first search in 7 days, compared with none until then, change",
        ),
        ({"design": {"kind": "before_after"}}, "does first search, compared with the time before it, change"),
        (
            {"treatment_measure": {"kind": "did", "times": 3}, "outcome_measure": {"kind": "time_to"}},
            "does search at least 3 times within 10 minutes, compared with no search, change days until buy, at most",
        ),
        ({"treatment_measure": {"kind": "dose"}}, "does number of search within 10 minutes, compared with less of it"),
        (
            {"treatment_measure": {"kind": "arms"}, "control": "b"},
            "arm of the first search within 10 minutes, compared with b",
        ),
        (
            {"treatment_measure": {"kind": "slot", "position": 2}},
            "search at position 2 or further up within 10 minutes, compared with no search at position 2 or further up,",
        ),
        (
            {"treatment_measure": {"kind": "recommended", "run_id": "r"}, "design": {"kind": "first_exposure"}},
            "does first search of an item among the first 10 recommended, compared with none until then,",
        ),
        ({"treatment_measure": {"kind": "segment"}}, "does search in the last 28 days, compared with no search"),
        (
            {"outcome_measure": {"kind": "retention", "from_days": 7}, "outcome_window_days": 14},
            "change buy between 7 days and 14 days later?",
        ),
        ({"outcome_measure": {"kind": "value"}}, "change value of buy within 1 day?"),
    ],
)
def test_every_way_to_ask_reads_as_a_sentence(settings: dict[str, object], words: str) -> None:
    assert words in sentence(question(**settings))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"design": {"kind": "first_exposure"}, "treatment_measure": {"kind": "segment"}}, "no first moment"),
        (
            {"design": {"kind": "before_after"}, "treatment_measure": {"kind": "dose"}},
            "compares with nothing but before",
        ),
        ({"design": {"kind": "before_after"}, "contrast": "per_protocol"}, "two arms that a unit can leave"),
        ({"design": {"kind": "first_exposure"}, "uptake": "clone_censor_weight"}, "needs a grace period"),
        ({"outcome_measure": {"kind": "retention", "from_days": 7}}, "longer than that, and it is 1 day"),
        (
            {"design": {"kind": "first_exposure", "clean_days": 7}, "treatment_measure": {"kind": "did", "times": 2}},
            "is one event",
        ),
    ],
)
def test_parts_that_do_not_go_together_are_refused(settings: dict[str, object], words: str) -> None:
    with pytest.raises(BadSpec, match=words):
        question(**settings)
