"""A worker: claims one run, carries it out in this process, records how it ended."""

import gc
import importlib
import os
import signal
import time
import traceback
from contextlib import nullcontext
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from threadpoolctl import threadpool_limits

from core.errors import BadSpec, Cancelled, RunFailed, WhypathError
from core.jobs.kinds import LANES, Lane, kind_of
from core.jobs.processes import is_alive, started_at
from core.jobs.queue import insert_run
from core.jobs.runner import hold_lock, runner_is_up
from core.specs import load_function
from core.storage.catalogue import database, now_text
from core.storage.runs import Run, Say, find_result, find_run, write_result
from core.storage.workspace import Workspace

POLL_SECONDS = 0.05
_STOPPED: list[bool] = []  # holds something once this process was asked to stop


def serve_lane(workspace: Workspace, lane: str) -> None:
    """Carry out the next run of a lane, then end. A warm lane's worker waits for one while the runner lives."""
    warm = LANES[lane].warm
    spare = hold_lock(workspace, f"spare-{lane}") if warm else None
    if warm and spare is None:
        return
    _get_ready(workspace, LANES[lane])
    while (lock := hold_lock(workspace, f"lane-{lane}")) is None:
        if not warm or not runner_is_up(workspace):
            return
        time.sleep(POLL_SECONDS)
    while (claimed := claim(workspace, lane=lane)) is None:
        if not warm or not runner_is_up(workspace):
            return
        time.sleep(POLL_SECONDS)
    if spare is not None:
        spare.close()  # the runner may now start the next one
    log = os.open(workspace.run(claimed["run_id"]) / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    carry_out(workspace, claimed)
    lock.close()


def _get_ready(workspace: Workspace, lane: Lane) -> None:
    """What a spare does while it waits; what it then holds is never garbage, so that no run looks for it there."""
    for module in lane.warm:
        importlib.import_module(module)
    if lane.rehearsal is not None:
        try:
            load_function(lane.rehearsal)(workspace)
        except Exception:  # noqa: BLE001  a rehearsal that breaks must not keep the next run waiting; the lane's log has it
            traceback.print_exc()
    gc.collect()
    gc.freeze()


def work_on(workspace: Workspace, run_id: str, say: Say | None = None) -> str:
    """Carry out (or resume) one run here and now; returns its final status. Refuses one that is being worked on."""
    row = find_run(workspace, run_id)
    if row["status"] == "done":
        return "done"
    if is_alive(row["pid"], row["pid_started"]) and row["status"] in ("running", "cancelling"):
        raise BadSpec(f"Run '{run_id}' is being worked on by process {row['pid']}; cancel it first.")
    with database(workspace) as rows:
        rows.execute("UPDATE runs SET status='queued', error=NULL, pid=NULL WHERE run_id=?", (run_id,))
    claimed = claim(workspace, run_id=run_id)
    return carry_out(workspace, claimed, say) if claimed else str(find_run(workspace, run_id)["status"])


def run_here(
    workspace: Workspace,
    kind: str,
    spec: dict[str, Any],
    *,
    title: str,
    log_id: str | None = None,
    version_id: str | None = None,
    say: Say | None = None,
) -> dict[str, Any]:
    """Make a run and carry it out in this process (the command line); returns its result or raises what stopped it.

    say(share, message) hears the run's id first, so that it can be resumed whatever happens, then its progress.
    """
    run_id = insert_run(
        workspace, kind, spec, title=title, log_id=log_id, version_id=version_id, dedupe=None, claimed_by=os.getpid()
    )
    if say:
        say(0.0, f"run {run_id}")
    status = carry_out(workspace, find_run(workspace, run_id), say)
    if status == "done":
        return find_result(workspace, run_id)
    if status == "cancelled":
        raise Cancelled(f"Run '{run_id}' was cancelled; resume it with: python -m core work {run_id}")
    raise RunFailed(str(find_run(workspace, run_id)["error"] or f"Run '{run_id}' is {status}."))


def claim(workspace: Workspace, *, lane: str | None = None, run_id: str | None = None) -> dict[str, Any] | None:
    """Take the oldest queued run of a lane, or the named one, in one statement; None if there is none to take."""
    with database(workspace) as rows:
        row = rows.execute(
            "UPDATE runs SET status='running', attempts=attempts+1, pid=?, pid_started=?, message='starting', "
            "started_at=coalesce(started_at, ?) WHERE run_id=(SELECT run_id FROM runs WHERE status='queued' "
            "AND lane=coalesce(?, lane) AND run_id=coalesce(?, run_id) ORDER BY created_at LIMIT 1) RETURNING run_id",
            (os.getpid(), started_at(os.getpid()), now_text(), lane, run_id),
        ).fetchone()
    return find_run(workspace, row["run_id"]) if row else None


def carry_out(workspace: Workspace, row: dict[str, Any], say: Say | None = None) -> str:
    """Run the procedure of a claimed run and record the end: done, cancelled or failed (with one sentence)."""
    _STOPPED.clear()
    signal.signal(signal.SIGTERM, _stop)
    run = Run(workspace, row["run_id"], row["kind"], row["spec"], row["log_id"], row["version_id"], say)
    try:
        kind = kind_of(row["kind"])
        procedure = load_function(kind.function)
        with threadpool_limits(1) if LANES[kind.lane].own_threads else nullcontext():
            result = procedure(run)
        write_result(run, result)
        return _finish(run, "done", None)
    except (Cancelled, KeyboardInterrupt):
        return _finish(run, "cancelled", None)
    except WhypathError as error:
        return _finish(run, "cancelled", None) if _STOPPED else _failed(run, str(error))
    except MemoryError:
        return _failed(run, "This machine ran out of memory; use fewer rows or smaller settings.")
    except Exception as error:  # noqa: BLE001  whatever broke is recorded, and its trace goes to the run's log
        if _STOPPED:  # the engine says in its own words that it was interrupted
            return _finish(run, "cancelled", None)
        traceback.print_exc()
        return _failed(
            run, f"Something in Whypath broke: {type(error).__name__}: {str(error)[:300]} (see the run's log)."
        )


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    _STOPPED.append(True)
    raise Cancelled("The run was asked to stop.")


def _failed(run: Run, sentence: str) -> str:
    Path(run.folder / "error.txt").write_text(sentence, encoding="utf-8")
    return _finish(run, "failed", sentence)


def _finish(run: Run, status: str, error: str | None) -> str:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # from here on it is settled
    with database(run.workspace) as rows:
        rows.execute(
            "UPDATE runs SET status=?, error=?, finished_at=?, pid=NULL, pid_started=NULL, "
            "progress_share=CASE WHEN ?='done' THEN 1 ELSE progress_share END WHERE run_id=?",
            (status, error, now_text(), status, run.run_id),
        )
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return status
