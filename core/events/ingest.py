"""Import files as a new, immutable version of a log: gather, decide each row, derive the tables, publish in one step.

Everything happens in a hidden folder with a scratch database of its own; what is not published leaves nothing behind.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.errors import BadFile
from core.events.building import Building, building, publish
from core.events.clean_rows import Cleaning, plan_cleaning
from core.events.derived import derive, path_codes
from core.events.gather import Gathered, check_shapes, gather_parquet, gather_text
from core.events.guesses import guess_roles
from core.events.import_spec import ImportSpec
from core.events.manifest import counts, provenance
from core.events.profiles import profile, take_sample
from core.events.rejects import LineRejects, reject_rows, write_rejects
from core.events.sources import Source, examined, inspect
from core.events.stages import Progress, Stage
from core.storage.arrivals import drop_upload
from core.storage.catalogue import find_manifest, now_text
from core.storage.engine import EngineError, Writer, first_line, literal, writer
from core.storage.machine import free_disk_bytes
from core.storage.runs import Run
from core.storage.workspace import Workspace, jsonable, new_id, write_json

SPARE_BYTES = 100 * 1024 * 1024
DISK_FACTORS = {"csv": 4, "parquet": 12}  # of the file's size: scratch, sorting and the log itself
RESULT_KEYS = (
    "log_id", "version_id", "name", "events", "users", "items", "sessions", "rejected", "reject_reasons", "notes",
    "first_at", "last_at",
)  # fmt: skip


def work(run: Run) -> dict[str, Any]:
    """The job's procedure: import what the run's spec says and return the RESULT_KEYS of the manifest.

    The ids are chosen once and kept in the run's checkpoint, so a run killed after publishing does not import twice.
    What was uploaded for it is deleted at the end; other files stay.
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
    for file in spec.files:
        drop_upload(run.workspace, Path(file))
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
    workspace.prepare()
    _check_disk(workspace, sources)
    ids = {"log_id": log_id or _log_id(spec), "version_id": version_id or new_id("version")}
    with building(workspace, **ids) as made:
        try:
            with writer(workspace, made.scratch / "scratch.duckdb") as engine:
                engine.execute(f"ATTACH {literal(str(made.folder / 'log.duckdb'))} AS log")
                built = _build(engine, made, spec, sources, progress)
                engine.execute("DETACH log")
        except EngineError as error:
            raise BadFile(f"The import of {_names(sources)} stopped: {first_line(error)}.") from error
        name = spec.name or Path(spec.files[0]).stem
        manifest: dict[str, Any] = jsonable({**ids, "name": name, "created_at": now_text(), **built, "truth": truth})
        progress(0.99, "Publishing")
        publish(workspace, made, manifest)
    return manifest


def _build(
    engine: Writer, made: Building, spec: ImportSpec, sources: tuple[Source, ...], progress: Progress
) -> dict[str, Any]:
    known = check_shapes(engine, sources)
    sources = tuple(examined(source, Stage(progress, 0.0, 0.05, f"Checking {source.name}")) for source in known)
    rejects = LineRejects(engine)
    gathered = _gather(engine, made, sources, rejects, Stage(progress, 0.05, 0.35, f"Reading {_names(sources)}"))
    take_sample(engine)
    profiles = profile(engine, gathered.columns)
    mapping = spec.mapping or {role: guess.column for role, guess in guess_roles(profiles).items()}
    cleaning = plan_cleaning(engine, profiles, mapping, spec)
    _keep_rows(engine, sources, gathered, cleaning, progress)
    reasons = write_rejects(engine, sources, made.folder / "rejects.parquet")
    types = derive(engine, cleaning, spec, Stage(progress, 0.65, 0.98, "Finding sessions"))
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
    engine: Writer, made: Building, sources: tuple[Source, ...], rejects: LineRejects, stage: Stage
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
        Stage(progress, 0.35, 0.6, "Reading and sorting events"),
    )
    kept = engine.rows("SELECT count(*) FROM kept WHERE _fault IS NULL")[0][0]
    if kept < gathered.rows:
        engine.execute("DELETE FROM kept WHERE _fault IS NOT NULL")
        reject_rows(engine, sources, gathered, cleaning, Stage(progress, 0.6, 0.65, "Setting bad rows aside"))
    refused = engine.rows("SELECT count(*) FROM rejects")[0][0] - broken
    if kept + refused != gathered.rows:
        raise RuntimeError(f"{gathered.rows} rows became {kept} events and {refused} rejects")
    if not kept:
        reason, times = engine.rows("SELECT reason, count(*) FROM rejects GROUP BY reason ORDER BY 2 DESC LIMIT 1")[0]
        raise BadFile(
            f"None of the {refused + broken:,} rows of {_names(sources)} is an event ({times:,} times: {reason}); "
            "check which column is mapped to which role."
        )


def _check_disk(workspace: Workspace, sources: Sequence[Source]) -> None:
    needed = SPARE_BYTES + sum(source.bytes * DISK_FACTORS[source.format] for source in sources)
    free = free_disk_bytes(workspace.root)
    if free < needed:
        raise BadFile(
            f"The import needs about {needed // 1024**2:,} MB of disk and {free // 1024**2:,} MB are free; make room "
            f"in {workspace.root}."
        )


def _log_id(spec: ImportSpec) -> str:
    return new_id(spec.name or Path(spec.files[0]).stem)


def _names(sources: Sequence[Source]) -> str:
    first = f"'{sources[0].name}'"
    return first if len(sources) == 1 else f"{first} and {len(sources) - 1} more"
