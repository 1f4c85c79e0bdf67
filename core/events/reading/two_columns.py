"""A date and a time of day in two columns are one moment: the timestamp may be mapped to `date+time`.

What is joined is text as `read_moments` reads it: the day as it is written, a space, the time of day.
"""

import re
from collections.abc import Callable, Sequence

from core.errors import BadFile
from core.events.columns import TIMESTAMP
from core.events.reading.gather import RawColumn
from core.events.reading.moments import EXCEL_1970, EXCEL_DAYS, present
from core.events.reading.names import ABROAD, NAMES, is_nameless, parts_of, plain_name
from core.events.reading.profiles import Profile, profile
from core.storage.engine import Writer

CLOCK_NAMES = ("time", "timeofday", "clocktime", "clock", "hms", "zeit", "heure", "hora", "ora")
WORDS = re.compile("date|day|datum|fecha|日期|timeofday|time|hour|uhrzeit|zeit|heure|hora|时间|時刻")
DATE_NAME = re.compile(r"(?i)date|day|datum|fecha|日期")
MIDNIGHT = r"[ T]00:00(:00(\.0+)?)?([+]00)?$"

# How times of day are written: SQL of a clock time like 13:45:10, of a text.
Written = Callable[[str], str]


def _clock(text: str) -> str:
    zoned = f"regexp_replace(replace({text}, ',', '.'), ' ?(UTC|Z)$', 'Z')"
    return f"upper(regexp_replace({zoned}, ' ?([AaPp])[.]?[Mm][.]?$', ' \\1M'))"


def _hours(text: str) -> str:
    return f"({_whole(text)} || ':00')"


def _hours_minutes(text: str) -> str:
    return f"regexp_replace(lpad({_whole(text)}, 4, '0'), '^(..)(..)$', '\\1:\\2')"


def _hours_minutes_seconds(text: str) -> str:
    return f"regexp_replace(lpad({_whole(text)}, 6, '0'), '^(..)(..)(..)$', '\\1:\\2:\\3')"


def _share_of_a_day(text: str) -> str:
    millis = f"least(round(TRY_CAST({text} AS DOUBLE) * 86400000), 86399999)"
    return f"strftime(make_timestamp(CAST({millis} AS BIGINT) * 1000), '%H:%M:%S.%g')"


def _whole(text: str) -> str:
    return f"regexp_replace({text}, '[.]0+$', '')"


def mapped_profile(engine: Writer, profiles: Sequence[Profile], column: str) -> Profile | None:
    """The profile of a mapped column, made from `sample` if it joins two; None if the file lacks it. Raises BadFile if
    neither of the two holds times of day."""
    by_name = {each.column.name: each for each in profiles}
    parts = parts_of(column, by_name)
    if len(parts) < 2:
        return by_name.get(column)
    day, time = (by_name[part] for part in parts)
    if way_of(time) is None and way_of(day) is not None:
        day, time = time, day
    way = way_of(time)
    if way is None:
        example = f", e.g. '{time.examples[0][:60]}'" if time.examples else ""
        raise BadFile(
            f"Column '{time.column.name}' holds no times of day{example}; map the timestamp to a date and a column of "
            f"times like 13:45:10, or to '{day.column.name}' alone."
        )
    joined = f"({_day(present(day.column))} || ' ' || {way(present(time.column))})"
    return profile(engine, [RawColumn(-1, column, "text", joined=joined)])[0]


def pair_for(chosen: Profile, profiles: Sequence[Profile]) -> tuple[Profile, Profile] | None:
    """The days and the times of day that belong together by their names (or stand side by side without any), where one
    of the two was taken for the timestamp."""
    if holds_days(chosen):
        found = [p for p in profiles if p is not chosen and _is_clock(p) and _belong_together(chosen, p)]
        best = min(found, key=lambda p: _stem(p) != _stem(chosen), default=None)
        return (chosen, best) if best else None
    if _is_clock(chosen):
        found = [p for p in profiles if p is not chosen and holds_days(p) and _belong_together(p, chosen)]
        best = min(found, key=lambda p: _stem(p) != _stem(chosen), default=None)
        return (best, chosen) if best else None
    return None


def holds_days(each: Profile) -> bool:
    """Whether the values are days without a time of day."""
    if each.all(each.days) or each.column.kind == "date":
        return True
    low, high = each.low, each.high
    excel = each.all(each.integers) and bool(DATE_NAME.search(each.column.name))
    return excel and low is not None and high is not None and EXCEL_DAYS[0] <= low <= high <= EXCEL_DAYS[1]


def times_of_day(profiles: Sequence[Profile]) -> tuple[str, ...]:
    """The columns whose values could be nothing but times of day, or are so by their names."""
    return tuple(each.column.name for each in profiles if _is_clock(each))


def way_of(each: Profile) -> Written | None:
    """How a column's times of day are written; None if it holds none."""
    if each.clocks > 0.5 * each.filled:
        return _clock
    low, high = each.low, each.high
    if not each.all(each.numbers) or low is None or high is None or low < 0:
        return None
    if high < 1:
        return _share_of_a_day
    if not each.all(each.compact_clocks):
        return None
    return _hours if high < 24 else _hours_minutes if high < 2400 else _hours_minutes_seconds


def _is_clock(each: Profile) -> bool:
    """Numbers need a name that says so: 1345 may be anything."""
    if each.all(each.clocks):
        return True
    way = way_of(each)
    named = plain_name(each.column.name) in CLOCK_NAMES or plain_name(each.column.name).endswith(("time", "zeit"))
    large = each.high is not None and (each.high >= 1000 or way is _share_of_a_day)
    return named and way is not None and large


def _belong_together(day: Profile, time: Profile) -> bool:
    if is_nameless(day.column.name):
        return time.column.place == day.column.place + 1
    name = plain_name(time.column.name)
    usual = (*CLOCK_NAMES, *NAMES[TIMESTAMP], *ABROAD[TIMESTAMP])
    return name in usual or _stem(day) == _stem(time)


def _stem(each: Profile) -> str:
    return WORDS.sub("", plain_name(each.column.name))


def _day(text: str) -> str:
    """SQL: a day as it is written, but 20240301 and Excel's 45352 as 2024-03-01."""
    excel = f"make_timestamp(CAST((TRY_CAST({text} AS DOUBLE) - {EXCEL_1970}) * 86400 AS BIGINT) * 1000000)"
    return (
        f"CASE WHEN regexp_matches({text}, '^\\d{{5}}([.]0+)?$') THEN strftime({excel}, '%Y-%m-%d') "
        f"WHEN regexp_matches({text}, '^\\d{{8}}$') THEN regexp_replace({text}, '^(....)(..)(..)$', '\\1-\\2-\\3') "
        f"ELSE regexp_replace({text}, '{MIDNIGHT}', '') END"
    )
