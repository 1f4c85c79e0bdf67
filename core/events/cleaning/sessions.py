"""Sessions: where one ends and the next begins, by silence, by a column, or by an event that starts one."""

from dataclasses import replace
from typing import Literal

from pydantic import model_validator

from core.errors import BadSpec
from core.events.cleaning.edits import add_attribute, check_columns
from core.events.cleaning.step import Cleaned, StepSettings, asked
from core.events.columns import SESSION_GAP_SECONDS
from core.events.kept import SESSION_VALUE, Kept
from core.events.stages import Watch
from core.storage.engine import Writer, quoted

WAYS = {"gap": "By a silence", "column": "By a column", "start_event": "By an event that starts one"}


class Sessions(StepSettings):
    """by: see WAYS; gap_seconds: of silence (also for events without a session otherwise); column: events of a user
    with the same value are one session; start_event: the type that starts one."""

    by: Literal["gap", "column", "start_event"] = asked("gap", "A new session begins", labels=WAYS)
    gap_seconds: int = asked(SESSION_GAP_SECONDS, "Silence (seconds)", when={"by": ("gap",)}, ge=1, le=31_622_400)
    column: str | None = asked(None, "Column", pick="columns", when={"by": ("column",)})
    start_event: str | None = asked(None, "Starting event type", pick="event types", when={"by": ("start_event",)})

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> "Sessions":
        if self.by != "gap" and getattr(self, self.by) is None:
            raise ValueError(f"sessions by {self.by.replace('_', ' ')} need the setting '{self.by}'")
        return self

    def words(self) -> str:
        return {
            "gap": f"end after {self.gap_seconds / 60:g} minutes of silence",
            "column": f"by the column {self.column}",
            "start_event": f"start with {self.start_event}",
        }[self.by]


def sessions(engine: Writer, kept: Kept, settings: Sessions, watch: Watch) -> Cleaned:
    """Set `_session`, from which the sessions are made; before a user's first start event the silence decides."""
    kept = replace(kept, session_gap_seconds=settings.gap_seconds)
    engine.execute(f"ALTER TABLE kept DROP COLUMN IF EXISTS {SESSION_VALUE}")
    kept = replace(kept, has_session=False, session_column=None)
    if settings.by == "gap":
        return Cleaned(kept)
    engine.execute(f"ALTER TABLE kept ADD COLUMN {SESSION_VALUE} VARCHAR")
    if settings.by == "column":
        column = settings.column or ""
        check_columns(kept, [column], "to make sessions by")
        if column not in [attribute.column for attribute in kept.attributes]:
            raise BadSpec(f"'{column}' is no attribute; sessions need an attribute that names them.")
    else:
        kept, column = _numbered(engine, kept, settings.start_event or "", watch)
    engine.watched(f"UPDATE kept SET {SESSION_VALUE} = CAST({quoted(column)} AS VARCHAR)", watch)
    without = engine.rows(f"SELECT count(*) FROM kept WHERE {SESSION_VALUE} IS NULL")[0][0]
    notes = (f"{without:,} events name no session; there a silence decides.",) if without else ()
    return Cleaned(replace(kept, has_session=True, session_column=column), notes=notes)


def _numbered(engine: Writer, kept: Kept, start_event: str, watch: Watch) -> tuple[Kept, str]:
    """Number each user's sessions from 1 in a new attribute; null before the first start event."""
    if not engine.rows("SELECT count(*) FROM kept WHERE event_type = ?", [start_event])[0][0]:
        raise BadSpec(f"No event has the type '{start_event}', so no session would start; choose another.")
    kept, column = add_attribute(engine, kept, "session_number", "Session number", "number")
    engine.watched(
        "CREATE OR REPLACE TABLE changes AS SELECT event_id, nullif(count(*) FILTER (event_type = ?) OVER "
        "(PARTITION BY user_id ORDER BY timestamp_us, event_id), 0) AS new_value FROM kept",
        watch,
        [start_event],
    )
    engine.watched(
        f"UPDATE kept SET {quoted(column)} = changes.new_value FROM changes WHERE kept.event_id = changes.event_id",
        watch,
    )
    return kept, column
