"""Read one column as moments in UTC: decide how its values are written, then give the SQL that reads them.

Ways of writing: stored (a timestamp type), iso (2020-01-31T10:00:00+02:00), number (Unix time, or 20200131), slashed
(31/01/2020 or 1/31/2020) and worded (31 Jan 2020). One column has one way; a value written otherwise is rejected.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

from core.errors import BadFile
from core.events.reading.gather import RawColumn
from core.events.reading.zones import clock_changes, in_utc
from core.events.time_settings import TimeSettings
from core.storage.engine import Writer, literal

SAMPLE_ROWS = 10_000
TEXT = "_moment_text"
MISSING = ("", "NULL", "null", "None", "none", "NaN", "nan", "NaT", "\\N", "NA", "N/A", "<NA>")
SCALES = {
    "nanoseconds": 0.001, "microseconds": 1, "milliseconds": 1_000, "seconds": 1_000_000, "minutes": 60_000_000,
    "hours": 3_600_000_000, "days": 86_400_000_000,
}  # fmt: skip

# Unix time by size: 1e8 seconds is 1973, 1e11 is the year 5138.
UNITS = (
    (1e8, 1e11, "seconds"),
    (1e11, 1e14, "milliseconds"),
    (1e14, 1e17, "microseconds"),
    (1e17, 1e20, "nanoseconds"),
)
SHORT_UNITS = {
    "ns": "nanoseconds", "us": "microseconds", "ms": "milliseconds", "millis": "milliseconds", "sec": "seconds",
    "secs": "seconds", "min": "minutes", "mins": "minutes", "hrs": "hours",
} | {unit: unit for unit in SCALES}  # fmt: skip
DAY_NUMBERS = ((19_000_101, 22_001_231, "%Y%m%d"), (19_000_101_000_000, 22_001_231_235_959, "%Y%m%d%H%M%S"))

EXCEL_DAYS, EXCEL_1970 = (25_569, 65_000), 25_569  # 1970 to 2077, in days as Excel counts them

TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p")
WORDED = ("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%a %d %b %Y")
WORDED_ZONED = ("%a %b %d %H:%M:%S %z %Y", "%a %d %b %Y %H:%M:%S %z", "%d %b %Y %H:%M:%S %z", "%d/%b/%Y:%H:%M:%S %z")
COMPACT = ("%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ", "%Y-%m-%d %I:%M %p", "%Y-%m-%d %I:%M:%S %p", "%Y/%m/%d %I:%M:%S %p")
ZONED = r"[T ]\d\d(:?\d\d){0,2}(\.\d+)? ?(Z|[+-]\d\d(:?\d\d)?)$"  # the -03 of a bare 2024-01-03 is no zone
ISO = re.compile(r"\d{4}-\d\d-\d\d(?:([T ])\d\d:\d\d(?:(:\d\d)(\.\d+)?)?(Z)?)?", re.ASCII)
SLASHED = r"^\d{1,2}[/.-]\d{1,2}[/.-](\d{2}|\d{4})([ T].*)?$"


@dataclass(frozen=True)
class Moments:
    """How a column is read.

    sql: its TIMESTAMP in UTC, null where it cannot be read, in terms of `raw` and of TEXT, the column's `present` text;
    says: what was taken for granted, for the notes; doubt: what the analyst had better check, or None; naive: SQL of
    the values as written where they carry no zone, "" if all do; unit: of numbers.
    """

    sql: str
    way: str
    says: str
    doubt: str | None = None
    naive: str = ""
    unit: str | None = None


def present(column: RawColumn) -> str:
    """SQL: the value of a column as trimmed text, null where it stands for a missing value."""
    if column.kind == "text":
        return column.sql if column.tidy else unless(column.sql, MISSING)
    text = f"CAST({column.sql} AS VARCHAR)"
    return f"CASE WHEN NOT isnan({column.sql}) THEN {text} END" if column.kind == "decimal" else text


def unless(text: str, words: Sequence[str]) -> str:
    """SQL: the text trimmed, null if it is one of a few short words.

    An expression, and not IN: the engine turns a longer IN into a join, which with hundreds of columns costs minutes.
    """
    longest = max(len(word) for word in words)
    pattern = literal("|".join(word.replace("\\", "\\\\") for word in words))
    others = " OR ".join(
        f"starts_with({text}, {literal(first)})" for first in sorted({word[:1] for word in words} - {""})
    )
    short = f"{text} > ' ' AND {text} < '\u0080' AND NOT ({others})"  # plain letters that begin none of the words
    cheap = f"{text} NOT LIKE ' %' AND {text} NOT LIKE '% ' AND (strlen({text}) > {longest} OR ({short}))"
    trimmed = f"trim({text}, ' ')"  # of plain spaces: without saying so, the engine takes those of all scripts
    return f"CASE WHEN {cheap} THEN {text} WHEN NOT regexp_full_match({trimmed}, {pattern}) THEN {trimmed} END"


def read_moments(engine: Writer, column: RawColumn, spec: TimeSettings, *, table: str = "raw") -> Moments:
    """Decide from the data how a column's moments are written; raises BadFile if none of it can be read."""
    moments = _moments(engine, column, spec, table)
    trimmed = f"(SELECT *, {present(column)} AS {TEXT} FROM {table})"
    changes = clock_changes(engine, column, moments.naive, spec.time_zone, trimmed)
    return replace(moments, says=f"{moments.says} {changes}") if changes else moments


def _moments(engine: Writer, column: RawColumn, spec: TimeSettings, table: str) -> Moments:
    if column.kind in ("moment", "zoned moment", "date"):
        return _stored(column, spec.time_zone)
    counts = ways_of(engine, column, table)
    way = max(WAYS, key=lambda name: counts[name])
    if counts[way] == 0:
        example = engine.rows(f"SELECT {present(column)} AS v FROM {table} WHERE v IS NOT NULL LIMIT 1")
        seen = (
            f"0 of {counts['filled']:,} values can be read as a moment, e.g. '{example[0][0][:60]}'" if example else ""
        )
        raise BadFile(
            f"Column '{column.name}' cannot be the timestamp: {seen or 'it is empty'}; map another column, or write "
            "moments like 2020-01-31 10:00:00 or as Unix time."
        )
    return WAYS[way](engine, column, spec, table)


def ways_of(engine: Writer, column: RawColumn, table: str = "raw") -> dict[str, int]:
    """Of the first rows, how many values are filled and how many can be read in each way of writing.

    Once all are ISO, which nothing else can outdo, the other ways are not tried.
    """
    values = f"(SELECT {present(column)} AS v FROM (SELECT * FROM {table} LIMIT {SAMPLE_ROWS}))"
    filled, iso = engine.rows(f"SELECT count(v), count(*) FILTER ({_TESTS['iso']}) FROM {values}")[0]
    if filled == iso:
        return {"filled": filled, **dict.fromkeys(_TESTS, 0), "iso": iso}
    counts = ", ".join(f"count(*) FILTER ({test})" for test in _TESTS.values())
    row = engine.rows(f"SELECT count(v), {counts} FROM {values}")[0]
    return dict(zip(("filled", *_TESTS), row, strict=True))


def _stored(column: RawColumn, zone: str) -> Moments:
    if column.kind == "zoned moment":
        says = f"'{column.name}' carries a time zone and was turned into UTC."
        return Moments(f"{column.sql} AT TIME ZONE 'UTC'", "stored", says)
    says = (
        f"'{column.name}' holds dates without a time of day, so events of one day keep the order of the file."
        if column.kind == "date" else f"'{column.name}' carries no time zone and was taken as {zone}."
    )  # fmt: skip
    written = f"CAST({column.sql} AS TIMESTAMP)"
    return Moments(in_utc(written, zone), "stored", says, naive=written)


def _iso(engine: Writer, column: RawColumn, spec: TimeSettings, table: str) -> Moments:
    zoned, filled, first = engine.rows(
        f"SELECT count(*) FILTER (regexp_matches(v, {literal(ZONED)})), count(v), coalesce(first(v), '') "
        f"FROM (SELECT {present(column)} AS v FROM (SELECT * FROM {table} LIMIT {SAMPLE_ROWS}) WHERE v IS NOT NULL)"
    )[0]
    read = iso_sql(TEXT, iso_format(first))
    zone = spec.time_zone
    says = f"'{column.name}' carries no time zone and was taken as {zone}."
    if zoned:
        rest = f"; values without one were taken as {zone}" if zoned < filled else ""
        says = f"'{column.name}' carries a time zone and was turned into UTC{rest}."
    naive = f"CASE WHEN NOT regexp_matches({TEXT}, {literal(ZONED)}) THEN {read} END"
    sql = read if zone == "UTC" else f"coalesce({in_utc(naive, zone)}, {read})"
    return Moments(sql, "iso", says, naive="" if 0 < filled == zoned else naive)


def iso_sql(text: str, usual: str | None = None) -> str:
    """SQL: text as a moment in UTC, null where it is not year-month-day.

    A cast to TIMESTAMP would drop the offset without a word; the zoned type applies it. It would also read 3/4/12 as
    the year 3, and `epoch` as 1970. usual: the format that most values have (`iso_format`), tried first; it changes no
    result and takes a quarter of the time.
    """
    zoned = f"TRY_CAST(replace(replace({text}, ' +', '+'), ' -', '-') AS TIMESTAMPTZ) END AT TIME ZONE 'UTC'"
    whatever = f"CASE WHEN regexp_matches({text}, '^\\d{{4}}[-/]') THEN {zoned}"
    if usual is None:
        return whatever
    return f"coalesce(CASE WHEN {text} LIKE '____-%' THEN try_strptime({text}, {literal(usual)}) END, {whatever})"


def iso_format(example: str) -> str | None:
    """The strptime format of a moment like 2020-01-31T10:00:00.123Z; None if it is another or has an offset."""
    found = ISO.fullmatch(example)
    if not found:
        return None
    between, seconds, fraction, zulu = found.groups()
    if between is None:
        return "%Y-%m-%d"
    return f"%Y-%m-%d{between}%H:%M{':%S' if seconds else ''}{'.%f' if fraction else ''}{zulu or ''}"


def _number(engine: Writer, column: RawColumn, spec: TimeSettings, table: str) -> Moments:
    typical, fractions = engine.rows(
        "SELECT coalesce(median(v), 0), coalesce(avg(CAST(v <> floor(v) AS INTEGER)), 0) "
        f"FROM (SELECT TRY_CAST({present(column)} AS DOUBLE) AS v FROM {table} LIMIT {SAMPLE_ROWS}) WHERE isfinite(v)"
    )[0]
    unit: str | None = spec.timestamp_unit
    doubt = None
    if unit is None:
        for low, high, format in DAY_NUMBERS:
            if low <= typical <= high:
                says = f"'{column.name}' was read as days written like {format}, in {spec.time_zone}."
                written = f"try_strptime({TEXT}, '{format}')"
                return Moments(in_utc(written, spec.time_zone), "number", says, naive=written)
        unit = next((name for low, high, name in UNITS if low <= typical < high), None)
    named = unit_of_name(column.name)  # a timestamp of 45352.7 is a day of Excel's, not a second of 1970
    parts_of_days = fractions > 0.5 and re.search(r"(?i)timestamp|ts$", column.name)
    if unit is None and (not named or parts_of_days) and EXCEL_DAYS[0] <= typical <= EXCEL_DAYS[1]:
        return _excel_days(column, spec.time_zone, typical)
    if unit is None and (unit := named):
        doubt = (
            f"'{column.name}' holds numbers such as {typical:g}, too small for Unix time; by its name they are "
            f"{unit}, counted from 1970-01-01; set timestamp_unit if the unit is another."
        )
    if unit is None:
        raise BadFile(
            f"Column '{column.name}' holds numbers such as {typical:g}, which are no Unix time in any usual unit; map "
            "another column, or set timestamp_unit to seconds, milliseconds, microseconds or nanoseconds."
        )
    micros = f"round(TRY_CAST({column.sql if column.kind != 'text' else TEXT} AS DOUBLE) * {SCALES[unit]})"
    sql = f"CASE WHEN {micros} BETWEEN -2.3e15 AND 7.3e15 THEN make_timestamp(CAST({micros} AS BIGINT)) END"
    return Moments(sql, "number", f"'{column.name}' was read as Unix time in {unit}.", doubt, unit=unit)


def unit_of_name(name: str) -> str | None:
    """The unit of small numbers in a column that is named like a time, as `time_minutes` or `start_timestamp` are."""
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
    if not words or (len(words) > 1 and not {"time", "timestamp", "ts", "elapsed", "offset"} & set(words)):
        return None
    return SHORT_UNITS.get(words[-1], "seconds" if words[-1] in ("time", "timestamp", "ts") else None)


def _excel_days(column: RawColumn, zone: str, typical: float) -> Moments:
    """Days since the end of 1899, as Excel keeps moments; to the millisecond, which is as far as they go."""
    days = f"TRY_CAST({column.sql if column.kind != 'text' else TEXT} AS DOUBLE)"
    millis = f"round(({days} - {EXCEL_1970}) * 86400000)"
    written = f"CASE WHEN {days} BETWEEN 1 AND 109574 THEN make_timestamp(CAST({millis} AS BIGINT) * 1000) END"
    says = f"'{column.name}' was read as Excel's day numbers ({typical:g}), in {zone}."
    return Moments(in_utc(written, zone), "number", says, f"{says} Set timestamp_unit if that is wrong.", naive=written)


def _slashed(engine: Writer, column: RawColumn, spec: TimeSettings, table: str) -> Moments:
    first, second, years, short = engine.rows(
        "SELECT count(*) FILTER (TRY_CAST(p[1] AS INTEGER) > 12), count(*) FILTER (TRY_CAST(p[2] AS INTEGER) > 12), "
        "count(*), count(*) FILTER (length(p[3]) = 2) FROM (SELECT string_split_regex(v, '[/. T-]') AS p "
        f"FROM (SELECT {present(column)} AS v FROM {table}) WHERE regexp_matches(v, {literal(SLASHED)}))"
    )[0]
    dotted = engine.rows(f"SELECT count(*) FROM {table} WHERE {present(column)} LIKE '%.%.%'")[0][0] > years / 2
    day_first = spec.day_first if spec.day_first is not None else first > second or (first == second and dotted)
    order, other = ("day/month/year", "month/day/year") if day_first else ("month/day/year", "day/month/year")
    says, doubt = f"'{column.name}' was read as {order}, in {spec.time_zone}.", None
    if spec.day_first is None and first == second:
        says = f"'{column.name}' was read as {order}, in {spec.time_zone}; the data would also fit {other}."
        doubt = f"{says} Set day_first if that is wrong."
    elif spec.day_first is None and first and second:
        doubt = f"'{column.name}' mixes {order} with {other}: {min(first, second):,} values fit only the latter."
    day = "%d/%m/" if day_first else "%m/%d/"
    formats = [day + ("%y" if short > years / 2 else "%Y") + time for time in TIMES]
    text = f"replace(regexp_replace({TEXT}, '^(\\d+)[/.-](\\d+)[/.-]', '\\1/\\2/'), 'T', ' ')"
    written = _parsed(text, _by_use(engine, column, text, formats, table))
    return Moments(in_utc(written, spec.time_zone), "slashed", says, doubt, naive=written)


def _by_use(engine: Writer, column: RawColumn, text: str, formats: Sequence[str], table: str) -> list[str]:
    """The formats, those of most of the first values in front: each that does not fit costs a value half a microsecond.

    text: SQL in terms of TEXT. No text fits two of the formats with different moments, so the order changes no result.
    """
    tried = ", ".join(f"count(try_strptime({text}, {literal(format)}))" for format in formats)
    fitting = engine.rows(f"SELECT {tried} FROM (SELECT {present(column)} AS {TEXT} FROM {table} LIMIT 200)")[0]
    return [format for _, format in sorted(zip(fitting, formats, strict=True), key=lambda found: -found[0])]


def _worded(engine: Writer, column: RawColumn, spec: TimeSettings, table: str) -> Moments:
    says = f"'{column.name}' is written in words and was taken as {spec.time_zone} where it names no zone."
    return Moments(_worded_sql(TEXT, spec.time_zone), "worded", says, naive=_worded_naive(TEXT))


def _worded_sql(value: str, zone: str = "UTC") -> str:
    said = f"regexp_replace(replace({value}, ',', ''), ' (GMT|UTC|Z)$', ' +0000')"
    zoned = f"{_parsed(said, WORDED_ZONED)} AT TIME ZONE 'UTC'"
    return f"coalesce({in_utc(_worded_naive(value), zone)}, {zoned})"


def _worded_naive(value: str) -> str:
    text = f"regexp_replace(replace({value}, ',', ''), '^(\\d{{4}})年(\\d+)月(\\d+)日', '\\1-\\2-\\3')"
    dated = [date + time for date, time in product((*WORDED, "%Y-%m-%d"), TIMES)]
    return _parsed(text, [*dated, *COMPACT])


def _parsed(text: str, formats: list[str] | tuple[str, ...]) -> str:
    """SQL: text by the first format that fits; the engine would take `epoch` and `infinity` for moments too."""
    listed = ", ".join(literal(format) for format in formats)
    return f"CASE WHEN regexp_matches({text}, '\\d') THEN try_strptime({text}, [{listed}]) END"


WAYS: dict[str, Callable[[Writer, RawColumn, TimeSettings, str], Moments]] = {
    "iso": _iso, "number": _number, "slashed": _slashed, "worded": _worded,
}  # fmt: skip
_TESTS = {
    "iso": f"{iso_sql('v')} IS NOT NULL",
    "number": "isfinite(TRY_CAST(v AS DOUBLE))",
    "slashed": f"regexp_matches(v, {literal(SLASHED)})",
    "worded": f"{_worded_sql('v')} IS NOT NULL",
}
