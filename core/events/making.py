"""Make a version of a log: fill `kept` in a scratch engine, derive the tables, publish in one step.

Everything happens in a hidden folder with a scratch database of its own; what is not published leaves nothing behind.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.errors import BadFile
from core.events.building import Building, building, publish
from core.events.derived import derive, path_codes
from core.events.kept import Kept
from core.events.manifest import counts
from core.events.reading.in_order import Lent
from core.events.stages import Stage
from core.storage.catalogue import now_text
from core.storage.engine import EngineError, Writer, first_line, literal, writer
from core.storage.workspace import Workspace, jsonable


@contextmanager
def making(workspace: Workspace, *, log_id: str, version_id: str, what: str) -> Iterator[tuple[Building, Writer]]:
    """A locked folder to build in and a scratch engine with the database `log` attached, to be filled by `finish`.

    what: for the message if the engine gives up ("import of 'x.csv'"). Leaving without `publish_made` leaves no trace.
    """
    with building(workspace, log_id=log_id, version_id=version_id) as made:
        try:
            with writer(workspace) as engine:  # in memory, where nothing is compressed; what does not fit is spilled
                engine.execute(f"ATTACH {literal(str(made.folder / 'log.duckdb'))} AS log")
                yield made, engine
        except EngineError as error:
            raise BadFile(f"The {what} stopped: {first_line(error)}.") from error


def finish(engine: Writer, kept: Kept, stage: Stage, lent: Lent | None = None) -> dict[str, Any]:
    """Make the tables of `log` from `kept`, which must be sorted; returns the manifest's entries on what they hold.

    lent: as `derive` has it.
    """
    types = derive(engine, kept, stage.named("Finding sessions"), lent)
    return {
        **counts(engine),
        "event_types": types,
        "path_codes": path_codes([kind["event_type"] for kind in types]),
        "has_sessions": kept.has_session,
        "session_gap_seconds": kept.session_gap_seconds,
        "attributes": [{"column": a.column, "title": a.title, "kind": a.kind} for a in kept.attributes],
    }


def publish_made(
    workspace: Workspace, made: Building, engine: Writer, manifest: dict[str, Any], *, current: bool = True
) -> dict[str, Any]:
    """Publish what `finish` made and return the whole manifest; current: whether readers get it from now on."""
    engine.execute("DETACH log")
    whole: dict[str, Any] = jsonable({**manifest, "created_at": now_text()})
    publish(workspace, made, whole, current=current)
    return whole
