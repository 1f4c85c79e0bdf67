"""Import files as a new, immutable version of a log."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.errors import BadFile
from core.events.import_spec import ImportSpec
from core.events.making import finish, making, publish_made
from core.events.privacy.keyed_hash import key_of
from core.events.privacy.spec import hashes_users
from core.events.read_files import inspected, names_of, read_files
from core.events.reading.elsewhere import at_hand
from core.events.reading.sources import Source
from core.events.stages import Progress, Stage
from core.storage.catalogue import find_manifest, published
from core.storage.locks import log_lock
from core.storage.machine import free_disk_bytes
from core.storage.workspace import Workspace, new_id

PACKED = 6  # times that a packed file grows, usually
SPARE_BYTES = 100 * 1024 * 1024
# Of a file's size, measured at 10 M events in 512 MB: scratch that is spilled, and the log. CSV took 4.1, Parquet 11.9.
DISK_FACTORS = {"csv": 5, "parquet": 14, "json": 5, "excel": 20}


def import_log(
    workspace: Workspace, spec: ImportSpec, progress: Progress, *,
    log_id: str | None = None, version_id: str | None = None, truth: dict[str, Any] | None = None, current: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """Import the spec's files and return the manifest of the published version.

    progress(share, message) is called throughout and may raise to stop, which leaves no trace. log_id: an existing log
    gets a new version. truth: what is known of a simulated log. current: whether readers get the version from now on (a
    log's first one they always get). Raises BadFile or BadSpec with one sentence.
    """
    workspace.prepare()
    fetching = Stage(progress, 0.0, 0.05, "Fetching")
    with at_hand(spec.files, workspace, fetching) as files:
        sources = inspected(spec.model_copy(update={"files": files}))
        return _import(
            workspace, spec, sources, progress, log_id=log_id, version_id=version_id, truth=truth, current=current
        )


def _import(
    workspace: Workspace, spec: ImportSpec, sources: tuple[Source, ...], progress: Progress, *,
    log_id: str | None, version_id: str | None, truth: dict[str, Any] | None, current: bool,
) -> dict[str, Any]:  # fmt: skip
    check_disk(workspace, sources)
    ids = {
        "log_id": log_id or new_id(spec.name or Path(spec.files[0]).stem),
        "version_id": version_id or new_id("version"),
    }
    stage = Stage(progress, 0.0, 0.98, "Importing")
    waiting = log_lock(workspace, ids["log_id"], wait=lambda: progress(0.0, "Waiting for another run on this log"))
    with waiting, making(workspace, **ids, what=f"import of {names_of(sources)}") as (made, engine):
        key = key_of(workspace, ids["log_id"], make=True) if hashes_users(spec.privacy) else None
        read = read_files(engine, made, spec, sources, stage.part(0.0, 0.65), key=key, may_lend=True)
        built = finish(engine, read.kept, stage.part(0.65, 1.0), read.lent)
        before = find_manifest(workspace, ids["log_id"]) if published(workspace, ids["log_id"]) else {}
        name = spec.name or before.get("name") or Path(spec.files[0]).stem
        progress(0.99, "Publishing")
        manifest = {
            **ids, "name": name, "made_by": "import", "parent_version_id": before.get("version_id"), **read.manifest,
            **built, "truth": truth,
        }  # fmt: skip
        return publish_made(workspace, made, engine, manifest, current=current)


def check_disk(workspace: Workspace, sources: Sequence[Source], *, beside_bytes: int = 0) -> None:
    """Raise BadFile unless there is room to import these files (and for so much beside them)."""
    swollen = sum(s.bytes * DISK_FACTORS[s.format] * (PACKED if s.wrapping else 1) for s in sources)
    needed = SPARE_BYTES + beside_bytes + swollen
    free = free_disk_bytes(workspace.root)
    if free < needed:
        raise BadFile(
            f"The import needs about {needed // 1024**2:,} MB of disk and {free // 1024**2:,} MB are free; make room "
            f"in {workspace.root}."
        )
