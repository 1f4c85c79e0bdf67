"""Rename event types; several given the same new name become one (grouping)."""

from pydantic import field_validator

from core.events.cleaning.edits import change, note_unknown
from core.events.cleaning.step import Cleaned, StepSettings, asked, listed
from core.events.columns import EVENT_TYPE
from core.events.kept import Kept
from core.events.stages import Watch
from core.storage.engine import Writer

MAX_NAME = 200


class RenameEvents(StepSettings):
    """names: {event type: its new name}."""

    names: dict[str, str] = asked(
        ..., "New names", pick="names", min_length=1, why="The same new name for several makes them one event type."
    )

    @field_validator("names")
    @classmethod
    def _at_once(cls, names: dict[str, str]) -> dict[str, str]:
        given = {old: new.strip() for old, new in names.items()}
        for old, new in given.items():
            if not new or len(new) > MAX_NAME:
                raise ValueError(f"the new name of '{old}' is empty or longer than {MAX_NAME} characters")
            if given.get(new, new) != new:
                raise ValueError(f"'{old}' becomes '{new}', which becomes '{given[new]}'; name the last one at once")
        return given

    def words(self) -> str:
        return listed(tuple(f"{old} to {new}" for old, new in self.names.items()))


def rename_events(engine: Writer, kept: Kept, settings: RenameEvents, watch: Watch) -> Cleaned:
    """Give the named event types their new names."""
    missing = note_unknown(engine, EVENT_TYPE, tuple(settings.names), "type")
    cases = " ".join("WHEN ? THEN ?" for _ in settings.names)
    values = [text for pair in settings.names.items() for text in pair]
    changed = change(engine, EVENT_TYPE, f"CASE event_type {cases} ELSE event_type END", watch, values=values)
    return Cleaned(kept, changed, missing)
