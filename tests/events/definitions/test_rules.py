"""Event rules: text and back, refused with the place and the fix, and equal to plain Python over the rows."""

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import BadSpec
from core.events.definitions.rule_parts import comparison_of, extended
from core.events.definitions.rule_text import read_rule
from core.events.definitions.rules import (
    COMPARISONS,
    MEMBER,
    MISSING,
    All,
    Comparison,
    Condition,
    Either,
    Not,
    Rule,
    kinds_of,
)
from core.storage.engine import Log

NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8).filter(
    lambda text: text.strip() != ""
)
VALUES = st.one_of(
    st.text(max_size=8), st.booleans(), st.integers(-(2**61), 2**61), st.floats(allow_nan=False, allow_infinity=False)
)


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    compare = draw(st.sampled_from(COMPARISONS))
    size = 0 if compare in MISSING else 1
    values = draw(st.lists(VALUES, min_size=size, max_size=3 if compare in MEMBER else size))
    return Comparison(draw(NAMES), compare, tuple(values))


def conditions(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Condition]:
    parts = lambda inner: st.lists(inner, min_size=2, max_size=3).map(tuple)  # noqa: E731
    return st.recursive(
        leaves,
        lambda inner: st.one_of(inner.map(Not), parts(inner).map(All), parts(inner).map(Either)),
        max_leaves=6,
    )


@given(st.none() | NAMES, st.none() | conditions(comparisons()), st.none() | NAMES)
def test_a_rule_written_and_read_again_is_the_same(
    event_type: str | None, condition: Condition | None, name: str | None
) -> None:
    rule = Rule(event_type, condition, name)
    assert read_rule(rule.plain()) == rule


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("purchase WHERE value>50 AND country='DE'", "purchase where value > 50 and country = 'DE'"),
        ("'add to cart'", "`add to cart`"),
        ('"add to cart" where a <> 1', "`add to cart` where a != 1"),
        ("Any Event where a in (1,2) or not b is missing", "any event where a in (1, 2) or not b is missing"),
        ("x where a = 1 and (b = 2 or c = 3)", "x where a = 1 and (b = 2 or c = 3)"),
        ("x where (a = 1 and b = 2) or c = 3", "x where a = 1 and b = 2 or c = 3"),
        ("x where c not in ('a', 'it''s') as big", "x where c not in ('a', 'it''s') as big"),
    ],
)
def test_there_is_one_way_to_write_a_rule(text: str, plain: str) -> None:
    assert read_rule(text).plain() == plain


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "at character 1: the end; expected an event type"),
        ("add to cart", "at character 5: 'to'; expected where, as, or the end"),
        ("x where", "at character 8: the end; expected a column"),
        ("x where value >", "at character 16: the end; expected 'text' in single quotes"),
        ("x where value = 'abc", "expected the closing '"),
        ("x where (a = 1", "expected and, or, or a closing bracket"),
        ("x where a = 1 b = 2", "at character 15: 'b'; expected and, or, as, or the end"),
        ("x where a in ()", "at character 15"),
        ("x where a = 1e999", "a smaller number"),
        ("x where a = b", "at character 13: 'b'"),
        ("x; drop table events", "at character 2"),
        ("x where " + "(" * 60 + "a = 1" + ")" * 60, "more than 50 brackets"),
        ("x where a = '" + "y" * 5_000 + "'", "4,000 characters"),
    ],
)
def test_what_is_no_rule_is_refused_with_the_place_and_what_was_expected(text: str, says: str) -> None:
    with pytest.raises(BadSpec) as caught:
        read_rule(text)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("buy where contry = 'DE'", "There is no column 'contry' to ask about; did you mean country"),
        ("buy where value > '50'", "'value' is a number, but '50' is a text; write a number without quotes"),
        ("buy where country = 5", "'country' is a text, but 5 is a number; write it in quotes"),
        ("buy where country > 'DE'", "'country' is a text, which '>' cannot compare"),
        ("buy where value contains '5'", "which 'contains' cannot compare"),
        ("buy where timestamp > 'soon'", "'soon' is no date"),
        ("buy where vip = 1", "write true or false"),
        ("buy where next_event_type = 'buy'", "There is no column 'next_event_type'"),
    ],
)
def test_what_does_not_fit_the_log_is_refused_with_the_fix(log: Log, text: str, says: str) -> None:
    with pytest.raises(BadSpec) as caught:
        read_rule(text).check(kinds_of(log.manifest))
    assert says in str(caught.value)


def test_a_missing_value_matches_no_comparison_not_even_its_opposite(log: Log) -> None:
    # Ten events; the price is missing in three of them, above 20 in four, and below in the other three.
    assert matched(log, "any event where value > 20") == 4
    assert matched(log, "any event where not value > 20") == 3
    assert matched(log, "any event where value is missing") == 3


def matched(log: Log, text: str) -> int:
    table = log.table()
    return len(log.fetch(table.filter(read_rule(text).matches(table)).select("event_id")))


LEAVES = st.one_of(
    st.builds(Comparison, st.just("value"), st.sampled_from(("=", "!=", "<", "<=", ">", ">=")),
              st.tuples(st.sampled_from((-3, 10, 50, 50.5, 60.0)))),
    st.builds(Comparison, st.just("value"), st.sampled_from(MEMBER), st.sampled_from(((-3,), (10, 50.5)))),
    st.builds(Comparison, st.just("country"), st.sampled_from(("=", "!=", "contains", "starts with")),
              st.tuples(st.sampled_from(("DE", "F", "O'Hara", "%", "_", "")))),
    st.builds(Comparison, st.just("country"), st.sampled_from(MEMBER), st.sampled_from((("DE",), ("FR", "xx")))),
    st.builds(Comparison, st.sampled_from(("value", "country", "vip", "due")), st.sampled_from(MISSING)),
    st.builds(Comparison, st.just("vip"), st.sampled_from(("=", "!=")), st.tuples(st.booleans())),
    st.builds(Comparison, st.just("timestamp"), st.sampled_from(("<", ">=", "=")),
              st.tuples(st.sampled_from(("2023-03-05T10:00:00Z", "2023-03-03", "2023-03-05T11:00:00+01:00")))),
    st.builds(Comparison, st.just("event_type"), st.sampled_from(MEMBER), st.just(("buy", "add to cart"))),
)  # fmt: skip


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from((None, "buy", "view", "add to cart")), conditions(LEAVES))
def test_a_rule_means_the_rows_that_plain_python_finds(log: Log, event_type: str | None, condition: Condition) -> None:
    rule = Rule(event_type, condition)
    table = log.table()
    found = log.fetch(table.filter(rule.matches(table)).select("event_id"))["event_id"]
    rows = log.fetch(table)
    expected = [
        row["event_id"]
        for row in rows.to_dict("records")
        if event_type in (None, row["event_type"]) and holds(condition, row) is True
    ]
    assert sorted(found) == sorted(expected)


def holds(condition: Condition, row: dict[str, Any]) -> bool | None:
    """Three-valued logic (Kleene), written out: None is unknown."""
    if isinstance(condition, Not):
        inner = holds(condition.part, row)
        return None if inner is None else not inner
    if isinstance(condition, All):
        parts = [holds(part, row) for part in condition.parts]
        return False if False in parts else None if None in parts else True
    if isinstance(condition, Either):
        parts = [holds(part, row) for part in condition.parts]
        return True if True in parts else None if None in parts else False
    value = row[condition.column]
    if condition.compare in MISSING:
        return bool(pd.isna(value)) == (condition.compare == "is missing")
    if pd.isna(value):
        return None
    values = [_utc(each) if condition.column == "timestamp" else each for each in condition.values]
    first = values[0]
    return bool(
        {
            "=": lambda: value == first, "!=": lambda: value != first, "<": lambda: value < first,
            "<=": lambda: value <= first, ">": lambda: value > first, ">=": lambda: value >= first,
            "in": lambda: value in values, "not in": lambda: value not in values,
            "contains": lambda: first in value, "starts with": lambda: value.startswith(first),
        }[condition.compare]()
    )  # fmt: skip


def _utc(text: Any) -> datetime:
    moment = datetime.fromisoformat(str(text))
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def test_a_form_adds_one_comparison_at_a_time() -> None:
    rule = extended(Rule("buy"), comparison_of("value", "number", ">", "50"))
    rule = extended(rule, comparison_of("country", "text", "in", "DE, FR"))
    assert rule.plain() == "buy where value > 50 and country in ('DE', 'FR')"
    assert extended(rule, comparison_of("vip", "boolean", "=", "True"), "or").plain().endswith("or vip = true")
    with pytest.raises(BadSpec, match="'fifty' is none"):
        comparison_of("value", "number", ">", "fifty")
    with pytest.raises(BadSpec, match="give a value"):
        comparison_of("value", "number", "in", "5,,6")
