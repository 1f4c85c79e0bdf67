"""Rhythm: 168 slots, each divided by how often it occurs."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import NotEnoughData, NotFound
from core.patterns.rhythm import RhythmSpec, rhythm
from tests.patterns.conftest import MakeLog


def hourly(first: str, hours: int) -> list[tuple[str, str, str]]:
    """One event in each of so many hours."""
    start = datetime.fromisoformat(first)
    return [("u1", "view", (start + timedelta(hours=hour)).isoformat()) for hour in range(hours)]


def test_there_are_always_168_rows_and_one_event_an_hour_is_a_flat_rhythm(made_log: MakeLog) -> None:
    table = rhythm(made_log(hourly("2023-01-02T00:00:00", 21 * 24)), RhythmSpec())
    assert len(table.frame) == 168
    assert table.frame["events"].tolist() == [3] * 168  # three weeks
    assert table.frame["mean"].tolist() == [1.0] * 168
    assert table.frame["relative"].tolist() == [1.0] * 168


def test_a_slot_is_divided_by_how_often_the_period_holds_it(made_log: MakeLog) -> None:
    # Monday 2 to Wednesday 11 January: two Mondays to Wednesdays, one of the other days.
    frame = rhythm(made_log(hourly("2023-01-02T00:00:00", 10 * 24)), RhythmSpec()).frame
    assert frame.groupby("weekday")["slots"].first().tolist() == [2, 2, 2, 1, 1, 1, 1]
    assert frame["mean"].tolist() == [1.0] * 168


def test_the_hours_of_clock_changes_are_counted_as_often_as_they_occur(made_log: MakeLog) -> None:
    # 13 March to 9 April 2023 are four whole weeks in London, but Sunday 26 March has no 01:00.
    spec = RhythmSpec(timezone="Europe/London")
    spring = rhythm(made_log(hourly("2023-03-13T00:00:00", 28 * 24 - 1)), spec).frame.set_index(["weekday", "hour"])
    assert spring["slots"][7, 1] == 3
    assert spring["slots"].drop([(7, 1)]).tolist() == [4] * 167
    # 16 October to 12 November: Sunday 29 October has 01:00 twice.
    autumn = rhythm(made_log(hourly("2023-10-15T23:00:00", 28 * 24 + 1)), spec).frame.set_index(["weekday", "hour"])
    assert autumn["slots"][7, 1] == 5
    assert autumn["mean"].tolist() == [1.0] * 168


def test_the_busiest_slot_is_named_against_the_median(made_log: MakeLog) -> None:
    # Every hour once for two weeks, and three more events on one Friday at 18:00: (2 + 3) / 2 = 2.5 an hour there.
    rows = [*hourly("2023-01-02T00:00:00", 14 * 24), *[("u2", "buy", "2023-01-06T18:30:00")] * 3]
    table = rhythm(made_log(rows), RhythmSpec())
    assert table.title == "Busiest on Friday 18:00 to 19:00: 2.50 events an hour, 2.50 times the median hour"


def test_less_than_two_weeks_is_said_and_no_weekday_is_named(made_log: MakeLog) -> None:
    table = rhythm(made_log(hourly("2023-01-02T00:00:00", 10 * 24)), RhythmSpec())
    assert "too short for a weekly cycle" in table.title
    assert any("less than two weeks" in note for note in table.notes)


def test_days_that_a_short_period_does_not_hold_stay_empty(made_log: MakeLog) -> None:
    table = rhythm(made_log(hourly("2023-01-02T00:00:00", 3 * 24)), RhythmSpec())
    assert len(table.frame) == 168
    assert table.frame["mean"].notna().sum() == 72  # Monday to Wednesday
    assert any("no weekly cycle can be told" in note for note in table.notes)


def test_dates_without_times_are_recognised(made_log: MakeLog) -> None:
    rows = [("u1", "view", f"2023-01-{day:02d}T00:00:00") for day in range(1, 31)]
    assert any("dates without times" in note for note in rhythm(made_log(rows), RhythmSpec()).notes)


def test_one_event_type_can_be_asked_for_and_must_exist(made_log: MakeLog) -> None:
    log = made_log([*hourly("2023-01-02T00:00:00", 48), ("u2", "buy", "2023-01-02T18:30:00")])
    assert rhythm(log, RhythmSpec(event_type="buy")).frame["events"].sum() == 1
    with pytest.raises(NotFound, match="no event type 'sale'; it has view, buy"):
        rhythm(log, RhythmSpec(event_type="sale"))
    with pytest.raises(NotEnoughData, match="No 'buy' events lie in 3 Jan 2023"):
        rhythm(log, RhythmSpec(event_type="buy", start_at=datetime(2023, 1, 3)))


START = datetime(2023, 10, 26, 7, tzinfo=UTC)
MOMENTS = st.lists(st.integers(0, 12 * 24 * 4), min_size=1, max_size=40)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(quarters=MOMENTS)
def test_counts_and_slots_equal_plain_pandas(made_log: MakeLog, quarters: list[int]) -> None:
    moments = [START + timedelta(minutes=15 * quarter) for quarter in quarters]
    log = made_log([("u1", "view", at.strftime("%Y-%m-%dT%H:%M:%S")) for at in moments])
    first, last = (bound(moments).replace(minute=0) for bound in (min, max))
    minutes = pd.date_range(first, last + timedelta(hours=1), freq="min", inclusive="left")
    for zone in ("UTC", "Europe/London", "Asia/Kathmandu", "Australia/Lord_Howe"):
        frame = rhythm(log, RhythmSpec(timezone=zone)).frame
        assert frame["events"].tolist() == slots(pd.DatetimeIndex(moments).tz_convert(zone)).tolist(), zone
        assert frame["slots"].to_numpy() == pytest.approx(slots(minutes.tz_convert(zone)) / 60), zone


def slots(local: pd.DatetimeIndex) -> np.ndarray:
    """(168,) how many of the local moments fall in each slot."""
    return np.bincount(local.weekday * 24 + local.hour, minlength=168)
