"""Drop missing values: events that lack a value in one of the named columns go."""

from core.events.cleaning.edits import check_columns, drop
from core.events.cleaning.step import Cleaned, StepSettings, asked, listed
from core.events.kept import Kept
from core.events.stages import Watch
from core.storage.engine import Writer, quoted


class DropMissing(StepSettings):
    """columns: an event that lacks any of them is dropped."""

    columns: tuple[str, ...] = asked(..., "Columns that must have a value", pick="columns", min_length=1)

    def words(self) -> str:
        return f"without {listed(self.columns)}"


def drop_missing(engine: Writer, kept: Kept, settings: DropMissing, watch: Watch) -> Cleaned:
    """Drop the events in which one of the columns is null; notes how many lacked each."""
    check_columns(kept, settings.columns, "that must have a value")
    lacking = " OR ".join(f"{quoted(column)} IS NULL" for column in settings.columns)
    counted = ", ".join(f"count(*) FILTER ({quoted(column)} IS NULL)" for column in settings.columns)
    missing = zip(settings.columns, engine.rows(f"SELECT {counted} FROM kept")[0], strict=True)
    drop(engine, f"SELECT event_id FROM kept WHERE {lacking}", watch)
    return Cleaned(kept, notes=tuple(f"{rows:,} events lacked {column}." for column, rows in missing if rows))
