"""The table `kept`: every event of a version to be, before the tables of its log are made.

Whatever makes a version (an import, an append, a cleaning recipe, forgetting a user) fills `kept` in a scratch engine
and hands it to `derive`. Rows may stand in any order; `sort` puts them in the order of a log.

    event_id BIGINT, user_id VARCHAR, item_id VARCHAR, event_type VARCHAR, timestamp TIMESTAMP, timestamp_us BIGINT,
    _session VARCHAR (if has_session: the session column's value, null where a gap decides),
    the optional columns and the attributes
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.events.columns import (
    EVENT_ID,
    EVENT_TYPE,
    ITEM_ID,
    OPTIONAL_COLUMNS,
    SESSION_GAP_SECONDS,
    SESSION_ID,
    TIMESTAMP,
    TIMESTAMP_US,
    USER_ID,
)  # fmt: skip
from core.events.stages import Watch
from core.storage.engine import Writer, literal, quoted
from core.storage.workspace import Workspace

SESSION_VALUE = "_session"
FIXED = (EVENT_ID, USER_ID, ITEM_ID, EVENT_TYPE, TIMESTAMP, TIMESTAMP_US)
ORDER = f"{USER_ID}, {TIMESTAMP_US}, {EVENT_ID}"


@dataclass(frozen=True)
class StoredAttribute:
    """column: its stored name; title: the analyst's; kind: text, number, boolean or time."""

    column: str
    title: str
    kind: str


@dataclass(frozen=True)
class Kept:
    """What `kept` holds. optional: of OPTIONAL_COLUMNS; has_session: whether it has `_session`, whose values the
    attribute `session_column` keeps; done: the keys of the cleaning steps that these events went through."""

    optional: tuple[str, ...] = ()
    attributes: tuple[StoredAttribute, ...] = ()
    has_session: bool = False
    session_gap_seconds: int = SESSION_GAP_SECONDS
    session_column: str | None = None
    done: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of `kept`, in order."""
        session = (SESSION_VALUE,) if self.has_session else ()
        return (*FIXED, *session, *self.optional, *(attribute.column for attribute in self.attributes))

    def kind_of(self, column: str) -> str | None:
        """text, number, boolean or time; None if `kept` has no such column."""
        numbers = {name for name in OPTIONAL_COLUMNS if name not in ("text", "arm")}
        if column in self.optional:
            return "number" if column in numbers else "text"
        kinds = {USER_ID: "text", ITEM_ID: "text", EVENT_TYPE: "text", TIMESTAMP: "time"}
        return kinds.get(column) or next((a.kind for a in self.attributes if a.column == column), None)

    def with_attribute(self, attribute: StoredAttribute) -> "Kept":
        """The same with one attribute more (or changed)."""
        others = tuple(known for known in self.attributes if known.column != attribute.column)
        return replace(self, attributes=(*others, attribute))


def kept_of(manifest: Mapping[str, Any]) -> Kept:
    """What `kept` was (or would be) for a published version, from its manifest.

    Of a mapped session column the values are kept as an attribute.
    """
    attributes = tuple(StoredAttribute(a["column"], a["title"], a["kind"]) for a in manifest["attributes"])
    optional = tuple(name for name in OPTIONAL_COLUMNS if name in manifest["columns"])
    gap = manifest.get("session_gap_seconds") or manifest["spec"].get("session_gap_seconds", SESSION_GAP_SECONDS)
    named = session_column(manifest) if manifest["has_sessions"] else None
    done = tuple(str(step.get("key")) for step in manifest.get("steps") or () if step["enabled"])
    return Kept(optional, attributes, bool(manifest["has_sessions"]), gap, named, done)


def take_events(
    engine: Writer, workspace: Workspace, manifest: Mapping[str, Any], *, into: str = "kept", where: str = "true"
) -> Kept:
    """Copy a published version's events into the scratch table `into`, without their sequence facts.

    where: SQL over the columns of `events`, for leaving events out. ENUMs become text again.
    """
    kept = kept_of(manifest)
    path = workspace.version(manifest["log_id"], manifest["version_id"]) / "log.duckdb"
    engine.execute(f"ATTACH {literal(str(path))} AS taken (READ_ONLY)")
    try:
        texts = {USER_ID, ITEM_ID, EVENT_TYPE, *(a.column for a in kept.attributes if a.kind == "text")}
        session = f"CAST({quoted(session_column(manifest))} AS VARCHAR)" if kept.has_session else ""
        selected = ", ".join(
            f"{session} AS {name}" if name == SESSION_VALUE
            else f"CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}" if name in texts else quoted(name)
            for name in kept.columns
        )  # fmt: skip
        engine.execute(f"CREATE TABLE {into} AS SELECT {selected} FROM taken.events WHERE {where}")
    finally:
        engine.execute("DETACH taken")
    return kept


def session_column(manifest: Mapping[str, Any]) -> str:
    """The attribute that holds the values of a version's mapped session column."""
    if manifest.get("session_column"):
        return str(manifest["session_column"])
    title = manifest["spec"]["mapping"][SESSION_ID]
    return next(str(a["column"]) for a in manifest["attributes"] if a["title"] == title)


def sort(engine: Writer, watch: Watch) -> None:
    """Put `kept` in the order of a log: (user_id, timestamp, event_id)."""
    engine.watched(f"CREATE TABLE sorted AS SELECT * FROM kept ORDER BY {ORDER}", watch)
    replace_kept(engine, "sorted")


def replace_kept(engine: Writer, by: str) -> None:
    """Let the table `by` be `kept` from now on."""
    engine.execute("DROP TABLE kept")
    engine.execute(f"ALTER TABLE {quoted(by)} RENAME TO kept")
