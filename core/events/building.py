"""The folder in which a version is built, out of sight until it is whole.

logs/<log_id>/versions/.building-<version_id>/ is renamed when complete and published by its row in the catalogue. A
lock in the folder lives as long as the process: a folder whose lock is free was left by a killed import, and is swept.
"""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import NotFound
from core.storage.catalogue import find_manifest, publish_version
from core.storage.workspace import Workspace, write_json

LOCK = ".lock"


@dataclass(frozen=True)
class Building:
    """folder: what becomes the version; scratch: what only the import needs, gone afterwards."""

    folder: Path
    scratch: Path


@contextmanager
def building(workspace: Workspace, log_id: str, version_id: str) -> Iterator[Building]:
    """A locked folder to build in, removed with everything in it unless `publish` has renamed it."""
    sweep(workspace)
    versions = workspace.version(log_id, version_id).parent
    folder = versions / f".building-{version_id}"
    scratch = folder / "scratch"
    scratch.mkdir(parents=True)
    with (scratch / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (scratch / LOCK).rename(folder / LOCK)  # nobody sees it unlocked
        try:
            yield Building(folder, scratch)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            if versions.exists() and not any(versions.iterdir()):
                shutil.rmtree(versions.parent, ignore_errors=True)


def publish(workspace: Workspace, made: Building, manifest: dict[str, Any], *, current: bool = True) -> None:
    """Rename the folder to its version, then add the row that publishes it (and makes it current, unless told not)."""
    log_id, version_id = manifest["log_id"], manifest["version_id"]
    write_json(made.folder / "manifest.json", manifest)
    shutil.rmtree(made.scratch)  # the engine still holds files in it, which is harmless
    target = workspace.version(log_id, version_id)
    made.folder.rename(target)
    try:
        publish_version(workspace, log_id, version_id, manifest["name"], manifest, current=current)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    (target / LOCK).unlink()


def sweep(workspace: Workspace) -> None:
    """Delete what killed imports left: folders with a free lock that no row in the catalogue publishes."""
    for lock_path in workspace.logs.glob(f"*/versions/*/{LOCK}"):
        with lock_path.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue  # its import is alive
            folder = lock_path.parent
            if _is_published(workspace, folder):
                lock_path.unlink(missing_ok=True)
            else:
                shutil.rmtree(folder, ignore_errors=True)


def _is_published(workspace: Workspace, folder: Path) -> bool:
    try:
        find_manifest(workspace, folder.parents[1].name, folder.name)
    except NotFound:
        return False
    return True
