"""Trend: counted by hand, and equal to plain pandas in any time zone."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import BadSpec
from core.patterns.trend import TrendSpec, trend
from tests.patterns.conftest import MakeLog

# Thursday 2 to Monday 6 March 2023; nobody on the 4th; u1 comes twice on the 3rd.
TEN = [
    ("u1", "view", "2023-03-02T00:10:00"), ("u2", "view", "2023-03-02T09:00:00"), ("u2", "buy", "2023-03-02T09:05:00"),
    ("u1", "view", "2023-03-03T08:00:00"), ("u1", "view", "2023-03-03T20:00:00"), ("u3", "search", "2023-03-03T20:30:00"),
    ("u1", "buy", "2023-03-05T10:00:00"), ("u2", "view", "2023-03-05T10:00:00"), ("u2", "view", "2023-03-05T10:00:00"),
    ("u3", "view", "2023-03-06T12:00:00"),
]  # fmt: skip


def test_events_are_counted_per_day_and_days_without_events_are_zero(made_log: MakeLog) -> None:
    frame = trend(made_log(TEN), TrendSpec(by="none")).frame
    assert frame["bucket"].dt.day.tolist() == [2, 3, 4, 5, 6]
    assert frame["events"].tolist() == [3, 3, 0, 3, 1]


def test_the_first_and_last_day_are_marked_where_the_log_covers_them_in_part(made_log: MakeLog) -> None:
    # The first event comes in the first hour of the 2nd, so that day is whole; the last at noon of the 6th.
    table = trend(made_log(TEN), TrendSpec(by="none"))
    assert table.frame["complete"].tolist() == [True, True, True, True, False]
    assert "1 day at the edges is covered only in part." in table.notes


def test_users_are_counted_once_a_day_and_once_per_event_type(made_log: MakeLog) -> None:
    frame = trend(made_log(TEN), TrendSpec(measure="users")).frame
    views = frame[frame["event_type"] == "view"]
    assert views["users"].tolist() == [2, 1, 0, 1, 1]
    assert trend(made_log(TEN), TrendSpec(measure="users", by="none")).frame["users"].tolist() == [2, 2, 0, 2, 1]


def test_weeks_start_on_monday(made_log: MakeLog) -> None:
    frame = trend(made_log(TEN), TrendSpec(by="none", bucket="week")).frame
    assert frame["bucket"].dt.strftime("%Y-%m-%d").tolist() == ["2023-02-27", "2023-03-06"]
    assert frame["events"].tolist() == [9, 1]
    assert not frame["complete"].any()


def test_rare_event_types_are_grouped_and_said(made_log: MakeLog) -> None:
    table = trend(made_log(TEN), TrendSpec(top=1))
    totals = table.frame.groupby("event_type")["events"].sum()
    assert totals.to_dict() == {"view": 7, "other": 3}
    assert any(
        "1 most frequent of 3 event types have their own line; the rest is 'other'" in note for note in table.notes
    )


def test_users_in_the_grouped_rest_are_counted_once(made_log: MakeLog) -> None:
    # On the 2nd only u2 did something other than view; over the week u1 (buy), u2 (buy) and u3 (search) did.
    frame = trend(made_log(TEN), TrendSpec(top=1, measure="users", bucket="week")).frame
    assert frame[frame["event_type"] == "other"]["users"].tolist() == [3, 0]


def test_a_day_with_23_hours_keeps_its_events_and_the_skipped_hour_is_no_bucket(made_log: MakeLog) -> None:
    # On 26 March 2023 London skips 01:00 to 02:00; 00:30 and 01:30 UTC are 00:30 and 02:30 there.
    log = made_log([("u1", "view", "2023-03-26T00:30:00"), ("u1", "view", "2023-03-26T01:30:00")])
    frame = trend(log, TrendSpec(by="none", bucket="hour", timezone="Europe/London")).frame
    assert frame["bucket"].dt.hour.tolist() == [0, 2]
    assert frame["events"].tolist() == [1, 1]


def test_an_hour_that_comes_twice_is_one_bucket_and_said(made_log: MakeLog) -> None:
    # On 29 October 2023 01:00 comes twice in London: 00:30 and 01:30 UTC both read 01:30.
    log = made_log([("u1", "view", "2023-10-29T00:30:00"), ("u1", "view", "2023-10-29T01:30:00"),
                    ("u1", "view", "2023-10-29T02:30:00")])  # fmt: skip
    table = trend(log, TrendSpec(by="none", bucket="hour", timezone="Europe/London"))
    assert table.frame["bucket"].dt.hour.tolist() == [1, 2]
    assert table.frame["events"].tolist() == [2, 1]
    assert any("an hour occurs twice" in note for note in table.notes)


def test_the_title_compares_the_first_third_with_the_last(made_log: MakeLog) -> None:
    # Ten whole days with 1, 2, ..., 10 events; thirds of three days: mean 2 against mean 9, +350 %.
    rows = [
        ("u1", "view", f"2023-01-{day:02d}T{hour:02d}:00:00") for day in range(1, 11) for hour in (*range(day - 1), 23)
    ]
    table = trend(made_log(rows), TrendSpec(by="none", start_at=datetime(2023, 1, 1), end_at=datetime(2023, 1, 11)))
    # The log begins at 23:00 of the first day, which is therefore cut: 2..10, thirds 3 and 9, +200 %.
    assert table.title == "Events rose by 200.0 % from the first to the last third of the period (3 to 9 a day)"
    assert table.summary[0].value == pytest.approx(2.0)


def test_too_many_buckets_are_refused_with_the_way_out(made_log: MakeLog) -> None:
    log = made_log([("u1", "view", "2010-01-01T00:00:00"), ("u1", "view", "2020-01-01T00:00:00")])
    with pytest.raises(BadSpec, match="choose a longer bucket or a shorter period"):
        trend(log, TrendSpec(bucket="hour"))


ZONES = ("UTC", "Europe/London", "Asia/Kolkata")
START = datetime(2023, 3, 24, tzinfo=UTC)
MOMENTS = st.integers(0, 9 * 96).map(lambda quarter: START + timedelta(minutes=15 * quarter))
ROWS = st.lists(st.tuples(st.sampled_from(["u1", "u2", "u3"]), st.sampled_from("ab"), MOMENTS), min_size=1, max_size=40)


def expected(frame: pd.DataFrame, zone: str, bucket: str, measure: str) -> dict[tuple[datetime, str], int]:
    """Plain pandas: (local start of the bucket, event type) -> count."""
    local = frame["at"].dt.tz_convert(zone).dt.tz_localize(None).astype("datetime64[us]")
    starts = {
        "hour": local.dt.floor("h"), "day": local.dt.normalize(),
        "week": local.dt.normalize() - pd.to_timedelta(local.dt.weekday, unit="D"),
    }  # fmt: skip
    groups = frame.assign(bucket=starts[bucket]).groupby(["bucket", "event_type"])["user"]
    counts: dict[tuple[datetime, str], int] = (groups.size() if measure == "events" else groups.nunique()).to_dict()
    return counts


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, cut=st.booleans())
def test_counts_equal_plain_pandas(made_log: MakeLog, rows: list[tuple[str, str, datetime]], cut: bool) -> None:
    log = made_log([(user, kind, at.strftime("%Y-%m-%dT%H:%M:%S")) for user, kind, at in rows])
    middle = sorted(at for _, _, at in rows)[len(rows) // 2]
    frame = pd.DataFrame([row for row in rows if not cut or row[2] >= middle], columns=["user", "event_type", "at"])
    for zone, bucket, measure in product(ZONES, ("hour", "day", "week"), ("events", "users")):
        start = {"start_at": middle} if cut else {}
        counted = trend(log, TrendSpec.read({"timezone": zone, "bucket": bucket, "measure": measure, **start})).frame
        held = counted[counted[measure] > 0].set_index(["bucket", "event_type"])[measure].to_dict()
        assert held == expected(frame, zone, bucket, measure), (zone, bucket, measure)
        assert not counted.duplicated(["bucket", "event_type"]).any()
