"""Shift time: every event happened some hours earlier or later, as when a time zone was read wrongly."""

from core.events.cleaning.step import Cleaned, StepSettings, asked
from core.events.kept import Kept
from core.events.stages import Watch
from core.storage.engine import Writer

HOUR_US = 3_600_000_000


class ShiftTime(StepSettings):
    """hours: added to every timestamp; fractions and negative hours are fine."""

    hours: float = asked(
        0.0,
        "Hours to add",
        ge=-876_600,
        le=876_600,
        allow_inf_nan=False,
        why="Negative for earlier. Only the timestamp.",
    )

    def words(self) -> str:
        return f"by {self.hours:+g} hours"


def shift_time(engine: Writer, kept: Kept, settings: ShiftTime, watch: Watch) -> Cleaned:
    """Add the hours, in whole microseconds, to both columns that hold the moment."""
    moved = round(settings.hours * HOUR_US)
    if not moved:
        return Cleaned(kept)
    engine.watched(
        "UPDATE kept SET timestamp = timestamp + to_microseconds(?), timestamp_us = timestamp_us + ?", watch,
        [moved, moved],
    )  # fmt: skip
    return Cleaned(kept, changed=engine.rows("SELECT count(*) FROM kept")[0][0])
