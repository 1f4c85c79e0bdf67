"""What steps do to `kept`: drop rows, change values, mark rows, add attributes; and the checks on named columns."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from core.errors import BadSpec
from core.events.cleaning.step import Cleaned, listed
from core.events.kept import Kept, StoredAttribute
from core.events.reading.attributes import safe_names
from core.events.stages import Watch
from core.storage.engine import Writer, quoted

TYPES = {"text": "VARCHAR", "number": "DOUBLE", "boolean": "BOOLEAN", "time": "TIMESTAMP"}


def check_columns(kept: Kept, columns: Sequence[str], purpose: str, *kinds: str) -> None:
    """Raise BadSpec for a column that `kept` lacks or whose kind is none of `kinds` (any, if none is named)."""
    fitting = tuple(name for name in kept.columns if kept.kind_of(name) and (not kinds or kept.kind_of(name) in kinds))
    for column in columns:
        if kept.kind_of(column) is None:
            raise BadSpec(
                f"The log has no column '{column}' {purpose}; it has {listed(fitting, at_most=12) or 'none'}."
            )
        if column not in fitting:
            raise BadSpec(
                f"The column '{column}' holds {kept.kind_of(column)}s, and {purpose.removeprefix('to ')} needs "
                f"{' or '.join(kinds)}s; choose one of {listed(fitting, at_most=12) or 'none'}."
            )


def drop(engine: Writer, events: str, watch: Watch, values: Sequence[Any] = ()) -> int:
    """Drop the events that the query `events` selects (event_id); returns how many."""
    engine.watched(f"CREATE OR REPLACE TABLE doomed AS SELECT DISTINCT event_id FROM ({events})", watch, values)
    engine.watched("DELETE FROM kept WHERE event_id IN (SELECT event_id FROM doomed)", watch)
    return int(engine.rows("SELECT count(*) FROM doomed")[0][0])


def change(
    engine: Writer, column: str, sql: str, watch: Watch, *, where: str = "true", values: Sequence[Any] = ()
) -> int:
    """Give a column the value of `sql` where it differs; returns how many rows changed. values: of sql, then where."""
    judged = f"SELECT event_id, {quoted(column)} AS old_value, ({sql}) AS new_value FROM kept WHERE {where}"
    differing = f"SELECT event_id, new_value FROM ({judged}) WHERE old_value IS DISTINCT FROM new_value"
    engine.watched(f"CREATE OR REPLACE TABLE changes AS {differing}", watch, values)
    return take_changes(engine, column, watch)


def take_changes(engine: Writer, column: str, watch: Watch) -> int:
    """Give a column the values of the table `changes` (event_id, new_value); returns how many rows changed."""
    engine.watched(
        f"UPDATE kept SET {quoted(column)} = changes.new_value FROM changes WHERE kept.event_id = changes.event_id",
        watch,
    )
    return int(engine.rows("SELECT count(*) FROM changes")[0][0])


def drop_or_mark(
    engine: Writer, kept: Kept, events: str, watch: Watch, *, action: str, stem: str, title: str,
    notes: Sequence[str] = (),
) -> Cleaned:  # fmt: skip
    """Drop the events that the query selects (event_id), or mark them in a new boolean attribute."""
    if action == "drop":
        drop(engine, events, watch)
        return Cleaned(kept, notes=tuple(notes))
    kept, column = add_attribute(engine, kept, stem, title, "boolean")
    engine.execute(f"UPDATE kept SET {quoted(column)} = false")
    marked = change(engine, column, "true", watch, where=f"event_id IN (SELECT event_id FROM ({events}))")
    return Cleaned(kept, marked, (*notes, f"Marked in the new attribute '{column}'."))


def add_attribute(engine: Writer, kept: Kept, stem: str, title: str, kind: str) -> tuple[Kept, str]:
    """Add an empty attribute under a name that is free; returns what `kept` then holds and the name."""
    free = safe_names((stem,))[0]
    column = (
        free if free not in kept.columns else next(f"{free}_{n}" for n in count(2) if f"{free}_{n}" not in kept.columns)
    )
    engine.execute(f"ALTER TABLE kept ADD COLUMN {quoted(column)} {TYPES[kind]}")
    return kept.with_attribute(StoredAttribute(column, title, kind)), column


def as_doubles(engine: Writer, kept: Kept, column: str) -> None:
    """Let a number attribute of whole numbers hold fractions."""
    if any(attribute.column == column for attribute in kept.attributes):
        engine.execute(f"ALTER TABLE kept ALTER COLUMN {quoted(column)} TYPE DOUBLE")


def note_unknown(engine: Writer, column: str, names: Sequence[str], what: str) -> tuple[str, ...]:
    """A note on names that no event has, if there are any."""
    known = {value for (value,) in engine.rows(f"SELECT DISTINCT {quoted(column)} FROM kept")}
    missing = tuple(name for name in names if name not in known)
    return (f"No event has the {what} {listed(missing)}.",) if missing else ()
