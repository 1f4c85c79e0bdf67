"""Runs in real processes: they end, fail with a sentence, are cancelled, and survive kill -9 of worker and runner."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from threadpoolctl import threadpool_limits

from core.errors import BadSpec, Cancelled, RunFailed
from core.jobs import kinds, queue, runner, work
from core.jobs.kinds import Kind, Lane
from core.jobs.processes import is_alive, started_at
from core.storage.catalogue import database
from core.storage.runs import Run, find_metrics, find_partial, find_result, find_run, write_result
from core.storage.workspace import ROOT, Workspace

PROCEDURES = ("count", "refuse", "break_down", "interrupted", "ignore_everything")
# Python runs a `sitecustomize` module at its start: so the runner and its workers, real processes, know the test's kinds.
REGISTER = f"""
from core.jobs import kinds
kinds.LANES.clear()
kinds.LANES["test"] = kinds.Lane(grace_seconds=1.0)
kinds.LANES["warm"] = kinds.Lane(warm=("json",), rehearsal="tests.jobs.procedures:rehearse")
kinds.KINDS["warm_count"] = kinds.Kind("warm_count", "warm", "tests.jobs.procedures:count")
kinds.KINDS.update({{name: kinds.Kind(name, "test", "tests.jobs.procedures:" + name) for name in {PROCEDURES!r}}})
"""


@pytest.fixture
def started(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace whose runner knows the test's procedures; every process it started is gone afterwards."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(REGISTER)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'site'}{os.pathsep}{ROOT}")
    monkeypatch.setenv("WHYPATH_WORKSPACE", str(workspace.root))
    monkeypatch.setitem(kinds.KINDS, "warm_count", Kind("warm_count", "warm", "tests.jobs.procedures:count"))
    for name in ("test", "warm"):
        monkeypatch.setitem(kinds.LANES, name, Lane())
    for name in PROCEDURES:
        monkeypatch.setitem(kinds.KINDS, name, Kind(name, "test", f"tests.jobs.procedures:{name}"))
    yield workspace
    for pid in processes_of(workspace):
        os.kill(pid, signal.SIGKILL)


def processes_of(workspace: Workspace, words: str = "") -> list[int]:
    """The processes that work in this workspace (by their environment) whose command holds the words."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment, command = (folder / "environ").read_bytes(), (folder / "cmdline").read_bytes()
        except OSError:
            continue
        mine = f"WHYPATH_WORKSPACE={workspace.root}\0".encode() in environment and b"-m\0core" in command
        if mine and words.encode() in command.replace(b"\0", b" "):
            found.append(int(folder.name))
    return found


def wait_for(workspace: Workspace, run_id: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    for _ in range(6000):
        row = find_run(workspace, run_id)
        if wanted(row):
            return row
        time.sleep(0.05)
    pytest.fail(f"the run stayed {row['status']} ({row['message']}, {row['error']})")


def is_over(row: dict[str, Any]) -> bool:
    return row["status"] in ("done", "failed", "cancelled")


def submit(workspace: Workspace, kind: str, **spec: Any) -> str:
    return queue.submit(workspace, kind, spec, title=kind)


def test_a_run_ends_with_its_result(started: Workspace) -> None:
    run_id = submit(started, "count", to=3)
    row = wait_for(started, run_id, is_over)
    assert (row["status"], row["progress_share"], row["error"]) == ("done", 1.0, None)
    assert find_result(started, run_id) == {"counted": 3}


def test_a_failed_run_says_one_sentence_and_the_next_one_still_runs(started: Workspace) -> None:
    refused, broken, fine = submit(started, "refuse"), submit(started, "break_down"), submit(started, "count", to=1)
    assert wait_for(started, fine, is_over)["status"] == "done"
    assert find_run(started, refused)["error"] == "This log has 3 events; training needs at least 100."
    assert "ZeroDivisionError: a bug" in find_run(started, broken)["error"]
    assert "Traceback" in (started.run(broken) / "log.txt").read_text()


def test_the_same_request_twice_is_one_run(started: Workspace) -> None:
    first, second = submit(started, "count", to=20, pause=0.05), submit(started, "count", to=20, pause=0.05)
    assert first == second
    assert submit(started, "count", to=21) != first


def test_a_killed_worker_is_replaced_and_resumes(started: Workspace) -> None:
    run_id = submit(started, "count", to=30, pause=0.05)
    row = wait_for(started, run_id, lambda row: row["progress_share"] > 0.1)
    os.kill(row["pid"], signal.SIGKILL)
    row = wait_for(started, run_id, is_over)
    assert (row["status"], row["attempts"]) == ("done", 2)
    first, second = find_metrics(started, run_id)
    assert first["resumed_from"] == 0 < second["resumed_from"]


def test_a_killed_runner_is_replaced_and_the_worker_goes_on(started: Workspace) -> None:
    run_id = submit(started, "count", to=30, pause=0.1)
    before = wait_for(started, run_id, lambda row: row["progress_share"] > 0.05)
    for pid in processes_of(started, "core runner"):
        os.kill(pid, signal.SIGKILL)
    runner.ensure_runner(started)
    after = wait_for(started, run_id, lambda row: row["progress_share"] > before["progress_share"] + 0.2)
    assert after["pid"] == before["pid"]
    row = wait_for(started, run_id, is_over)
    assert (row["status"], row["attempts"]) == ("done", 1)


def test_a_cancelled_run_stops_and_a_retry_resumes_it(started: Workspace) -> None:
    run_id = submit(started, "count", to=40, pause=0.05)
    wait_for(started, run_id, lambda row: row["progress_share"] > 0.1)
    queue.cancel(started, run_id)
    assert wait_for(started, run_id, is_over)["status"] == "cancelled"
    queue.retry(started, run_id)
    assert wait_for(started, run_id, is_over)["status"] == "done"
    assert find_metrics(started, run_id)[-1]["resumed_from"] > 0


def test_a_run_that_ignores_the_request_to_stop_is_ended(started: Workspace) -> None:
    run_id = submit(started, "ignore_everything")
    wait_for(started, run_id, lambda _: (started.run(run_id) / "checkpoint" / "started").exists())
    queue.cancel(started, run_id)
    assert wait_for(started, run_id, is_over)["status"] == "cancelled"
    assert (started.run(run_id) / "checkpoint" / "asked").exists()


def test_a_run_stopped_at_the_keyboard_is_cancelled_and_says_how_to_go_on(started: Workspace) -> None:
    heard: list[str] = []
    with pytest.raises(Cancelled, match="was cancelled; resume it with: python -m core work interrupted-"):
        work.run_here(started, "interrupted", {}, title="t", say=lambda share, message: heard.append(message))
    assert find_run(started, heard[0].removeprefix("run "))["status"] == "cancelled"


def test_a_queued_run_is_cancelled_at_once_and_a_running_one_cannot_be_retried(started: Workspace) -> None:
    first, second = submit(started, "count", to=50, pause=0.05), submit(started, "count", to=2)
    queue.cancel(started, second)
    assert find_run(started, second)["status"] == "cancelled"
    with pytest.raises(BadSpec, match="only a failed or cancelled run"):
        queue.retry(started, first)


def test_a_run_that_keeps_dying_fails_with_a_sentence(started: Workspace) -> None:
    run_id = queue.insert_run(started, "count", {"to": 1}, title="x", log_id=None, version_id=None, dedupe=None)
    with database(started) as rows:
        rows.execute("UPDATE runs SET status='running', attempts=3, pid=1, pid_started=-1.0 WHERE run_id=?", (run_id,))
    runner.ensure_runner(started)
    row = wait_for(started, run_id, is_over)
    assert row["status"] == "failed"
    assert "died 3 times" in row["error"]


def test_a_run_of_the_command_line_is_never_another_process_s(started: Workspace) -> None:
    run_id = queue.insert_run(
        started, "count", {"to": 1}, title="x", log_id=None, version_id=None, dedupe=None, claimed_by=os.getpid()
    )
    assert work.claim(started, run_id=run_id) is None
    row = find_run(started, run_id)
    assert (row["status"], row["pid"], row["attempts"]) == ("running", os.getpid(), 1)
    assert runner.is_alive(row["pid"], row["pid_started"])


def test_the_command_line_runs_here_and_raises_what_stopped_it(started: Workspace) -> None:
    heard: list[str] = []
    result = work.run_here(started, "count", {"to": 2}, title="x", say=lambda _, message: heard.append(message))
    assert result == {"counted": 2}
    assert heard[0].startswith("run count-")
    with pytest.raises(RunFailed, match="needs at least 100"):
        work.run_here(started, "refuse", {}, title="x")
    assert processes_of(started) == []


def test_a_reused_process_id_is_not_mistaken_for_ours() -> None:
    mine = started_at(os.getpid())
    assert is_alive(os.getpid(), mine)
    assert not is_alive(os.getpid(), (mine or 0) + 1)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert started_at(ended.pid) is None


def test_a_warm_lane_keeps_a_spare_that_takes_the_next_run_when_the_first_is_cancelled(started: Workspace) -> None:
    runner.ensure_runner(started)
    for _ in range(6000):
        if (started.root / "rehearsed").exists():  # before there is anything to do
            break
        time.sleep(0.05)
    first = submit(started, "warm_count", to=10_000, pause=0.05)
    working = wait_for(started, first, lambda row: row["status"] == "running")["pid"]
    for _ in range(600):
        spares = set(processes_of(started, "work --lane warm")) - {working}
        if spares:
            break
        time.sleep(0.05)
    assert len(spares) == 1  # it waits, and does not start the next run beside the first
    second = submit(started, "warm_count", to=3)
    queue.cancel(started, first)
    assert wait_for(started, first, is_over)["status"] == "cancelled"
    assert wait_for(started, second, is_over)["status"] == "done"
    assert not is_alive(working, started_at(working))


def test_what_a_run_shows_is_there_until_its_result_is(started: Workspace) -> None:
    run_id = queue.insert_run(
        started, "count", {"to": 1}, title="count", log_id=None, version_id=None, dedupe=None, claimed_by=os.getpid()
    )
    run = Run(started, run_id, "count", {}, None, None)
    assert find_partial(started, run_id) is None
    run.show({"raw": 1})
    run.show({"raw": 1, "adjusted": 2})
    assert find_partial(started, run_id) == {"raw": 1, "adjusted": 2}
    write_result(run, {"adjusted": 2})
    assert find_partial(started, run_id) is None and find_result(started, run_id) == {"adjusted": 2}


def test_matrix_products_of_a_lane_that_has_its_own_threads_get_one_each(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(kinds.KINDS, "threads", Kind("threads", "test", "tests.jobs.procedures:threads"))
    found = {}
    with threadpool_limits(2):
        for own in (False, True):
            monkeypatch.setitem(kinds.LANES, "test", Lane(own_threads=own))
            found[own] = work.run_here(workspace, "threads", {}, title="threads")["threads"]
    assert set(found[False]) == {2} and set(found[True]) == {1}
