"""Counts: how many events, and how many of each type."""

from collections.abc import Callable

import ibis.expr.types as ir

from core.events.features.feature import Feature
from core.events.features.subject import Subject


def counts(subject: Subject) -> list[Feature]:
    """All events; those of each frequent type; those of the others together."""
    made = [subject.feature("events", "Events", "Number of events", "events", lambda rows: rows.count(), empty=0)]
    if not subject.has_types:
        return made
    for name, event_type in subject.event_types.items():
        title, words = f"Events: {event_type}", f"Number of '{event_type}' events"
        made.append(subject.feature(f"events_{name}", title, words, "events", _of_type(event_type), empty=0))
    if subject.has_other_types:
        known = list(subject.event_types.values())
        words = f"Number of events of any type but the {len(known)} most frequent ones"
        made.append(
            subject.feature(
                "events_of_other_types", "Events: other types", words, "events",
                lambda rows: rows.count(where=rows.event_type.notin(known)), empty=0,
            )
        )  # fmt: skip
    return made


def _of_type(event_type: str) -> Callable[[ir.Table], ir.Value]:
    return lambda rows: rows.count(where=rows.event_type == event_type)
