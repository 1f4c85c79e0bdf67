"""The queue that pages use: submit, cancel, retry. Everything it knows is in the catalogue."""

import json
from typing import Any

from core import VERSION
from core.errors import BadSpec
from core.jobs.kinds import kind_of
from core.jobs.processes import started_at
from core.jobs.runner import ensure_runner
from core.specs import hash_of
from core.storage.catalogue import database, now_text
from core.storage.runs import find_run
from core.storage.workspace import Workspace, new_id, write_json


def submit(
    workspace: Workspace,
    kind: str,
    spec: dict[str, Any],
    *,
    title: str,
    log_id: str | None = None,
    version_id: str | None = None,
) -> str:
    """Queue a run and return its `run_id`; an active run of the same request, or a finished study, is reused."""
    key = request_key(kind, spec, version_id)
    existing = _existing(workspace, key, reuse_finished=kind == "study")
    if existing is None:
        existing = insert_run(workspace, kind, spec, title=title, log_id=log_id, version_id=version_id, dedupe=key)
    ensure_runner(workspace)
    return existing


def cancel(workspace: Workspace, run_id: str) -> None:
    """Stop a run: at once if it waits, within seconds if it works. What it had done stays for a retry."""
    with database(workspace) as rows:
        rows.execute(
            "UPDATE runs SET status='cancelled', finished_at=? WHERE run_id=? AND status='queued'", (now_text(), run_id)
        )
        rows.execute("UPDATE runs SET status='cancelling' WHERE run_id=? AND status='running'", (run_id,))
    ensure_runner(workspace)


def retry(workspace: Workspace, run_id: str) -> None:
    """Queue a failed or cancelled run again; it resumes from its checkpoint if it has one."""
    row = find_run(workspace, run_id)
    if row["status"] not in ("failed", "cancelled"):
        raise BadSpec(f"Run '{run_id}' is {row['status']}; only a failed or cancelled run can be retried.")
    with database(workspace) as rows:
        rows.execute(
            "UPDATE runs SET status='queued', attempts=0, error=NULL, finished_at=NULL, pid=NULL WHERE run_id=?",
            (run_id,),
        )
    ensure_runner(workspace)


def request_key(kind: str, spec: dict[str, Any], version_id: str | None) -> str:
    """What makes two requests the same: kind, spec, log version and the code's version."""
    return hash_of([kind, spec, version_id, VERSION])


def insert_run(
    workspace: Workspace,
    kind: str,
    spec: dict[str, Any],
    *,
    title: str,
    log_id: str | None,
    version_id: str | None,
    dedupe: str | None,
    claimed_by: int | None = None,
) -> str:
    """Write the run's folder, then its row as 'queued'; returns the `run_id`.

    claimed_by: the process that carries it out at once; its row says 'running', so that no runner takes it.
    """
    run_id = new_id(f"{kind}-{spec.get('model', '')}")
    folder = workspace.run(run_id)
    folder.mkdir(parents=True)
    write_json(folder / "spec.json", {"kind": kind, "spec": spec, "log_id": log_id, "version_id": version_id})
    here = {} if claimed_by is None else {
        "status": "running", "attempts": 1, "pid": claimed_by, "pid_started": started_at(claimed_by),
        "message": "starting", "started_at": now_text(),
    }  # fmt: skip
    row = {
        "run_id": run_id, "kind": kind, "lane": kind_of(kind).lane, "title": title, "spec": json.dumps(spec),
        "log_id": log_id, "version_id": version_id, "dedupe": dedupe, "status": "queued", "created_at": now_text(),
        **here,
    }  # fmt: skip
    with database(workspace) as rows:
        rows.execute(f"INSERT INTO runs({','.join(row)}) VALUES({','.join('?' * len(row))})", tuple(row.values()))
    return run_id


def _existing(workspace: Workspace, key: str, *, reuse_finished: bool) -> str | None:
    wanted = ("queued", "running", "cancelling", "done") if reuse_finished else ("queued", "running", "cancelling")
    marks = ",".join("?" * len(wanted))
    with database(workspace) as rows:
        row = rows.execute(
            f"SELECT run_id, status FROM runs WHERE dedupe=? AND status IN ({marks}) ORDER BY created_at DESC LIMIT 1",
            (key, *wanted),
        ).fetchone()
    if row is None or (row["status"] == "done" and not (workspace.run(row["run_id"]) / "result.json").exists()):
        return None
    return str(row["run_id"])
