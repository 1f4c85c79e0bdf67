"""Mis-clicks: the same event again within moments, and events that were left too soon to be meant."""

from pydantic import model_validator

from core.events.cleaning.edits import drop, note_unknown
from core.events.cleaning.step import Cleaned, StepSettings, asked, listed
from core.events.columns import EVENT_TYPE
from core.events.kept import Kept
from core.events.stages import Watch
from core.storage.engine import Writer

SECOND_US = 1_000_000
# Both compare neighbours as they stand, so that of a burst only its first event stays.
REPEATS = """
SELECT event_id FROM (SELECT event_id, event_type, timestamp_us - lag(timestamp_us) OVER (
  PARTITION BY user_id, event_type, item_id ORDER BY timestamp_us, event_id) AS since_us FROM kept)
WHERE since_us <= ? AND {meant}"""
LEFT_SOON = """
SELECT event_id FROM (SELECT event_id, event_type, lead(timestamp_us) OVER (
  PARTITION BY user_id ORDER BY timestamp_us, event_id) - timestamp_us AS until_us FROM kept)
WHERE until_us < ? AND {meant}"""


class Misclicks(StepSettings):
    """event_types: judged (all, if none is named); repeat_within_seconds: the same user, type and item again;
    dwell_below_seconds: until the user's next event. A null threshold is not applied."""

    event_types: tuple[str, ...] = asked((), "Event types", pick="event types", why="All of them, if none is chosen.")
    repeat_within_seconds: float | None = asked(
        1.0, "A repeat comes within (seconds)", ge=0, le=86_400, why="The same type and item again; the first stays."
    )
    dwell_below_seconds: float | None = asked(
        None, "Left again within (seconds)", gt=0, le=86_400, why="Until the user's next event of any type."
    )

    @model_validator(mode="after")
    def _does_something(self) -> "Misclicks":
        if self.repeat_within_seconds is None and self.dwell_below_seconds is None:
            raise ValueError("set the seconds of a repeat, of a dwell, or both")
        return self

    @property
    def looks_ahead(self) -> bool:
        return self.dwell_below_seconds is not None  # what came next decides

    def words(self) -> str:
        repeat = f"repeats within {self.repeat_within_seconds:g} s" if self.repeat_within_seconds is not None else ""
        dwell = f"left within {self.dwell_below_seconds:g} s" if self.dwell_below_seconds else ""
        of = f" of {listed(self.event_types)}" if self.event_types else ""
        return " and ".join(part for part in (repeat, dwell) if part) + of


def misclicks(engine: Writer, kept: Kept, settings: Misclicks, watch: Watch) -> Cleaned:
    """Drop repeats, then what was left too soon."""
    notes = list(note_unknown(engine, EVENT_TYPE, settings.event_types, "type"))
    marks = ", ".join("?" for _ in settings.event_types)
    meant = f"event_type IN ({marks})" if marks else "true"
    rules = (
        ("repeats", REPEATS, settings.repeat_within_seconds),
        ("left too soon", LEFT_SOON, settings.dwell_below_seconds),
    )
    for what, query, seconds in rules:
        if seconds is not None:
            values = [round(seconds * SECOND_US), *settings.event_types]
            dropped = drop(engine, query.format(meant=meant), watch, values)
            notes.append(f"{dropped:,} {what}.")
    return Cleaned(kept, notes=tuple(notes))
