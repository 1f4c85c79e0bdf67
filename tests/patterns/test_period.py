"""The period and the local clock: bounds, offsets and what is refused."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.errors import BadSpec, NotEnoughData
from core.patterns.period import PeriodSpec, period_of
from tests.patterns.conftest import MakeLog

WINTER_TO_SUMMER = [("u1", "view", "2023-03-25T12:00:00"), ("u1", "view", "2023-03-27T12:00:00")]


def test_the_offsets_change_at_the_second_the_clocks_do(made_log: MakeLog) -> None:
    period = period_of(made_log(WINTER_TO_SUMMER), PeriodSpec(timezone="Europe/London"))
    (change, winter), (_, summer) = period.offsets
    assert change == datetime(2023, 3, 26, 1)  # 01:00 UTC on the last Sunday of March
    assert (winter, summer) == (0, 3600)
    assert period.in_whole_hours
    assert not period.in_whole_utc_days


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"])
def test_offsets_equal_the_zone_database_at_every_hour_of_three_years(made_log: MakeLog, zone: str) -> None:
    rows = [("u1", "view", "2020-06-01T00:00:00"), ("u1", "view", "2023-06-01T00:00:00")]
    offsets = period_of(made_log(rows), PeriodSpec(timezone=zone)).offsets
    moment = datetime(2020, 6, 1)
    while moment < datetime(2023, 6, 1):
        seconds = next(seconds for until, seconds in offsets if moment < until)
        assert (
            timedelta(seconds=seconds) == moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).utcoffset()
        )
        moment += timedelta(hours=1)


def test_an_unknown_time_zone_is_refused_with_examples() -> None:
    for name in ("Europe/Atlantis", "", "../../etc/passwd", "BST+1"):
        with pytest.raises(BadSpec, match="IANA time zone such as UTC, Europe/London"):
            PeriodSpec.read({"timezone": name})


def test_a_period_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(BadSpec, match="start_at must be before end_at"):
        PeriodSpec.read({"start_at": "2023-02-01", "end_at": "2023-01-01"})


def test_moments_without_a_zone_are_utc_and_others_are_converted() -> None:
    spec = PeriodSpec.read({"start_at": "2023-07-01", "end_at": "2023-07-02T00:00:00+02:00"})
    assert spec.plain() == {
        "start_at": "2023-07-01T00:00:00Z", "end_at": "2023-07-01T22:00:00Z", "timezone": "UTC",
    }  # fmt: skip


def test_a_period_outside_the_log_says_where_the_log_lies(made_log: MakeLog) -> None:
    log = made_log(WINTER_TO_SUMMER)
    for bounds in ({"start_at": "2024-01-01"}, {"end_at": "2023-03-25T12:00:00"}):
        with pytest.raises(NotEnoughData, match="the log runs from 2023-03-25 to 2023-03-27"):
            period_of(log, PeriodSpec.read(bounds))


def test_timestamps_centuries_apart_ask_for_a_period(made_log: MakeLog) -> None:
    log = made_log([*WINTER_TO_SUMMER, ("u1", "view", "2199-01-01T00:00:00")])
    with pytest.raises(BadSpec, match="176 years, so some timestamps are wrong; set start_at and end_at"):
        period_of(log, PeriodSpec())
    assert period_of(log, PeriodSpec.read({"end_at": "2023-04-01"})).end_at == datetime(2023, 4, 1)
