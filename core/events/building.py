"""The folder in which a version is built, out of sight until it is whole.

logs/<log_id>/versions/.building-<version_id>/ is renamed when complete and published by its row in the catalogue. All
of it happens under the log's lock, which ends with its process: what no row publishes in a log that nobody has locked
was left by a killed run, and is swept.
"""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import BadSpec
from core.storage.catalogue import publish_version, published
from core.storage.locks import log_lock
from core.storage.workspace import ID, Workspace, write_json

SCRATCH = re.compile(r"scratch_(\d+)_")
SPILLED = re.compile(r"(duckdb_temp_(\d+)_\d+)_")  # the engine's own names: the process, and which engine of it


@dataclass(frozen=True)
class Building:
    """folder: what becomes the version; scratch: what only the import needs, gone afterwards."""

    folder: Path
    scratch: Path


@contextmanager
def building(workspace: Workspace, log_id: str, version_id: str) -> Iterator[Building]:
    """A folder to build in, removed with everything in it unless `publish` has renamed it.

    Raises BadSpec while another run has the log's lock; whoever would rather wait takes the lock first.
    """
    with log_lock(workspace, log_id):
        sweep(workspace)
        versions = workspace.version(log_id, version_id).parent
        folder = versions / f".building-{version_id}"
        scratch = folder / "scratch"
        scratch.mkdir(parents=True)
        try:
            yield Building(folder, scratch)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            _drop_if_empty(versions)


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


def sweep(workspace: Workspace) -> None:
    """Delete what killed runs left: version folders that no row publishes, and what their engines spilled."""
    for log in workspace.logs.iterdir() if workspace.logs.exists() else ():
        if ID.match(log.name):
            _sweep_log(workspace, log)
    _sweep_spill(workspace)


def _sweep_log(workspace: Workspace, log: Path) -> None:
    try:
        with log_lock(workspace, log.name, patience_seconds=0.0):
            known = published(workspace, log.name)
            for folder in (log / "versions").glob("*"):
                if folder.name not in known:
                    shutil.rmtree(folder, ignore_errors=True)
            _drop_if_empty(log / "versions")
    except BadSpec:
        return  # its run is alive


def _drop_if_empty(versions: Path) -> None:
    if not versions.exists() or not any(versions.iterdir()):
        shutil.rmtree(versions.parent, ignore_errors=True)


def _sweep_spill(workspace: Workspace) -> None:
    """What dead processes left: a file that an engine spilled bears its process's number and lies beside one that the
    process has locked; a scratch folder bears the number alone."""
    for file in workspace.spill.iterdir() if workspace.spill.exists() else ():
        if named := SCRATCH.match(file.name):
            if not _runs(int(named[1])):
                shutil.rmtree(file, ignore_errors=True)
            continue
        named = SPILLED.match(file.name)
        # Never open an owner file of this process: closing it would let go of the engine's lock.
        others = named if named and int(named[2]) != os.getpid() else None
        if others and not _is_locked(workspace.spill / f"{others[1]}_owner"):
            file.unlink(missing_ok=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_locked(path: Path) -> bool:
    try:
        with path.open("r+") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False
