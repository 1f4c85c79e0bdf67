"""Feature: a number (or a word) that describes a user's history at a moment, from what lies strictly before it.

A feature is an aggregate over one of three tables, each with the user (`user_id`) and the moment (MOMENT):

    history   one row per event of the user in the lookback; AGO: microseconds from the event to the moment, CLOCK: its
              local time
    places    the same for events with a place; KM: the distance from the place before it, null for the first
    began     one row; `first_us`: the user's first event in the log
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

import ibis
import ibis.expr.types as ir

Table = Literal["history", "places", "began"]
Kind = Literal["number", "text", "boolean", "time"]
DAY_US: Final = 86_400 * 1_000_000
HOUR: Final = "hour of day"  # a unit that goes around
# Columns of ours; the space keeps them apart from a log's attributes.
MOMENT, AGO, CLOCK, KM = "moment us", "ago us", "local time", "km travelled"


@dataclass(frozen=True)
class Feature:
    """One feature of one log.

    name: safe and unique; words: its definition, with its window; measure: the aggregate over a table of the kind
    `over`; empty: its value where the table has no row, null unless it says otherwise; lookback_days: its window,
    null for the whole history.
    """

    name: str
    title: str
    words: str
    unit: str
    measure: Callable[[ir.Table], ir.Value]
    lookback_days: float | None
    family: str = ""
    kind: Kind = "number"
    over: Table = "history"
    empty: int | float | None = None

    def plain(self) -> dict[str, Any]:
        """What is said of it, JSON-ready; without its expression."""
        return {name: getattr(self, name) for name in ("name", "title", "family", "kind", "unit", "words")}


def days(lookback_days: float | None) -> str:
    """The window as the end of a sentence: in the 28 days before the moment."""
    if lookback_days is None:
        return "in the whole history before the moment"
    if lookback_days == 1:
        return "in the day before the moment"
    return f"in the {lookback_days:g} days before the moment"


def latest(value: ir.Value, rows: ir.Table, where: ir.BooleanValue | None = None) -> ir.Value:
    """The value of the latest row that has one; of rows at the same time, the one that was logged last."""
    known = value.notnull() if where is None else value.notnull() & where
    return _arg_max(str(value.type()))(value, rows.history_position, where=known)


def entropy(value: ir.Value) -> ir.FloatingValue:
    """Shannon entropy in bits of the shares of a column's values; nulls do not count, 0 if there are no values."""
    return _entropy(value)


def latest_few(value: ir.Value, rows: ir.Table, how_many: int) -> ir.ArrayValue:
    """The values of the latest rows, the latest first; fewer where there are fewer rows."""
    return _arg_max_few(value, rows.history_position, how_many)


def _builtin(stub: Callable[..., None], name: str, takes: tuple[str, ...], gives: str) -> Any:
    """An aggregate of DuckDB's own; the stub only says how many arguments it takes."""
    return ibis.udf.agg.builtin(stub, name=name, signature=(takes, gives))


@lru_cache(maxsize=32)
def _arg_max(kind: str) -> Any:
    """Not Ibis's argmax, which is written as a sort of every group."""
    return _builtin(lambda value, by: None, "arg_max", (kind, "int64"), kind)


_arg_max_few = _builtin(lambda value, by, n: None, "arg_max", ("string", "int64", "int64"), "array<string>")
_entropy = _builtin(lambda value: None, "entropy", ("string",), "float64")
