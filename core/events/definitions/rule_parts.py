"""Rules put together from what a form holds: one comparison at a time."""

from typing import Literal

from core.errors import BadSpec
from core.events.definitions.rules import ALLOWED, MEMBER, MISSING, All, Comparison, Condition, Either, Rule, Value


def comparisons(kind: str) -> tuple[str, ...]:
    """How a column of this kind can be compared."""
    return (*ALLOWED[kind], *MISSING)


def comparison_of(column: str, kind: str, compare: str, text: str) -> Comparison:
    """A comparison from a text field, where several values are separated by commas. Raises BadSpec."""
    if compare in MISSING:
        return Comparison(column, compare)
    texts = [each.strip() for each in text.split(",")] if compare in MEMBER else [text.strip()]
    if not all(texts):
        raise BadSpec(f"There is nothing to compare '{column}' with; give a value.")
    return Comparison(column, compare, tuple(_value(column, kind, each) for each in texts))


def extended(rule: Rule, test: Comparison, joined: Literal["and", "or"] = "and") -> Rule:
    """The rule with one more comparison."""
    if rule.condition is None:
        return Rule(rule.event_type, test, rule.name)
    kind = All if joined == "and" else Either
    parts: tuple[Condition, ...] = rule.condition.parts if isinstance(rule.condition, kind) else (rule.condition,)
    return Rule(rule.event_type, kind((*parts, test)), rule.name)


def _value(column: str, kind: str, text: str) -> Value:
    if kind == "number":
        try:
            return int(text) if text.lstrip("+-").isdigit() else float(text)
        except ValueError:
            raise BadSpec(f"'{column}' is a number, but '{text}' is none; write it with a dot, as in 12.5.") from None
    if kind == "boolean":
        if text.lower() not in ("true", "false"):
            raise BadSpec(f"'{column}' is true or false, but '{text}' is neither.")
        return text.lower() == "true"
    return text
