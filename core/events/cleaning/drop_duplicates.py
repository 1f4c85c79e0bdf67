"""Drop duplicates: of events that agree in the named columns, the first of the file stays."""

from pydantic import Field

from core.errors import BadSpec
from core.events.cleaning.step import Cleaned
from core.events.columns import EVENT_ID, EVENT_TYPE, ITEM_ID, TIMESTAMP, USER_ID
from core.events.kept import Kept
from core.events.stages import Watch
from core.specs import Spec
from core.storage.engine import Writer, quoted


class DropDuplicates(Spec):
    """by: the columns in which duplicates agree; nulls agree with each other."""

    by: tuple[str, ...] = Field(default=(USER_ID, EVENT_TYPE, ITEM_ID, TIMESTAMP), min_length=1)


def drop_duplicates(engine: Writer, kept: Kept, settings: DropDuplicates, watch: Watch) -> Cleaned:
    """Keep the lowest event_id of each group of duplicates."""
    for column in settings.by:
        if column not in kept.columns:
            raise BadSpec(f"The log has no column '{column}' to find duplicates by; it has {', '.join(kept.columns)}.")
    names = ", ".join(quoted(column) for column in settings.by)
    engine.watched(
        f"DELETE FROM kept WHERE {EVENT_ID} NOT IN (SELECT min({EVENT_ID}) FROM kept GROUP BY {names})", watch
    )
    return Cleaned(kept)
