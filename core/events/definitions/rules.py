"""Event rules: which events are meant. `purchase where value > 50 and country = 'DE'` is one, an event type another.

A rule is data: it is read from text (rule_text.py), written back as the same text, and turned into an Ibis condition
whose values are literals. Comparing a missing value is neither true nor false, so such an event does not match, not
even under `not`; `is missing` asks for it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import ibis
import ibis.expr.types as ir

from core.errors import BadSpec
from core.events.columns import (
    EVENT_TYPE,
    GAP_SECONDS,
    HISTORY_POSITION,
    ITEM_ID,
    OPTIONAL_COLUMNS,
    SESSION_POSITION,
    TIMESTAMP,
    USER_ID,
)
from core.near import near

Value = str | float | bool  # a number is an int where it was written as one
EQUAL: Final = ("=", "!=")
ORDER: Final = ("<", "<=", ">", ">=")
MEMBER: Final = ("in", "not in")
MISSING: Final = ("is missing", "is not missing")
PARTS: Final = ("contains", "starts with")
COMPARISONS: Final = (*EQUAL, *ORDER, *MEMBER, *MISSING, *PARTS)
# Which comparisons a kind of column allows; being missing can be asked of all.
ALLOWED: Final = {
    "text": (*EQUAL, *MEMBER, *PARTS),
    "number": (*EQUAL, *ORDER, *MEMBER),
    "time": (*EQUAL, *ORDER, *MEMBER),
    "boolean": EQUAL,
}
BARE: Final = re.compile(r"[^\W\d][\w.-]*")  # a name that needs no backticks
KEYWORDS: Final = frozenset(
    ("where", "as", "and", "or", "not", "in", "is", "missing", "contains", "starts", "with", "true", "false")
)
# What every log can be asked about, besides its optional columns and attributes. Nothing of an event's future.
FIXED_KINDS: Final = {
    USER_ID: "text", ITEM_ID: "text", EVENT_TYPE: "text", TIMESTAMP: "time", HISTORY_POSITION: "number",
    SESSION_POSITION: "number", GAP_SECONDS: "number",
}  # fmt: skip
TEXT_COLUMNS: Final = ("text", "arm")


@dataclass(frozen=True)
class Comparison:
    """One column compared: values is empty for `is missing`, has one value for most and at least one for `in`."""

    column: str
    compare: str
    values: tuple[Value, ...] = ()

    def plain(self) -> str:
        shown = [_value(value) for value in self.values]
        listed = f"({', '.join(shown)})" if self.compare in MEMBER else "".join(shown)
        return f"{quoted_name(self.column)} {self.compare} {listed}".rstrip()


@dataclass(frozen=True)
class Not:
    """The opposite of a condition."""

    part: "Condition"

    def plain(self) -> str:
        return f"not {_bracketed(self.part, All, Either)}"


@dataclass(frozen=True)
class All:
    """Two or more conditions that must all hold."""

    parts: "tuple[Condition, ...]"

    def plain(self) -> str:
        return " and ".join(_bracketed(part, All, Either) for part in self.parts)


@dataclass(frozen=True)
class Either:
    """Two or more conditions of which one must hold."""

    parts: "tuple[Condition, ...]"

    def plain(self) -> str:
        return " or ".join(_bracketed(part, Either) for part in self.parts)


Condition = Comparison | Not | All | Either


@dataclass(frozen=True)
class Rule:
    """event_type: null for any event. name: what people call it, carried along so that figures can say it."""

    event_type: str | None
    condition: Condition | None = None
    name: str | None = None

    def plain(self) -> str:
        """The rule as text; reading it gives this rule again."""
        event = "any event" if self.event_type is None else quoted_name(self.event_type)
        where = f" where {self.condition.plain()}" if self.condition else ""
        return f"{event}{where}{f' as {quoted_name(self.name)}' if self.name else ''}"

    def unnamed(self) -> "Rule":
        """What it matches, whatever it is called."""
        return replace(self, name=None)

    @property
    def only_type(self) -> str | None:
        """The event type, if the rule is nothing but one: then roll-ups can answer."""
        return None if self.condition else self.event_type

    def check(self, kinds: Mapping[str, str]) -> None:
        """Raise BadSpec if a column is not among `kinds` ({column: text|number|boolean|time}) or of the wrong kind."""
        for test in _tests(self.condition):
            _check(test, kinds)

    def matches(self, table: ir.Table) -> ir.BooleanValue:
        """Whether each row of a table with the columns of `events` is meant; never null. Raises BadSpec as `check`."""
        self.check(_kinds_of_columns(table))
        matched = ibis.literal(True) if self.event_type is None else table.event_type == self.event_type
        if self.condition is None:
            return matched
        return matched & _expression(self.condition, table).fill_null(False)


def kinds_of(manifest: Mapping[str, Any]) -> dict[str, str]:
    """{column that a rule may ask about: text|number|boolean|time}, from a manifest alone."""
    optional = {
        column: "text" if column in TEXT_COLUMNS else "number"
        for column in OPTIONAL_COLUMNS
        if column in manifest["columns"]
    }
    return {**FIXED_KINDS, **optional, **{str(a["column"]): str(a["kind"]) for a in manifest["attributes"]}}


def quoted_name(name: str) -> str:
    """A name as a rule writes it: in backticks where it is not one plain word."""
    plain = BARE.fullmatch(name) and name.lower() not in KEYWORDS
    return name if plain else "`" + name.replace("`", "``") + "`"


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def _bracketed(part: Condition, *loose: type) -> str:
    return f"({part.plain()})" if isinstance(part, loose) else part.plain()


def _tests(condition: Condition | None) -> Iterator[Comparison]:
    if isinstance(condition, Comparison):
        yield condition
    elif isinstance(condition, Not):
        yield from _tests(condition.part)
    elif condition is not None:
        for part in condition.parts:
            yield from _tests(part)


def _check(test: Comparison, kinds: Mapping[str, str]) -> None:
    if test.column not in kinds:
        raise BadSpec(f"There is no column '{test.column}' to ask about; {near(test.column, list(kinds))}.")
    kind = kinds[test.column]
    if test.compare in MISSING:
        return
    if test.compare not in ALLOWED[kind]:
        raise BadSpec(
            f"'{test.column}' is a {kind}, which '{test.compare}' cannot compare; use one of "
            f"{', '.join((*ALLOWED[kind], *MISSING))}."
        )
    for value in test.values:
        _check_value(test.column, kind, value)


def _check_value(column: str, kind: str, value: Value) -> None:
    given = "boolean" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"
    if kind == "time" and given == "text":
        _moment(column, str(value))
    elif kind != given:
        wanted = {
            "text": f"write it in quotes, as in {column} = 'abc'",
            "number": f"write a number without quotes, as in {column} = 50",
            "time": f"write a date in quotes, as in {column} >= '2026-01-31'",
            "boolean": f"write true or false, as in {column} = true",
        }[kind]
        raise BadSpec(f"'{column}' is a {kind}, but {_value(value)} is a {given}; {wanted}.")


def _moment(column: str, text: str) -> datetime:
    """A date or moment as UTC without a zone."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadSpec(
            f"'{column}' is a time, but '{text}' is no date; write it as '2026-01-31' or '2026-01-31T18:00:00Z'."
        ) from None
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _kinds_of_columns(table: ir.Table) -> dict[str, str]:
    return {name: _kind(kind) for name, kind in table.schema().items()}


def _kind(kind: Any) -> str:
    if kind.is_boolean():
        return "boolean"
    if kind.is_numeric():
        return "number"
    return "time" if kind.is_temporal() else "text"


def _expression(condition: Condition, table: ir.Table) -> ir.BooleanValue:
    if isinstance(condition, Comparison):
        return _test(condition, table[condition.column])
    if isinstance(condition, Not):
        return ~_expression(condition.part, table)
    joined = _expression(condition.parts[0], table)
    for part in condition.parts[1:]:
        found = _expression(part, table)
        joined = joined & found if isinstance(condition, All) else joined | found
    return joined


def _test(test: Comparison, column: ir.Value) -> ir.BooleanValue:
    is_time = column.type().is_temporal()
    values = [
        ibis.literal(_moment(test.column, value) if is_time and isinstance(value, str) else value)
        for value in test.values
    ]
    return {
        "=": lambda: column == values[0],
        "!=": lambda: column != values[0],
        "<": lambda: column < values[0],
        "<=": lambda: column <= values[0],
        ">": lambda: column > values[0],
        ">=": lambda: column >= values[0],
        "in": lambda: column.isin(values),
        "not in": lambda: column.notin(values),
        "is missing": column.isnull,
        "is not missing": column.notnull,
        "contains": lambda: column.contains(values[0]),
        "starts with": lambda: column.startswith(values[0]),
    }[test.compare]()
