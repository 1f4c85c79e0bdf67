"""The manifest of a version: what the log holds, where it came from, what was assumed. Its keys are in columns.py."""

from collections.abc import Sequence
from typing import Any

from core.events.columns import EVENT_TYPE, INSERT_ID, SESSION_ID, USER_ID
from core.events.import_spec import ImportSpec
from core.events.reading.rows import Reading
from core.events.reading.sources import Source
from core.storage.engine import Writer


def event_types(engine: Writer) -> list[dict[str, Any]]:
    """[{event_type, events, users}] of `log.events`, the most frequent first."""
    rows = engine.rows(
        "SELECT CAST(event_type AS VARCHAR) AS kind, count(*) AS events, count(DISTINCT user_id) FROM log.events "
        "GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    return [{"event_type": kind, "events": events, "users": users} for kind, events, users in rows]


def counts(engine: Writer) -> dict[str, Any]:
    """How much the finished tables hold, and the first and last moment."""
    names = ("events", "users", "items", "sessions", "first_at", "last_at")
    row = engine.rows(
        "SELECT (SELECT count(*) FROM log.events), (SELECT count(*) FROM log.users), (SELECT count(*) FROM log.items), "
        "(SELECT count(*) FROM log.sessions), (SELECT min(first_at) FROM log.users), "
        "(SELECT max(last_at) FROM log.users)"
    )[0]
    return dict(zip(names, row, strict=True))


def provenance(
    spec: ImportSpec, mapping: dict[str, str], sources: Sequence[Source], reading: Reading
) -> dict[str, Any]:
    """Files, spec (with the mapping that was used), columns, and which roles were mapped."""
    return {
        "files": [{"name": source.name, "bytes": source.bytes, "sha256": source.sha256} for source in sources],
        "spec": spec.model_copy(
            update={"mapping": mapping, "append_to": None, "replace": None, "recipe": None}
        ).plain(),
        "columns": reading.mapping,
        "joined_columns": list(reading.joined),
        "has_users": USER_ID in mapping,
        "has_event_types": EVENT_TYPE in mapping,
        "insert_id_column": INSERT_ID if INSERT_ID in mapping else None,
        "session_column": session_attribute(mapping, reading),
    }


def session_attribute(mapping: dict[str, str], reading: Reading) -> str | None:
    """The attribute that keeps the values of the mapped session column."""
    return next((a.stored for a in reading.attributes if a.column.name == mapping.get(SESSION_ID)), None)
