"""A log under examination: what several checks ask of it, each asked once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from core.events.columns import EVENT_ID, EVENT_TYPE, ITEM_ID, OPTIONAL_COLUMNS, TIMESTAMP, USER_ID
from core.events.quality.finding import percent
from core.events.quality.quality_spec import QualitySpec
from core.storage.engine import Log, quoted
from core.storage.workspace import Workspace

EXAMPLES = 3
CHARACTERS = 120  # of a value that is shown as an example


@dataclass(frozen=True)
class Subject:
    """The log, the thresholds, and the workspace (for what lies beside the log: rejects, earlier versions)."""

    workspace: Workspace
    log: Log
    spec: QualitySpec

    @property
    def manifest(self) -> dict[str, Any]:
        return self.log.manifest

    @property
    def events(self) -> int:
        return int(self.manifest["events"])

    @cached_property
    def types(self) -> dict[str, int]:
        """Events by event type, the most frequent first."""
        return {str(entry["event_type"]): int(entry["events"]) for entry in self.manifest["event_types"]}

    @cached_property
    def attributes(self) -> dict[str, str]:
        """Kind (text, number, boolean, time) by attribute."""
        return {str(entry["column"]): str(entry["kind"]) for entry in self.manifest["attributes"]}

    @cached_property
    def columns(self) -> list[str]:
        """What the analyst brought, besides user, type and time: item, optional roles, attributes."""
        return [ITEM_ID, *self.optional, *self.attributes]

    @cached_property
    def optional(self) -> list[str]:
        """Of the optional roles those that the log has."""
        held = set(self.log.columns())
        return [name for name in OPTIONAL_COLUMNS if name in held]

    @cached_property
    def hourly(self) -> "pd.Series[float]":
        """Events per hour from the first to the last hour, empty hours included."""
        rows = self.log.fetch_sql("SELECT hour, CAST(sum(events) AS DOUBLE) AS events FROM hours GROUP BY hour")
        counts = rows.set_index("hour")["events"].sort_index()
        every = pd.date_range(counts.index[0], counts.index[-1], freq="h")
        return counts.reindex(every, fill_value=0.0)

    @cached_property
    def daily(self) -> "pd.Series[float]":
        """Events per day from the first to the last day."""
        return self.hourly.resample("D").sum()

    def records(self, statement: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """The rows of a query."""
        rows: list[dict[Any, Any]] = self.log.fetch_sql(statement, values).to_dict("records")
        return [{str(name): value for name, value in row.items()} for row in rows]

    def row(self, statement: str, values: Sequence[Any] = ()) -> dict[str, Any]:
        """The one row of a query."""
        return self.records(statement, values)[0]

    def number(self, statement: str, values: Sequence[Any] = ()) -> float:
        """The one number of a query; 0 for null."""
        (found,) = self.row(statement, values).values()
        return 0.0 if pd.isna(found) else float(found)

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """The rows of a query as examples."""
        return [{key: shown(value) for key, value in row.items()} for row in self.records(statement, values)]

    def examples(
        self, where: str, values: Sequence[Any] = (), *, also: Sequence[str] = ()
    ) -> tuple[dict[str, Any], ...]:
        """The first three events for which `where` (SQL over `events`) holds, with the columns `also`."""
        names = ", ".join(quoted(name) for name in dict.fromkeys((EVENT_ID, USER_ID, EVENT_TYPE, TIMESTAMP, *also)))
        return tuple(self.rows(f"SELECT {names} FROM events WHERE {where} ORDER BY event_id LIMIT {EXAMPLES}", values))

    def severity(self, share: float) -> str:
        """warning from `warning_share` on, info below it."""
        return "warning" if share >= self.spec.warning_share else "info"

    def of_events(self, count: float) -> str:
        """'12 of 3,400 events (0.4 %)'."""
        return f"{int(count):,} of {self.events:,} events ({percent(count / self.events)})"


def shown(value: Any) -> Any:
    """A value as an example shows it: plain, long text cut with a mark."""
    if isinstance(value, str):
        return value if len(value) <= CHARACTERS else value[: CHARACTERS - 1] + "…"
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return value.item() if isinstance(value, np.generic) else value
