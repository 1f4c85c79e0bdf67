"""Place: where the user was last, in how many places, and how far they went; events without a place do not count."""

from collections.abc import Callable
from typing import Final

import ibis.expr.types as ir

from core.events.features.feature import KM, Feature, latest
from core.events.features.subject import Subject

CELLS_PER_DEGREE: Final = 100  # a cell is 0.01 degrees, about 1.1 km from north to south


def place(subject: Subject) -> list[Feature]:
    """The last place, distinct cells, and the sum of great-circle distances from place to place."""
    if not subject.has_places:
        return []
    return [
        *(
            subject.feature(
                f"last_{name}", f"Last {name}", f"{name.capitalize()} of the last event with a place", "degrees",
                _latest(name), over="places",
            )
            for name in ("latitude", "longitude")
        ),
        subject.feature(
            "places", "Distinct places", "Number of different cells of 0.01 degrees with an event", "places",
            lambda rows: _cell(rows).nunique(), over="places", empty=0,
        ),
        subject.feature(
            "distance_km", "Distance travelled", "Sum of the distances (as the crow flies) from place to place of the "
            "events with a place", "km", lambda rows: rows[KM].sum().fill_null(0.0), over="places", empty=0.0,
        ),
    ]  # fmt: skip


def _latest(column: str) -> Callable[[ir.Table], ir.Value]:
    return lambda rows: latest(rows[column], rows)


def _cell(rows: ir.Table) -> ir.IntegerValue:
    north, east = ((rows[name] * CELLS_PER_DEGREE).floor().cast("int64") for name in ("latitude", "longitude"))
    return north * 100_000 + east
