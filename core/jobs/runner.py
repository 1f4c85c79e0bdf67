"""The runner: one detached process per workspace.

Starts a worker for each lane, stops cancelled runs, settles the runs whose process died.

It holds no state of its own, so it may be killed at any time; the next `ensure_runner` starts another.
"""

import fcntl
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import IO, Any

from core.jobs.kinds import LANES
from core.jobs.processes import is_alive, started_at, stop
from core.storage.catalogue import database, now_text
from core.storage.machine import free_threads
from core.storage.workspace import ROOT, Workspace

POLL_SECONDS = 0.3
IDLE_SECONDS = 60.0  # without work and without the server that started it, the runner leaves
MAX_ATTEMPTS = 3
FIRST_ANSWER_SECONDS = 2.0  # so long a run that has just begun has the cores to itself; then the next spare gets ready


def ensure_runner(workspace: Workspace) -> None:
    """Start the runner unless one is up. Safe to call from any process, any number of times."""
    if runner_is_up(workspace):
        return
    command = [sys.executable, "-m", "core", "runner", "--parent", str(os.getpid())]
    _start(workspace, command, log_name="runner.log")


def runner_is_up(workspace: Workspace) -> bool:
    """Whether a runner holds this workspace's lock."""
    lock = hold_lock(workspace, "runner")
    if lock is not None:
        lock.close()
    return lock is None


def hold_lock(workspace: Workspace, name: str) -> IO[str] | None:
    """Take a lock that ends with this process, or None if another process has it. Keep what it returns."""
    file = (workspace.root / f"{name}.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def run_runner(workspace: Workspace, parent_pid: int) -> None:
    """The runner's loop; ends when there is no work and the process that started it is gone."""
    lock = hold_lock(workspace, "runner")
    if lock is None:
        return
    parent_started = started_at(parent_pid)
    workers: dict[str, subprocess.Popen[bytes]] = {}
    asked_at: dict[str, float] = {}
    busy_at = time.monotonic()
    while True:
        active = _active(workspace)
        for row in active:
            _look_after(workspace, row, asked_at)
        for lane in LANES:
            _staff(workspace, lane, active, workers)
        now = time.monotonic()
        busy_at = now if active else busy_at
        if now - busy_at > IDLE_SECONDS and not is_alive(parent_pid, parent_started):
            return
        time.sleep(POLL_SECONDS)


def _active(workspace: Workspace) -> list[dict[str, Any]]:
    with database(workspace) as rows:
        return [
            dict(row)
            for row in rows.execute("SELECT * FROM runs WHERE status IN ('queued','running','cancelling')").fetchall()
        ]


def _look_after(workspace: Workspace, row: dict[str, Any], asked_at: dict[str, float]) -> None:
    """Stop a cancelled run; settle one whose process died."""
    if row["status"] == "queued":
        return
    if is_alive(row["pid"], row["pid_started"]):
        if row["status"] == "cancelling" and row["run_id"] not in asked_at:
            asked_at[row["run_id"]] = time.monotonic()
            stop(row["pid"], forcibly=False)
        elif (
            row["status"] == "cancelling"
            and time.monotonic() - asked_at[row["run_id"]] > LANES[row["lane"]].grace_seconds
        ):
            stop(row["pid"], forcibly=True)
        return
    asked_at.pop(row["run_id"], None)
    status, error = _settled(workspace, row)
    with database(workspace) as rows:
        rows.execute(
            "UPDATE runs SET status=?, error=?, message=?, finished_at=?, pid=NULL, pid_started=NULL "
            "WHERE run_id=? AND pid IS ? AND status=?",
            (
                status, error, "resuming" if status == "queued" else row["message"],
                None if status == "queued" else now_text(), row["run_id"], row["pid"], row["status"],
            ),
        )  # fmt: skip


def _settled(workspace: Workspace, row: dict[str, Any]) -> tuple[str, str | None]:
    """What a run whose process is gone has become."""
    if (workspace.run(row["run_id"]) / "result.json").exists():
        return "done", None
    if row["status"] == "cancelling":
        return "cancelled", None
    if row["attempts"] < MAX_ATTEMPTS:
        return "queued", None
    return "failed", f"The process of this run died {row['attempts']} times, perhaps for want of memory; see its log."


def _staff(
    workspace: Workspace, lane: str, active: list[dict[str, Any]], workers: dict[str, subprocess.Popen[bytes]]
) -> None:
    """Start the lane's worker if there is work and none is up; a warm lane always gets a spare one."""
    warm = bool(LANES[lane].warm)
    worker = workers.get(lane)
    if not warm and (
        not any(row["lane"] == lane and row["status"] == "queued" for row in active)
        or (worker is not None and worker.poll() is None)
    ):
        return
    probe = hold_lock(workspace, f"spare-{lane}" if warm else f"lane-{lane}")
    if probe is None:
        return  # it is there, or a worker of an earlier runner is still at it
    probe.close()
    if warm and worker is not None and worker.poll() is None and not _took_a_run(active, worker.pid):
        return  # it has only just been started
    if warm and any(row["lane"] == lane and _has_just_begun(row) for row in active):
        return
    nice = ["nice", "-n", str(LANES[lane].niceness)] if LANES[lane].niceness else []
    command = [*nice, sys.executable, "-m", "core", "work", "--lane", lane]
    workers[lane] = _start(workspace, command, log_name=f"lane-{lane}.log")


def _has_just_begun(row: dict[str, Any]) -> bool:
    if row["status"] != "running" or row["started_at"] is None:
        return False
    began = datetime.fromisoformat(row["started_at"])
    return abs((datetime.now(UTC) - began).total_seconds()) < FIRST_ANSWER_SECONDS


def _took_a_run(active: list[dict[str, Any]], pid: int) -> bool:
    return any(row["pid"] == pid for row in active)


def _start(workspace: Workspace, command: list[str], *, log_name: str) -> subprocess.Popen[bytes]:
    environment = {
        "OMP_NUM_THREADS": str(free_threads()),
        **os.environ,
        "WHYPATH_WORKSPACE": str(workspace.root),
        "PYTHONUNBUFFERED": "1",
    }
    with (workspace.root / log_name).open("ab") as log:
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
