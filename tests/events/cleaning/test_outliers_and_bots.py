"""Outliers, bots, mis-clicks and refunds: who and what stands out, and what becomes of it."""

from collections.abc import Callable

import pytest

from core.errors import BadSpec, NotEnoughData
from tests.events.cleaning.conftest import Bench

Cleaned = Callable[..., Bench]
ORDINARY = [{"user": f"u{place}", "value": float(place % 10)} for place in range(40)]


def test_values_outside_the_quartiles_are_dropped_moved_or_marked(cleaned: Cleaned) -> None:
    # 0..9 evenly and one 1000 among 41: quartiles 2 and 7, fence 7 + 1.5 * 5 = 14.5
    events = [*ORDINARY, {"value": 1000.0}, {"value": None}]
    step = {"step": "outliers", "columns": ["value"], "detect": "iqr"}
    dropped = cleaned(events, {**step, "action": "drop"}, optional=["value"])
    assert 40 not in dropped.column("event_id")
    assert 41 in dropped.column("event_id")
    assert "Usual value: -5.5 to 14.5." in dropped.accounts[0]["notes"]
    moved = cleaned(events, {**step, "action": "winsorise"}, optional=["value"])
    assert moved.column("value")[40:] == [14.5, None]
    marked = cleaned(events, {**step, "action": "mark"}, optional=["value"])
    assert marked.column("outlier_value") == [False] * 40 + [True, False]
    assert marked.kept.kind_of("outlier_value") == "boolean"


def test_the_lowest_and_highest_share_are_outliers_by_quantile(cleaned: Cleaned) -> None:
    # 0..100: the 5 % quantile is 5, the 90 % quantile is 90
    events = [{"value": float(value)} for value in range(101)]
    step = {"step": "outliers", "columns": ["value"], "detect": "quantile", "low_share": 0.05, "high_share": 0.1}
    assert cleaned(events, {**step, "action": "drop"}, optional=["value"]).column("value") == list(range(5, 91))


@pytest.mark.parametrize("detect", ["isolation_forest", "clusters"])
def test_an_odd_combination_is_found_though_each_number_is_usual(cleaned: Cleaned, detect: str) -> None:
    # size and value go together on a line, but for one event whose size belongs to another value
    events = [{"value": place % 50 + 0.01 * (place % 7), "size": float(place % 50)} for place in range(400)]
    step = {"step": "outliers", "columns": ["value", "size"], "detect": detect, "share": 0.01, "action": "mark"}
    bench = cleaned([*events, {"value": 0.0, "size": 49.0}], step, optional=["value"], size="number")
    flags = bench.column("outlier_value_and_size")
    assert flags[-1] is True
    assert sum(flags) < 20


def test_too_few_rows_for_a_model_are_refused(cleaned: Cleaned) -> None:
    with pytest.raises(NotEnoughData, match="needs 20"):
        cleaned([{"value": 1.0}], {"step": "outliers", "columns": ["value"], "detect": "clusters"}, optional=["value"])


@pytest.mark.parametrize("detect", ["iqr", "isolation_forest"])
def test_a_user_far_more_active_than_others_stands_out(cleaned: Cleaned, detect: str) -> None:
    events = [{"user": f"u{place % 50}", "second": 3600 * place} for place in range(200)]
    events += [{"user": "robot", "second": place} for place in range(500)]
    step = {"step": "outlier_users", "detect": detect, "share": 0.02, "action": "drop"}
    bench = cleaned(events, step)
    assert "robot" not in bench.column("user_id")
    assert bench.accounts[0]["users_in"] - bench.accounts[0]["users_out"] == 1
    assert bench.accounts[0]["uses_future"]


def test_a_bot_keeps_a_pace_for_minutes_and_a_person_in_a_hurry_does_not(cleaned: Cleaned) -> None:
    # 2 a second for 5 minutes is 600 events; the person does 30 in 10 seconds, once
    bot = [{"user": "bot", "second": place / 2} for place in range(600)]
    person = [{"user": "person", "second": place / 3} for place in range(30)]
    step = {"step": "bots", "events_per_minute": 60, "minutes": 5}
    assert set(cleaned([*bot, *person], {**step, "action": "drop"}).column("user_id")) == {"person"}
    marked = cleaned([*bot, *person], {**step, "action": "mark"})
    assert marked.column("bot") == [True] * 600 + [False] * 30


def test_of_a_burst_of_repeats_the_first_stays(cleaned: Cleaned) -> None:
    seconds = [0.0, 0.4, 0.8, 5.0]
    events = [{"second": second, "item": "a"} for second in seconds] + [{"second": 0.1, "item": "b"}]
    bench = cleaned(events, {"step": "misclicks", "repeat_within_seconds": 0.5})
    assert bench.column("event_id") == [0, 3, 4]
    assert not bench.accounts[0]["uses_future"]


def test_an_event_left_at_once_goes_if_its_type_is_meant(cleaned: Cleaned) -> None:
    events = [{"type": "view", "second": 0}, {"type": "back", "second": 1}, {"type": "view", "second": 60}]
    step = {"step": "misclicks", "event_types": ["view"], "repeat_within_seconds": None, "dwell_below_seconds": 2}
    bench = cleaned(events, step)
    assert bench.column("event_id") == [1, 2]
    assert bench.accounts[0]["uses_future"]
    with pytest.raises(BadSpec, match="seconds of a repeat"):
        cleaned(events, {**step, "dwell_below_seconds": None})


def day(number: float) -> float:
    return number * 86_400


def test_a_refund_is_taken_from_the_latest_purchases_before_it(cleaned: Cleaned) -> None:
    # 6 bought, 4 bought, 5 given back: the 4 go, and 1 of the 6
    events = [
        {"item": "cup", "second": day(0), "value": 6}, {"item": "cup", "second": day(1), "value": 4},
        {"item": "cup", "second": day(2), "value": -5}, {"item": "cup", "second": day(3), "value": 7},
        {"item": "plate", "second": day(4), "value": -2},
    ]  # fmt: skip
    bench = cleaned(events, {"step": "refunds", "unmatched": "mark"}, optional=["value"])
    assert bench.column("event_id") == [0, 3, 4]
    assert bench.column("value") == [5.0, 7.0, -2.0]
    assert bench.column("unmatched_refund") == [False, False, True]
    assert bench.accounts[0]["uses_future"]


def test_a_refund_too_late_or_of_another_user_stays(cleaned: Cleaned) -> None:
    events = [
        {"item": "cup", "second": day(0), "value": 6}, {"item": "cup", "second": day(31), "value": -6},
        {"user": "other", "item": "cup", "second": day(1), "value": -6},
    ]  # fmt: skip
    bench = cleaned(events, {"step": "refunds", "within_days": 30}, optional=["value"])
    assert bench.column("event_id") == [0, 1, 2]


def test_refunds_by_event_type_need_no_value(cleaned: Cleaned) -> None:
    events = [
        {"type": kind, "second": place}
        for place, kind in enumerate(["buy", "view", "buy", "refund", "refund", "refund"])
    ]
    step = {"step": "refunds", "refund_types": ["refund"], "purchase_types": ["buy"]}
    assert cleaned(events, step).column("event_id") == [1, 5]
    with pytest.raises(BadSpec, match="name the event types of refunds and of purchases"):
        cleaned(events, {"step": "refunds"})
