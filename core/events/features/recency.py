"""Recency: how long ago the last event was, and the last one of each type."""

from collections.abc import Callable

import ibis.expr.types as ir

from core.events.features.feature import AGO, DAY_US, Feature
from core.events.features.subject import Subject


def recency(subject: Subject) -> list[Feature]:
    """Days since the last event, and since the last one of each frequent type; null where there was none."""
    made = [
        subject.feature(
            "days_since_last", "Days since the last event", "Days from the last event to the moment; null without one",
            "days", lambda rows: rows[AGO].min() / DAY_US,
        )
    ]  # fmt: skip
    if subject.has_types:
        for name, event_type in subject.event_types.items():
            title = f"Days since the last: {event_type}"
            words = f"Days from the last '{event_type}' event to the moment; null without one"
            made.append(subject.feature(f"days_since_{name}", title, words, "days", _since(event_type)))
    return made


def _since(event_type: str) -> Callable[[ir.Table], ir.Value]:
    return lambda rows: rows[AGO].min(where=rows.event_type == event_type) / DAY_US
