"""A cancelled or killed import leaves the old state; a finished one the new."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import Cancelled
from core.events.building import building, sweep
from core.events.import_job import RESULT_KEYS, work
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.storage.catalogue import find_manifest, list_logs
from core.storage.runs import Run
from core.storage.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
STAGES = (0.01, 0.1, 0.3, 0.5, 0.6, 0.7, 0.9, 0.985)

# Imports a file and stops dead, by its own hand, as soon as progress passes a share.
KILLED = """
import os, signal, sys
from pathlib import Path
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.storage.workspace import Workspace
root, path, share, log_id = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), sys.argv[4] or None
def progress(done, message):
    if done >= share:
        os.kill(os.getpid(), signal.SIGKILL)
import_log(Workspace(root), ImportSpec(files=(path,)), progress, log_id=log_id)
"""


@pytest.fixture
def path(write: Callable[..., Path]) -> Path:
    rows = "".join(f"u{n % 7},view,2024-01-{1 + n % 28:02d}\n" for n in range(5_000))
    return write("user_id,event,timestamp\n" + rows + "u1,view\n,view,never\n")


@pytest.mark.parametrize("share", STAGES)
def test_cancelling_leaves_no_trace(share: float, path: Path, workspace: Workspace) -> None:
    def progress(done: float, message: str) -> None:
        if done >= share:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        import_log(workspace, ImportSpec(files=(str(path),)), progress)
    assert list_logs(workspace) == []
    assert list(workspace.logs.iterdir()) == []


def test_a_long_statement_is_interrupted(path: Path, workspace: Workspace) -> None:
    """What `watch` raises comes out at once, although the statement alone would run for minutes."""
    from core.storage.engine import writer

    def stop(share: float) -> None:
        raise Cancelled("stop")

    with writer(workspace) as engine:
        with pytest.raises(Cancelled):
            engine.watched(
                "CREATE TABLE t AS SELECT sum(hash(a.range, b.range)) FROM range(1000000) a, range(1000000) b", stop
            )
        assert engine.rows("SELECT 1") == [(1,)]


@pytest.mark.parametrize("share", (0.3, 0.985))
def test_killing_leaves_the_old_version_and_the_next_import_sweeps(
    share: float, path: Path, workspace: Workspace
) -> None:
    spec = ImportSpec(files=(str(path),))
    old = import_log(workspace, spec, lambda done, message: None)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(workspace.root), str(path), str(share), old["log_id"]], cwd=ROOT, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    versions = workspace.version(old["log_id"], old["version_id"]).parent
    assert any(folder.name.startswith(".building-") for folder in versions.iterdir())
    assert find_manifest(workspace, old["log_id"]) == old
    sweep(workspace)
    assert [folder.name for folder in versions.iterdir()] == [old["version_id"]]


def test_sweeping_spares_an_import_that_is_alive(workspace: Workspace) -> None:
    with building(workspace, "log", "version") as made:
        subprocess.run(
            [sys.executable, "-c", "import sys; from pathlib import Path; from core.events.building import sweep; "
             "from core.storage.workspace import Workspace; sweep(Workspace(Path(sys.argv[1])))", str(workspace.root)],
            cwd=ROOT, check=True,
        )  # fmt: skip
        assert made.scratch.exists()
    assert list(workspace.logs.iterdir()) == []


def test_a_version_renamed_but_not_published_is_swept(path: Path, workspace: Workspace) -> None:
    old = import_log(workspace, ImportSpec(files=(str(path),)), lambda done, message: None)
    folder = workspace.version(old["log_id"], old["version_id"])
    orphan = folder.with_name("version-orphan")
    orphan.mkdir()
    (orphan / "log.duckdb").touch()
    sweep(workspace)
    assert not orphan.exists()
    assert (folder / "log.duckdb").exists()


def test_the_job_returns_its_result_and_imports_once_even_if_it_runs_twice(path: Path, workspace: Workspace) -> None:
    run = Run(workspace, "import-1", "import", {"files": [str(path)], "name": "Mine"}, None, None)
    run.folder.mkdir(parents=True)
    first = work(run)
    assert list(first) == list(RESULT_KEYS)
    assert (first["events"], first["rejected"], first["name"]) == (5_000, 2, "Mine")
    assert work(run) == first
    assert len(list_logs(workspace)) == 1
