"""Keep a time range: events before its start or from its end on go."""

from datetime import UTC, datetime

from pydantic import field_validator, model_validator

from core.events.cleaning.edits import drop
from core.events.cleaning.step import Cleaned, StepSettings, asked
from core.events.kept import Kept
from core.events.stages import Watch
from core.storage.engine import Writer


class TimeRange(StepSettings):
    """start_at: included; end_at: excluded; both UTC, either may be null for an open side."""

    start_at: datetime | None = asked(None, "From (UTC)", why="Included. Leave it empty for no limit.")
    end_at: datetime | None = asked(None, "Until (UTC)", why="Excluded. Leave it empty for no limit.")

    @field_validator("start_at", "end_at")
    @classmethod
    def _in_utc(cls, moment: datetime | None) -> datetime | None:
        return moment.astimezone(UTC).replace(tzinfo=None) if moment and moment.tzinfo else moment

    @model_validator(mode="after")
    def _is_a_range(self) -> "TimeRange":
        if self.start_at is None and self.end_at is None:
            raise ValueError("a time range needs a start or an end")
        if self.start_at and self.end_at and self.start_at >= self.end_at:
            raise ValueError("the start of the range is not before its end")
        return self

    def words(self) -> str:
        start = f"from {self.start_at:%Y-%m-%d %H:%M}" if self.start_at else ""
        end = f"before {self.end_at:%Y-%m-%d %H:%M}" if self.end_at else ""
        return f"{start} {end}".strip() + " (UTC)"


def time_range(engine: Writer, kept: Kept, settings: TimeRange, watch: Watch) -> Cleaned:
    """Drop what lies outside."""
    sides = {"timestamp < ?": settings.start_at, "timestamp >= ?": settings.end_at}
    used = {condition: moment for condition, moment in sides.items() if moment is not None}
    drop(engine, f"SELECT event_id FROM kept WHERE {' OR '.join(used)}", watch, list(used.values()))
    return Cleaned(kept)
