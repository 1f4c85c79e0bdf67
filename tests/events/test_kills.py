"""kill -9 at random moments of an import, an append and a cleaning: the old version or the new one, nothing stray."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.events.building import sweep
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.jobs.work import work_on
from core.storage.catalogue import database, list_logs, list_versions
from core.storage.engine import open_log
from core.storage.runs import find_result, find_run
from core.storage.workspace import ROOT, Workspace

KILLS = 20
OLD_ROWS, NEW_ROWS = 3_000, 2_000
RECIPE = {"steps": [{"step": "drop_duplicates", "settings": {"by": ["user_id", "event_type"]}}]}


def rows(start: int, count: int) -> str:
    made = (f"u{n % 97},view-{n % 5},item-{n % 50},2024-01-01T00:00:00.{n:06d}Z" for n in range(start, start + count))
    return "\n".join(["user,event,item,time", *made, "u1,view,item-1,never", ""])


@pytest.fixture
def old(workspace: Workspace, tmp_path: Path) -> dict[str, Any]:
    """A log with one version, and its manifest."""
    (tmp_path / "old.csv").write_text(rows(0, OLD_ROWS), encoding="utf-8")
    spec = ImportSpec(files=(str(tmp_path / "old.csv"),), name="Old")
    return import_log(workspace, spec, lambda share, message: None)


def kill(workspace: Workspace, kind: str, **asked: Any) -> list[str]:
    """The ids of the runs that were killed on their way."""
    answer = subprocess.run(
        [sys.executable, "-m", "tests.events.kills", str(workspace.root), "7", kind, str(KILLS)],
        input=json.dumps({"log_id": None, "version_id": None, **asked}), cwd=ROOT, check=True, capture_output=True,
        text=True,
    )  # fmt: skip
    killed: list[str] = json.loads(answer.stdout)["killed"]
    assert len(killed) > KILLS / 4, "the kills came too late to show anything"
    return killed


def check(workspace: Workspace, sizes: set[int]) -> None:
    """Every current version can be read and has one of these sizes; every version is whole; nothing stray is left."""
    sweep(workspace)
    for log in list_logs(workspace):
        opened = open_log(workspace, log["log_id"])
        count = int(opened.fetch_sql("SELECT count(*) AS n FROM events").n[0])
        opened.close()
        assert count == log["manifest"]["events"]
        assert count in sizes
    published = {(log["log_id"], v["version_id"]) for log in list_logs(workspace)
                 for v in list_versions(workspace, log["log_id"])}  # fmt: skip
    on_disk = {(folder.parents[1].name, folder.name) for folder in workspace.logs.glob("*/versions/*")}
    assert on_disk == published
    for log_id, version_id in published:
        names = {file.name for file in workspace.version(log_id, version_id).iterdir()}
        assert names == {"log.duckdb", "manifest.json", "rejects.parquet"}
    for folder in (workspace.uploads, workspace.spill):
        assert list(folder.iterdir()) == []


def resume(workspace: Workspace, run_id: str) -> dict[str, Any]:
    """Let a killed run end, as the runner would."""
    with database(workspace) as found:
        found.execute("UPDATE runs SET status='queued', pid=NULL WHERE run_id=?", (run_id,))
    assert work_on(workspace, run_id) == "done", find_run(workspace, run_id)["error"]
    return find_result(workspace, run_id)


def test_a_killed_import_leaves_no_log_or_a_whole_one_and_resumes(workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "new.csv"
    file.write_text(rows(0, NEW_ROWS), encoding="utf-8")
    killed = kill(workspace, "import", spec=ImportSpec(files=(str(file),), name="New").plain())
    check(workspace, {NEW_ROWS})
    results = [resume(workspace, run_id) for run_id in killed[-3:]]
    assert all((result["events"], result["rejected"]) == (NEW_ROWS, 1) for result in results)
    check(workspace, {NEW_ROWS})
    assert len({result["log_id"] for result in results}) == len(results)
    assert all(len(list_versions(workspace, result["log_id"])) == 1 for result in results)


def test_a_killed_append_leaves_the_old_version_or_the_new_one_and_resumes(
    workspace: Workspace, old: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "more.csv"
    file.write_text(rows(OLD_ROWS - 500, NEW_ROWS), encoding="utf-8")
    spec = ImportSpec(files=(str(file),), append_to=old["log_id"], recipe=RECIPE)
    whole = OLD_ROWS + NEW_ROWS - 500
    killed = kill(workspace, "import", spec=spec.plain(), log_id=old["log_id"])
    check(workspace, {OLD_ROWS, whole, 97 * 5})
    uncleaned = {
        v["manifest"]["events"] for v in list_versions(workspace, old["log_id"]) if not v["manifest"].get("recipe")
    }
    assert uncleaned <= {OLD_ROWS, whole}
    assert resume(workspace, killed[-1])["events"] == 97 * 5
    check(workspace, {97 * 5})


def test_a_killed_cleaning_leaves_the_old_version_or_the_new_one_and_resumes(
    workspace: Workspace, old: dict[str, Any]
) -> None:
    killed = kill(workspace, "clean", spec=RECIPE, log_id=old["log_id"], version_id=old["version_id"])
    check(workspace, {OLD_ROWS, 97 * 5})
    assert resume(workspace, killed[-1])["events"] == 97 * 5
    check(workspace, {97 * 5})
