"""Drop duplicates: of events that agree in the named columns, the first of the file stays."""

from core.errors import BadSpec
from core.events.cleaning.edits import drop
from core.events.cleaning.step import Cleaned, StepSettings, asked, listed
from core.events.columns import EVENT_ID, EVENT_TYPE, ITEM_ID, TIMESTAMP, USER_ID
from core.events.kept import Kept
from core.events.stages import Watch
from core.storage.engine import Writer, quoted


class DropDuplicates(StepSettings):
    """by: the columns in which duplicates agree; nulls agree with each other."""

    by: tuple[str, ...] = asked(
        (USER_ID, EVENT_TYPE, ITEM_ID, TIMESTAMP), "Duplicates agree in", pick="columns", min_length=1,
        why="Of events that agree in all of these, the first of the file stays.",
    )  # fmt: skip

    def words(self) -> str:
        return f"the same {listed(self.by, at_most=6)}"


def drop_duplicates(engine: Writer, kept: Kept, settings: DropDuplicates, watch: Watch) -> Cleaned:
    """Keep the lowest event_id of each group of duplicates."""
    for column in settings.by:
        if column not in kept.columns:
            raise BadSpec(f"The log has no column '{column}' to find duplicates by; it has {', '.join(kept.columns)}.")
    names = ", ".join(quoted(column) for column in settings.by)
    firsts = f"SELECT min({EVENT_ID}) FROM kept GROUP BY {names}"
    drop(engine, f"SELECT {EVENT_ID} FROM kept WHERE {EVENT_ID} NOT IN ({firsts})", watch)
    return Cleaned(kept)
