"""Dates like 03/04/2024, which may be 3 April or March 4: an example to ask with."""

from dataclasses import dataclass
from datetime import date

from core.events.reading.gather import RawColumn
from core.events.reading.moments import SLASHED, present
from core.storage.engine import Writer, literal


@dataclass(frozen=True)
class DayOrders:
    """value: as written; day_first, month_first: what it means in either order, in words; likely_day_first: what an
    import takes that is not told."""

    value: str
    day_first: str
    month_first: str
    likely_day_first: bool


def day_orders(engine: Writer, column: RawColumn) -> DayOrders | None:
    """An example where both orders fit all (or equally many) of the values in `raw`; None if the data tell."""
    first, second, example = engine.rows(
        "SELECT count(*) FILTER (TRY_CAST(p[1] AS INTEGER) > 12), count(*) FILTER (TRY_CAST(p[2] AS INTEGER) > 12), "
        "first(v) FILTER (TRY_CAST(p[1] AS INTEGER) BETWEEN 1 AND 12 AND TRY_CAST(p[2] AS INTEGER) BETWEEN 1 AND 12 "
        "AND TRY_CAST(p[1] AS INTEGER) <> TRY_CAST(p[2] AS INTEGER)) "
        "FROM (SELECT v, string_split_regex(v, '[/. T-]') AS p "
        f"FROM (SELECT {present(column)} AS v FROM raw) WHERE regexp_matches(v, {literal(SLASHED)}))"
    )[0]
    if first != second or example is None:
        return None
    one, other, year = (int(part) for part in _parts(example))
    return DayOrders(example[:40], _in_words(other, one, year), _in_words(one, other, year), "." in example)


def _parts(value: str) -> list[str]:
    separator = next(sign for sign in "/.-" if sign in value)
    first, second, rest = value.split(separator, 2)
    return [first, second, rest[:4].split(" ")[0].split("T")[0]]


def _in_words(month: int, day: int, year: int) -> str:
    return f"{day} {date(2000, month, 1):%B} {year if year > 99 else 2000 + year}"
