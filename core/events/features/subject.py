"""What a family of features is asked about: a log's columns and event types, the lookback, and how to name things."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import ibis.expr.types as ir

from core.events.columns import ITEM_ID, LATITUDE, LONGITUDE, VALUE
from core.events.features.feature import Feature, Kind, Table, days
from core.events.reading.attributes import safe_names
from core.storage.engine import Log

COUNTED_EVENT_TYPES: Final = 12  # the most frequent ones get features of their own, the rest share one


@dataclass(frozen=True)
class Subject:
    """A log as families see it; lookback_days: null for the whole history before the moment."""

    log: Log
    lookback_days: float | None
    family: str = ""

    @property
    def window(self) -> str:
        """The end of every definition."""
        return days(self.lookback_days)

    @property
    def event_types(self) -> dict[str, str]:
        """{safe name: event type} of the most frequent ones."""
        types = [str(entry["event_type"]) for entry in self.log.manifest["event_types"]]
        return dict(zip(safe_names(types[:COUNTED_EVENT_TYPES]), types, strict=False))

    @property
    def has_other_types(self) -> bool:
        """Whether there are event types beyond those."""
        return len(self.log.manifest["event_types"]) > COUNTED_EVENT_TYPES

    @property
    def has_types(self) -> bool:
        """Whether events differ in type at all."""
        return len(self.log.manifest["event_types"]) > 1

    @property
    def has_items(self) -> bool:
        """Whether any event names an item."""
        return ITEM_ID in self.log.columns() and bool(self.log.manifest["items"])

    @property
    def has_value(self) -> bool:
        """Whether events carry a value."""
        return VALUE in self.log.columns()

    @property
    def has_places(self) -> bool:
        """Whether events carry a place."""
        return {LATITUDE, LONGITUDE} <= set(self.log.columns())

    def feature(
        self, name: str, title: str, words: str, unit: str, measure: Callable[[ir.Table], ir.Value], *,
        kind: Kind = "number", over: Table = "history", empty: int | float | None = None,
    ) -> Feature:  # fmt: skip
        """A feature of this family with this lookback; `words` is completed by the window."""
        whole = over == "began"
        text = f"{words}." if whole else f"{words} {self.window}."
        return Feature(
            name, title, text, unit, measure, None if whole else self.lookback_days, self.family, kind, over, empty
        )
