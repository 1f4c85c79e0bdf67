"""Import files as a new, immutable version of a log: gather, decide each row, derive the tables, publish in one step.

Everything happens in a hidden folder with a scratch database of its own; what is not published leaves nothing behind.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from core.errors import BadFile
from core.events.building import Building, building, publish
from core.events.clean_rows import Cleaning, plan_cleaning
from core.events.columns import EVENT_TYPE, TEXT, VALUE
from core.events.derived import (
    ENUM_VALUES,
    ITEMS,
    SESSIONS,
    TITLED_ITEMS,
    USER_DAYS,
    USERS,
    events_statement,
    hours_statement,
    optional_columns,
    path_codes,
)  # fmt: skip
from core.events.gather import Gathered, check_shapes, gather_parquet, gather_text
from core.events.guesses import guess_roles
from core.events.import_spec import ImportSpec
from core.events.manifest import counts, event_types, provenance
from core.events.profiles import profile, take_sample
from core.events.rejects import LineRejects, reject_rows, write_rejects
from core.events.sources import Source, examined, inspect
from core.storage.catalogue import find_manifest, now_text
from core.storage.engine import EngineError, Writer, first_line, literal, quoted, writer
from core.storage.machine import free_disk_bytes
from core.storage.runs import Run
from core.storage.workspace import Workspace, new_id, write_json

Progress = Callable[[float, str], None]

SPARE_BYTES = 100 * 1024 * 1024
DISK_FACTORS = {"csv": 4, "parquet": 12}  # of the file's size: scratch, sorting and the log itself
RESULT_KEYS = (
    "log_id", "version_id", "name", "events", "users", "items", "sessions", "rejected", "reject_reasons", "notes",
    "first_at", "last_at",
)  # fmt: skip


def work(run: Run) -> dict[str, Any]:
    """The job's procedure: import what the run's spec says and return the RESULT_KEYS of the manifest.

    The ids are chosen once and kept in the run's checkpoint, so a run killed after publishing does not import twice.
    """
    spec = ImportSpec.read(run.spec)
    target = run.checkpoint / "target.json"
    if not target.exists():
        write_json(target, {"log_id": run.log_id or _log_id(spec), "version_id": new_id("version")})
    ids = json.loads(target.read_text(encoding="utf-8"))
    if (run.workspace.version(ids["log_id"], ids["version_id"]) / "log.duckdb").exists():
        manifest = find_manifest(run.workspace, ids["log_id"], ids["version_id"])
    else:
        manifest = import_log(run.workspace, spec, run.progress, **ids)
    return {key: manifest[key] for key in RESULT_KEYS}


def import_log(
    workspace: Workspace, spec: ImportSpec, progress: Progress, *,
    log_id: str | None = None, version_id: str | None = None, truth: dict[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Import the spec's files and return the manifest of the published version.

    progress(share, message) is called throughout and may raise to stop, which leaves no trace. log_id: an existing log
    gets a new version. truth: what is known of a simulated log. Raises BadFile or BadSpec with one sentence.
    """
    sources = tuple(inspect(Path(file)) for file in spec.files)
    _check_disk(workspace, sources)
    ids = {"log_id": log_id or _log_id(spec), "version_id": version_id or new_id("version")}
    with building(workspace, **ids) as made:
        try:
            with writer(workspace, made.scratch / "scratch.duckdb") as engine:
                engine.execute(f"ATTACH {literal(str(made.folder / 'log.duckdb'))} AS log")
                manifest = _build(engine, made, spec, sources, progress)
                engine.execute("DETACH log")
        except EngineError as error:
            raise BadFile(f"The import of {_names(sources)} stopped: {first_line(error)}.") from error
        manifest |= {**ids, "name": spec.name or Path(spec.files[0]).stem, "created_at": now_text(), "truth": truth}
        progress(0.99, "Publishing")
        publish(workspace, made, manifest)
    return manifest


@dataclass(frozen=True)
class _Stage:
    """A stretch of the progress bar: calls progress with its share of the whole, and a message."""

    progress: Progress
    start: float
    end: float
    message: str

    def __call__(self, share: float) -> None:
        self.progress(self.start + (self.end - self.start) * min(share, 1.0), self.message)


def _build(
    engine: Writer, made: Building, spec: ImportSpec, sources: tuple[Source, ...], progress: Progress
) -> dict[str, Any]:
    known = check_shapes(engine, sources)
    sources = tuple(examined(source, _Stage(progress, 0.0, 0.05, f"Checking {source.name}")) for source in known)
    rejects = LineRejects(engine)
    gathered = _gather(engine, made, sources, rejects, _Stage(progress, 0.05, 0.35, f"Reading {_names(sources)}"))
    take_sample(engine)
    profiles = profile(engine, gathered.columns)
    mapping = spec.mapping or {role: guess.column for role, guess in guess_roles(profiles).items()}
    cleaning = plan_cleaning(engine, profiles, mapping, spec)
    _keep_rows(engine, sources, gathered, cleaning, progress)
    reasons = write_rejects(engine, sources, made.folder / "rejects.parquet")
    types = _derive(engine, cleaning, spec, progress)
    rejected = engine.rows("SELECT count(*) FROM rejects")[0][0]
    notes = [note for source in sources for note in source.notes] + list(cleaning.notes)
    if not spec.mapping:
        notes.append("The roles were guessed: " + ", ".join(f"{c} as {role}" for role, c in mapping.items()) + ".")
    return {
        **counts(engine), "rejected": rejected, "reject_reasons": reasons, "event_types": types,
        "path_codes": path_codes([kind["event_type"] for kind in types]),
        **provenance(spec, mapping, sources, cleaning), "notes": notes,
    }  # fmt: skip


def _gather(
    engine: Writer, made: Building, sources: tuple[Source, ...], rejects: LineRejects, stage: _Stage
) -> Gathered:
    if sources[0].format == "parquet":
        gathered = gather_parquet(engine, sources)
    else:
        gathered = gather_text(engine, sources, made.scratch, reject=rejects.add, watch=stage)
        rejects.flush()
    if not gathered.rows:
        broken = engine.rows("SELECT line, reason FROM rejects ORDER BY _file, line LIMIT 1")
        why = f": line {broken[0][0]}: {broken[0][1]}" if broken else ""
        raise BadFile(f"{_names(sources)} has a header but no usable rows{why}; a log needs at least one event.")
    return gathered


def _keep_rows(
    engine: Writer, sources: Sequence[Source], gathered: Gathered, cleaning: Cleaning, progress: Progress
) -> None:
    """Make `kept`, sorted, and put the other rows among the rejects; every row must be in one of the two."""
    broken = engine.rows("SELECT count(*) FROM rejects")[0][0]
    engine.watched(
        f"CREATE TABLE kept AS {cleaning.events()} ORDER BY user_id, timestamp_us, event_id",
        _Stage(progress, 0.35, 0.6, "Reading and sorting events"),
    )
    kept = engine.rows("SELECT count(*) FROM kept")[0][0]
    if kept < gathered.rows:
        reject_rows(engine, sources, gathered, cleaning, _Stage(progress, 0.6, 0.65, "Setting bad rows aside"))
    refused = engine.rows("SELECT count(*) FROM rejects")[0][0] - broken
    if kept + refused != gathered.rows:
        raise RuntimeError(f"{gathered.rows} rows became {kept} events and {refused} rejects")
    if not kept:
        reason, rows = engine.rows("SELECT reason, count(*) AS n FROM rejects GROUP BY reason ORDER BY n DESC LIMIT 1")[
            0
        ]
        raise BadFile(
            f"None of the {kept + refused + broken:,} rows of {_names(sources)} is an event ({rows:,} times: {reason}); "
            "check which column is mapped to which role."
        )


def _derive(engine: Writer, cleaning: Cleaning, spec: ImportSpec, progress: Progress) -> list[dict[str, Any]]:
    """Make the tables of the log from `kept`; returns the event types."""
    optional = optional_columns(list(cleaning.kept))
    texts = [attribute.stored for attribute in cleaning.attributes if attribute.kind == "text"]
    enums = _make_enums(engine, [EVENT_TYPE, *texts])
    stored = [*optional, *(attribute.stored for attribute in cleaning.attributes)]
    has_sessions = "_session" in cleaning.kept
    engine.watched(
        events_statement(stored, enums, has_sessions=has_sessions), _Stage(progress, 0.65, 0.85, "Finding sessions"),
        [spec.session_gap_seconds * 1_000_000],
    )  # fmt: skip
    types = event_types(engine)
    codes = path_codes([kind["event_type"] for kind in types])
    engine.add("codes", pa.table({"code": list(codes), "event_type": list(codes.values())}))
    items = TITLED_ITEMS if TEXT in optional else ITEMS
    statements = (SESSIONS, USERS, items, hours_statement(has_value=VALUE in optional), USER_DAYS)
    for number, statement in enumerate(statements):
        start = 0.85 + 0.13 * number / len(statements)
        engine.watched(statement, _Stage(progress, start, start + 0.13 / len(statements), "Summing up"))
    _check_order(engine)
    return types


def _make_enums(engine: Writer, columns: Sequence[str]) -> set[str]:
    """Make an ENUM type of each text column with few distinct values; in alphabetical order, so that it sorts as text."""
    counted = ", ".join(f"approx_count_distinct({quoted(column)})" for column in columns)
    few = [
        c for c, n in zip(columns, engine.rows(f"SELECT {counted} FROM kept")[0], strict=True) if n < 1.5 * ENUM_VALUES
    ]
    enums = set()
    for column in few:
        name = quoted(column)
        if 0 < engine.rows(f"SELECT count(DISTINCT {name}) FROM kept")[0][0] < ENUM_VALUES:
            values = f"SELECT DISTINCT {name} FROM kept WHERE {name} IS NOT NULL ORDER BY 1"
            engine.execute(f"CREATE TYPE log.{quoted('kind_' + column)} AS ENUM ({values})")
            enums.add(column)
    return enums


def _check_order(engine: Writer) -> None:
    """The streaming windows rely on the order of `kept`; if it were lost, history positions would not be 1 to n."""
    lost = engine.rows(
        "SELECT count(*) FROM (SELECT count(*) AS n, max(history_position) AS last, min(history_position) AS first "
        "FROM log.events GROUP BY user_id) WHERE n <> last OR first <> 1"
    )[0][0]
    if lost:
        raise RuntimeError(f"the events of {lost} users are out of order")


def _check_disk(workspace: Workspace, sources: Sequence[Source]) -> None:
    needed = SPARE_BYTES + sum(source.bytes * DISK_FACTORS[source.format] for source in sources)
    free = free_disk_bytes(workspace.root)
    if free < needed:
        raise BadFile(
            f"The import needs about {needed // 1024**2:,} MB of disk and {free // 1024**2:,} MB are free; make room in "
            f"{workspace.root}."
        )


def _log_id(spec: ImportSpec) -> str:
    return new_id(spec.name or Path(spec.files[0]).stem)


def _names(sources: Sequence[Source]) -> str:
    first = f"'{sources[0].name}'"
    return first if len(sources) == 1 else f"{first} and {len(sources) - 1} more"
