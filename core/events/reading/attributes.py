"""Columns without a role become attributes: a safe stored name, and a kind that its values allow."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.events.columns import EVENT_COLUMNS, ROLES
from core.events.reading.gather import RawColumn
from core.events.reading.moments import ZONED, iso_sql, present, unless
from core.events.reading.profiles import TESTS, Profile
from core.events.reading.zones import UTC, in_utc
from core.storage.engine import Writer, literal

TAKEN = frozenset((*EVENT_COLUMNS, *ROLES))
MAX_NAME = 60
BATCH = 40  # columns asked about in one query; planning time grows faster than their number
ID_NAME = re.compile(r"(?:^|[^A-Za-z0-9])(?i:id)$|[a-z0-9](?:Id|ID)$")
TEXT_MISSING = ("", "NULL", "null", "None", "NaN", "nan", "NaT", "\\N", "<NA>")  # not NA: it may be Namibia


@dataclass(frozen=True)
class Attribute:
    """stored: its column in `events`; kind: text, number, boolean or time; sql: its value in terms of `raw`."""

    column: RawColumn
    stored: str
    kind: str
    sql: str


def safe_names(names: Iterable[str]) -> tuple[str, ...]:
    """One stored name per column: lower case letters, digits and `_`, unique, none of the fixed names."""
    given: list[str] = []
    for place, name in enumerate(names, 1):
        stem = _slug(name) or f"column_{place}"
        stem = f"attribute_{stem}" if stem in TAKEN or stem[0].isdigit() else stem
        choice, number = stem, 2
        while choice in given or choice in TAKEN:
            choice, number = f"{stem}_{number}", number + 1
        given.append(choice)
    return tuple(given)


def attributes_of(engine: Writer, profiles: Sequence[Profile], zone: str) -> tuple[Attribute, ...]:
    """The attributes for these columns. A text column is a number (or boolean, or time) only if all its values are.

    zone: in which times without a zone were written; days without a time of day stay the days they are.
    """
    names = safe_names(profile.column.name for profile in profiles)
    guesses = [_guess(profile) for profile in profiles]
    kept = _holding(engine, [(p.column, g) for p, g in zip(profiles, guesses, strict=True) if p.column.kind == "text"])
    return tuple(
        _attribute(profile, name, guess if profile.column.kind != "text" or profile.column in kept else "text", zone)
        for profile, name, guess in zip(profiles, names, guesses, strict=True)
    )


def label(column: RawColumn) -> str:
    """SQL: a column's value as text, trimmed, null where it is missing."""
    return column.sql if column.tidy else unless(f"CAST({column.sql} AS VARCHAR)", TEXT_MISSING)


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", plain)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")[:MAX_NAME].strip("_")


def _guess(profile: Profile) -> str:
    """The kind that the sample allows: integers, numbers, booleans, moments or text."""
    kind = profile.column.kind
    if ID_NAME.search(profile.column.name.strip()):
        return "text"  # an id is a label, even when written in digits
    if kind != "text":
        return {"integer": "integers", "decimal": "numbers", "boolean": "booleans", "other": "text"}.get(
            kind, "moments"
        )
    if profile.leading_zeros:
        return "text"
    return next(
        (name for name in ("integers", "numbers", "booleans", "moments") if profile.all(getattr(profile, name))), "text"
    )


def _holding(engine: Writer, guesses: Sequence[tuple[RawColumn, str]]) -> set[RawColumn]:
    """The text columns whose guess holds for every row, not only the sample."""
    asked = [(column, guess) for column, guess in guesses if guess != "text"]
    held: set[RawColumn] = set()
    for start in range(0, len(asked), BATCH):
        batch = asked[start : start + BATCH]
        tests = ", ".join(
            f"count(*) FILTER ({present(column)} IS NOT NULL "
            f"AND NOT coalesce({TESTS[guess](f'trim({column.sql})')}, false))"
            for column, guess in batch
        )
        bad = engine.rows(f"SELECT {tests} FROM raw")[0]
        held |= {column for (column, _), failures in zip(batch, bad, strict=True) if not failures}
    return held


def _attribute(profile: Profile, stored: str, guess: str, zone: str) -> Attribute:
    column = profile.column
    value = label(column) if column.kind == "text" else column.sql
    sql, kind = {
        "integers": (f"TRY_CAST({value} AS BIGINT)", "number"),
        "numbers": (f"CASE WHEN isfinite(TRY_CAST({value} AS DOUBLE)) THEN TRY_CAST({value} AS DOUBLE) END", "number"),
        "booleans": (f"TRY_CAST({value} AS BOOLEAN)", "boolean"),
        "moments": (_moment(column, value, UTC if profile.all(profile.days) else zone), "time"),
        "text": (label(column), "text"),
    }[guess]
    return Attribute(column, stored, kind, sql)


def _moment(column: RawColumn, value: str, zone: str) -> str:
    if column.kind == "text":
        read = iso_sql(value)
        naive = f"CASE WHEN NOT regexp_matches({value}, {literal(ZONED)}) THEN {read} END"
        return read if zone == UTC else f"coalesce({in_utc(naive, zone)}, {read})"
    if column.kind == "zoned moment":
        return f"{value} AT TIME ZONE 'UTC'"
    return in_utc(f"TRY_CAST({value} AS TIMESTAMP)", zone)
