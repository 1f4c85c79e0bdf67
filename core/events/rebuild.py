"""A new version of a log from its stored ones: what cleaning, appending and forgetting share.

The version made this way names the one it was made from (`base_version_id`): the uncleaned events stay where they are,
so that every step can be taken back.
"""

import shutil
from collections.abc import Callable, Mapping
from typing import Any

from core.events.building import Building
from core.events.kept import Kept, sort
from core.events.kept_aside import FILE
from core.events.making import finish, making, publish_made
from core.events.stages import Progress, Stage
from core.storage.catalogue import find_manifest
from core.storage.engine import Writer
from core.storage.locks import log_lock
from core.storage.workspace import Workspace, new_id

# What a new version takes over from the one it is made from, unless `fill` says otherwise.
INHERITED = (
    "log_id", "name", "files", "spec", "columns", "has_users", "has_event_types", "session_column", "insert_id_column",
    "rejected", "reject_reasons", "notes", "truth", "privacy",
)  # fmt: skip

Fill = Callable[[Writer, Building, Stage], tuple[Kept, dict[str, Any]]]


def rebuild(
    workspace: Workspace, base: Mapping[str, Any], fill: Fill, *, made_by: str, progress: Progress,
    version_id: str | None = None, current: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """Publish a new version of the log of `base` (a manifest) and return its manifest.

    fill(engine, made, stage) makes `kept`, in any order, and returns what it holds and the manifest entries that differ
    from the base's. made_by: import, append, clean, forget. Cancelling or a crash leaves no trace.
    """
    log_id = str(base["log_id"])
    stage = Stage(progress, 0.0, 0.98, f"Making a version of {base['name']}")
    ids = {"log_id": log_id, "version_id": version_id or new_id("version")}
    waiting = log_lock(workspace, log_id, wait=lambda: progress(0.0, "Waiting for another run on this log"))
    with waiting, making(workspace, **ids, what=f"new version of '{base['name']}'") as (made, engine):
        kept, entries = fill(engine, made, stage.part(0.0, 0.5))
        sort(engine, stage.part(0.5, 0.65).named("Sorting events"))
        built = finish(engine, kept, stage.part(0.65, 1.0))
        inherited = {key: base.get(key) for key in INHERITED}
        _keep_rejects(workspace, base, made)
        before = find_manifest(workspace, log_id)["version_id"]
        manifest = {
            **inherited, **ids, "made_by": made_by, "parent_version_id": before, "base_version_id": None, **entries,
            **built,
        }  # fmt: skip
        return publish_made(workspace, made, engine, manifest, current=current)


def _keep_rejects(workspace: Workspace, base: Mapping[str, Any], made: Building) -> None:
    """What was kept aside stays readable, unless `fill` wrote what it is now."""
    before = workspace.version(str(base["log_id"]), str(base["version_id"])) / FILE
    if before.exists() and not (made.folder / FILE).exists():
        shutil.copy(before, made.folder)
