"""Import files as a new, immutable version of a log."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.errors import BadFile
from core.events.import_spec import ImportSpec
from core.events.making import finish, making, publish_made
from core.events.read_files import inspected, names_of, read_files
from core.events.reading.sources import Source
from core.events.stages import Progress, Stage
from core.storage.arrivals import drop_upload
from core.storage.catalogue import find_manifest
from core.storage.machine import free_disk_bytes
from core.storage.runs import Run
from core.storage.workspace import Workspace, new_id, write_json

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
    sources = inspected(spec)
    workspace.prepare()
    _check_disk(workspace, sources)
    ids = {"log_id": log_id or _log_id(spec), "version_id": version_id or new_id("version")}
    stage = Stage(progress, 0.0, 0.98, "Importing")
    with making(workspace, **ids, what=f"import of {names_of(sources)}") as (made, engine):
        read = read_files(engine, made, spec, sources, stage.part(0.0, 0.65))
        built = finish(engine, read.kept, stage.part(0.65, 1.0))
        name = spec.name or Path(spec.files[0]).stem
        progress(0.99, "Publishing")
        manifest = {**ids, "name": name, "made_by": "import", **read.manifest, **built, "truth": truth}
        return publish_made(workspace, made, engine, manifest)


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
