"""Duplicates and missing values: what stays, what is filled with what, what is counted."""

from collections.abc import Callable

import pytest

from core.errors import BadSpec
from tests.events.cleaning.conftest import Bench

Cleaned = Callable[..., Bench]


def test_of_duplicates_the_first_stays_and_nulls_agree(cleaned: Cleaned) -> None:
    events = [{"item": "a"}, {"item": "a"}, {"item": None}, {"item": None}, {"item": "a", "second": 1}]
    bench = cleaned(events, {"step": "drop_duplicates"})
    assert bench.column("event_id") == [0, 2, 4]
    assert (bench.accounts[0]["rows_in"], bench.accounts[0]["rows_out"]) == (5, 3)


def test_events_that_lack_a_value_go_and_are_counted_per_column(cleaned: Cleaned) -> None:
    events = [{"value": 1, "item": "a"}, {"value": None, "item": "a"}, {"value": None}, {"value": 2}]
    bench = cleaned(events, {"step": "drop_missing", "columns": ["value", "item_id"]}, optional=["value"])
    assert bench.column("event_id") == [0]
    assert bench.accounts[0]["notes"] == ["2 events lacked value.", "2 events lacked item_id."]


@pytest.mark.parametrize(("method", "filled"), [("mean", 4.0), ("median", 2.0), ("mode", 1.0)])
def test_a_gap_gets_the_mean_median_or_mode_of_the_column(cleaned: Cleaned, method: str, filled: float) -> None:
    # 1, 1, 3, 11: mean 16/4 = 4, median (1+3)/2 = 2, mode 1
    events = [{"value": value} for value in (1, 1, 3, 11, None)]
    bench = cleaned(events, {"step": "fill_missing", "column": "value", "method": method}, optional=["value"])
    assert bench.column("value")[-1] == filled
    assert bench.accounts[0]["changed"] == 1
    assert bench.accounts[0]["uses_future"]


def test_forward_fill_takes_the_users_own_past_only(cleaned: Cleaned) -> None:
    events = [
        {"user": "a", "second": 1, "colour": None},
        {"user": "a", "second": 2, "colour": "red"},
        {"user": "a", "second": 3, "colour": None},
        {"user": "b", "second": 4, "colour": None},
    ]
    bench = cleaned(events, {"step": "fill_missing", "column": "colour", "method": "forward"}, colour="text")
    assert bench.column("colour") == [None, "red", "red", None]
    assert bench.accounts[0]["notes"] == ["2 stay missing."]
    assert not bench.accounts[0]["uses_future"]


def test_interpolation_is_linear_in_time_within_a_user(cleaned: Cleaned) -> None:
    # from 10 at second 0 to 20 at second 10: at second 4 it is 14; before the first and after the last there is no line
    events = [
        {"second": -5, "value": None}, {"second": 0, "value": 10}, {"second": 4, "value": None},
        {"second": 10, "value": 20}, {"second": 11, "value": None}, {"user": "other", "second": 4, "value": None},
    ]  # fmt: skip
    bench = cleaned(events, {"step": "fill_missing", "column": "value", "method": "interpolate"}, optional=["value"])
    assert bench.column("value") == [None, 10.0, 14.0, 20.0, None, None]
    assert bench.accounts[0]["uses_future"]


def test_nearest_neighbours_fill_from_similar_events(cleaned: Cleaned) -> None:
    # small things cost about 1, large ones about 100: the gap of a large thing is filled by the large ones
    events = [{"size": size, "value": 1.0} for size in (1, 2, 3)] + [
        {"size": size, "value": 100.0} for size in (91, 92, 93)
    ]
    step = {"step": "fill_missing", "column": "value", "method": "nearest", "neighbours": 3}
    bench = cleaned([*events, {"size": 90, "value": None}], step, optional=["value"], size="number")
    assert bench.column("value")[-1] == pytest.approx(100.0)


def test_what_cannot_be_filled_is_refused_in_one_sentence(cleaned: Cleaned) -> None:
    events = [{"value": 1.0, "colour": "red"}]
    with pytest.raises(BadSpec, match="no column 'size' to fill"):
        cleaned(events, {"step": "fill_missing", "column": "size", "method": "mean"}, optional=["value"])
    with pytest.raises(BadSpec, match="'colour' holds texts"):
        cleaned(events, {"step": "fill_missing", "column": "colour", "method": "mean"}, colour="text")
    with pytest.raises(BadSpec, match="only number column"):
        cleaned(events, {"step": "fill_missing", "column": "value", "method": "nearest"}, optional=["value"])


def test_places_at_zero_become_missing_and_others_stay(cleaned: Cleaned) -> None:
    events = [{"latitude": 0, "longitude": 0}, {"latitude": 0, "longitude": 9}, {"latitude": 48.1, "longitude": 11.6}]
    bench = cleaned(events, {"step": "clear_places"}, optional=["latitude", "longitude"])
    assert bench.column("latitude") == [None, 0.0, 48.1]
    assert bench.column("longitude") == [None, 9.0, 11.6]
    with pytest.raises(BadSpec, match="no latitude and longitude"):
        cleaned([{}], {"step": "clear_places"})
