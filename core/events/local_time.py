"""Local time in the engine: UTC moments shifted by a zone's offsets, which Python's zone database gives.

DuckDB's own zones need an extension; an offset for each stretch between two clock changes needs nothing.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
from pydantic import AfterValidator

DAY = timedelta(days=1)
Offsets = tuple[tuple[datetime, int], ...]


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _known(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("give an IANA time zone such as UTC, Europe/London or America/New_York") from None
    return name


# Fields of specs: a moment, which is UTC if it names no zone; the name of a time zone.
UtcMoment = Annotated[datetime, AfterValidator(_utc)]
ZoneName = Annotated[str, AfterValidator(_known)]


def local(column: ir.TimestampValue, offsets: Offsets) -> ir.TimestampValue:
    """The local time of a timestamp column (UTC)."""
    *changes, (_, last) = offsets
    shifted = column + ibis.interval(seconds=last) if last else column
    if not changes:
        return shifted
    cases = [(column < ibis.literal(until), column + ibis.interval(seconds=seconds)) for until, seconds in changes]
    return ibis.cases(*cases, else_=shifted)


@lru_cache(maxsize=64)
def offsets(timezone: str, start: datetime, end: datetime) -> Offsets:
    """(until, seconds that local time is ahead of UTC), in order; the last `until` lies after the end."""
    zone = ZoneInfo(timezone)

    def offset(moment: datetime) -> int:
        return int((moment.replace(tzinfo=UTC).astimezone(zone).utcoffset() or timedelta()).total_seconds())

    found: list[tuple[datetime, int]] = []
    here, seconds = start, offset(start)
    while here < end:
        ahead = min(here + DAY, end)
        if offset(ahead) != seconds:
            change = _first_change(offset, here, ahead)
            found.append((change, seconds))
            seconds = offset(change)
            ahead = change
        here = ahead
    return (*found, (end + DAY, seconds))


def _first_change(offset: Callable[[datetime], int], before: datetime, after: datetime) -> datetime:
    """The first whole second at which the offset differs from the one before, by halving."""
    before = before.replace(microsecond=0)
    old = offset(before)
    low, high = 0, int((after - before).total_seconds()) + 1
    while high - low > 1:
        middle = (low + high) // 2
        if offset(before + timedelta(seconds=middle)) == old:
            low = middle
        else:
            high = middle
    return before + timedelta(seconds=high)
