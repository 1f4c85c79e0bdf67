"""The analysed stretch of time and the clock on the analyst's wall.

A log stores UTC. Local time is UTC plus an offset that changes a few times a year; the offsets of the period are
computed once, and a local moment is an Ibis expression with one case per offset. So the same expression runs on any
engine, on the hour roll-up as well as on raw events, and days of 23 and 25 hours come out right.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
from pydantic import model_validator

from core.errors import BadSpec, NotEnoughData
from core.events.definitions.rules import Rule
from core.events.local_time import UtcMoment, ZoneName, local, offsets
from core.specs import Spec
from core.storage.engine import Log

EPOCH = datetime(1970, 1, 1)
YEARS_AT_MOST = 150
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


class PeriodSpec(Spec):
    """What every pattern can be asked: start included, end excluded, null for the whole log.

    A time without a zone is UTC. timezone: IANA name, decides where days, weeks and hours begin.
    """

    start_at: UtcMoment | None = None
    end_at: UtcMoment | None = None
    timezone: ZoneName = "UTC"

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.start_at and self.end_at and self.start_at >= self.end_at:
            raise ValueError("start_at must be before end_at")
        return self


@dataclass(frozen=True)
class Period:
    """A period of one log, in UTC without a zone. whole: no event of the log lies outside.

    start_at, end_at: what was asked for, cut to the days of the log. first_at, last_at: the log's first and last event.
    """

    start_at: datetime
    end_at: datetime
    first_at: datetime
    last_at: datetime
    timezone: str
    whole: bool

    @property
    def observed_from(self) -> datetime:
        """From when events could be seen, in whole hours: a log does not say more precisely when it began."""
        return max(self.start_at, _floor_hour(self.first_at))

    @property
    def observed_to(self) -> datetime:
        """Until when events could be seen, in whole hours."""
        return max(min(self.end_at, _floor_hour(self.last_at) + HOUR), self.observed_from)

    @property
    def days(self) -> float:
        return (self.observed_to - self.observed_from) / DAY

    @property
    def offsets(self) -> tuple[tuple[datetime, int], ...]:
        """(until, seconds that local time is ahead of UTC), in order; the last `until` lies after the period."""
        return offsets(self.timezone, self.start_at, self.end_at)

    @property
    def in_whole_hours(self) -> bool:
        """Whether the hour roll-up can answer: the bounds and every offset fall on whole hours."""
        bounds = all(moment == _floor_hour(moment) for moment in (self.start_at, self.end_at))
        return bounds and all(seconds % 3600 == 0 for _, seconds in self.offsets)

    @property
    def in_whole_utc_days(self) -> bool:
        """Whether the user x day roll-up can answer: local time is UTC and the bounds fall on midnights."""
        bounds = all(moment == _floor_day(moment) for moment in (self.start_at, self.end_at))
        return bounds and all(seconds == 0 for _, seconds in self.offsets)

    @property
    def text(self) -> str:
        """1 Dec 2010 to 9 Dec 2011 (UTC): the first and the last local day."""
        first, last = self.local(max(self.start_at, self.first_at)), self.local(min(self.end_at - TICK, self.last_at))
        return (
            f"{_day(first)} to {_day(last)} ({self.timezone})"
            if first.date() != last.date()
            else f"{_day(first)} ({self.timezone})"
        )

    def local(self, moment: datetime) -> datetime:
        """The local clock at a UTC moment, without a zone."""
        return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.timezone)).replace(tzinfo=None)

    def holds(self, column: ir.TimestampValue) -> ir.BooleanValue:
        """Whether a timestamp column (UTC) lies in the period."""
        return (column >= ibis.literal(self.start_at)) & (column < ibis.literal(self.end_at))

    def within(self, table: ir.Table, column: str) -> ir.Table:
        """The rows of a table whose timestamp column lies in the period."""
        return table if self.whole else table.filter(self.holds(table[column]))

    def clock(self, column: ir.TimestampValue) -> ir.TimestampValue:
        """The local time of a timestamp column (UTC)."""
        return local(column, self.offsets)


def period_of(log: Log, spec: PeriodSpec) -> Period:
    """The period of a spec on a log; raises NotEnoughData if no event can lie in it."""
    manifest: dict[str, Any] = log.manifest
    if not manifest.get("events") or not manifest.get("first_at"):
        raise NotEnoughData("This log holds no events, so there is no pattern; import one with at least one row.")
    first, last = (_read(manifest[key]) for key in ("first_at", "last_at"))
    start, end = _naive(spec.start_at) or first, _naive(spec.end_at) or last
    if start > last or (spec.end_at is not None and end <= first):
        asked = f"from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"
        raise NotEnoughData(f"No event lies {asked} (UTC); the log runs from {first:%Y-%m-%d} to {last:%Y-%m-%d}.")
    if end.year - start.year > YEARS_AT_MOST:
        raise BadSpec(
            f"The log runs from {first:%Y-%m-%d} to {last:%Y-%m-%d}, {last.year - first.year:,} years, so some "
            "timestamps are wrong; set start_at and end_at around the real events."
        )
    cut_start = start if start > first else _floor_day(first)
    cut_end = end if spec.end_at is not None and end <= last else _floor_day(last) + DAY
    return Period(cut_start, cut_end, first, last, spec.timezone, cut_start <= first and cut_end > last)


def hourly(log: Log, period: Period) -> ir.Table:
    """Rows of (hour, event_type, events) in the period: the hour roll-up, or every event where that cannot answer."""
    if period.in_whole_hours:
        return period.within(log.table("hours").select("hour", "event_type", "events"), "hour")
    return each_event(log, period)


def each_event(log: Log, period: Period, rule: Rule | None = None) -> ir.Table:
    """Rows of (hour, event_type, events) with one row per event in the period, of those that a rule means."""
    events = log.table() if rule is None else log.table().filter(rule.matches(log.table()))
    return period.within(events.select("event_type", hour=events.timestamp, events=ibis.literal(1, "int64")), "hour")


def _read(moment: Any) -> datetime:
    parsed = moment if isinstance(moment, datetime) else datetime.fromisoformat(str(moment))
    return parsed.astimezone(UTC).replace(tzinfo=None) if parsed.tzinfo else parsed


def _naive(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=None)


def _floor_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _floor_day(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%b %Y}"
