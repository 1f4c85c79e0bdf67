"""Drop event types: events of these types go."""

from core.events.cleaning.edits import drop, note_unknown
from core.events.cleaning.step import Cleaned, StepSettings, asked, listed
from core.events.columns import EVENT_TYPE
from core.events.kept import Kept
from core.events.stages import Watch
from core.storage.engine import Writer


class DropEvents(StepSettings):
    """event_types: which go."""

    event_types: tuple[str, ...] = asked(..., "Event types to drop", pick="event types", min_length=1)

    def words(self) -> str:
        return listed(self.event_types)


def drop_events(engine: Writer, kept: Kept, settings: DropEvents, watch: Watch) -> Cleaned:
    """Drop every event of these types."""
    missing = note_unknown(engine, EVENT_TYPE, settings.event_types, "type")
    marks = ", ".join("?" for _ in settings.event_types)
    drop(engine, f"SELECT event_id FROM kept WHERE event_type IN ({marks})", watch, settings.event_types)
    return Cleaned(kept, notes=missing)
