"""Last types: what the user did last, and before that."""

from collections.abc import Callable
from typing import Final

import ibis.expr.types as ir

from core.events.features.feature import Feature, latest_few
from core.events.features.subject import Subject

HOW_MANY: Final = 3
PLACES: Final = ("last", "second to last", "third to last")


def last_types(subject: Subject) -> list[Feature]:
    """The event types of the last three events, the last first."""
    if not subject.has_types:
        return []
    return [
        subject.feature(
            f"last_type_{place + 1}", f"Type of the {PLACES[place]} event", f"Event type of the {PLACES[place]} event",
            "event type", _type_at(place), kind="text",
        )
        for place in range(HOW_MANY)
    ]  # fmt: skip


def _type_at(place: int) -> Callable[[ir.Table], ir.Value]:
    return lambda rows: latest_few(rows.event_type, rows, HOW_MANY)[place]
