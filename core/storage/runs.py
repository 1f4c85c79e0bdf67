"""A run is a folder with its whole story, and a row that says where it stands.

spec.json        what was asked, with the pinned log version
progress.jsonl   one line per metric, for live curves
checkpoint/      what a killed run resumes from
partial.json     what is known already, while the run goes on
result.json      written once, atomically, at the end
error.txt        one sentence, if it failed
stale.json       why the result no longer stands, if it does not
log.txt          everything the process printed
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import Cancelled, NotFound
from core.storage.catalogue import database
from core.storage.workspace import Workspace, jsonable, write_json

Say = Callable[[float, str], None]
ACTIVE = ("queued", "running", "cancelling")
PRUNED = (
    "The version of the log that this was computed on was removed since; the numbers stay, but cannot be made again."
)
COLUMNS = (
    "run_id, kind, lane, title, log_id, version_id, status, attempts, pid, pid_started, progress_share, message, "
    "error, created_at, started_at, finished_at"
)


@dataclass
class Run:
    """What a procedure gets to work with: its spec, its folder, and ways to report."""

    workspace: Workspace
    run_id: str
    kind: str
    spec: dict[str, Any]
    log_id: str | None
    version_id: str | None
    say: Say | None = None
    _reported_at: float = field(default=0.0, repr=False)

    @property
    def folder(self) -> Path:
        return self.workspace.run(self.run_id)

    @property
    def checkpoint(self) -> Path:
        """The folder for what a resumed run needs; made on first use."""
        folder = self.folder / "checkpoint"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def progress(self, share: float, message: str = "") -> None:
        """Say how far it is (0 to 1); written at most twice a second. Raises Cancelled if the analyst asked to stop."""
        now = time.monotonic()
        if now - self._reported_at < 0.5 and share < 1:
            return
        self._reported_at = now
        if self.say:
            self.say(share, message)
        with database(self.workspace) as rows:
            rows.execute(
                "UPDATE runs SET progress_share=?, message=? WHERE run_id=?",
                (min(max(float(share), 0.0), 1.0), message[:300], self.run_id),
            )
            row = rows.execute("SELECT status FROM runs WHERE run_id=?", (self.run_id,)).fetchone()
        if row is not None and row["status"] == "cancelling":
            raise Cancelled(f"Run {self.run_id} was cancelled.")

    def show(self, known: dict[str, Any]) -> None:
        """Let the analyst see what is known already; each call replaces what the one before showed."""
        write_json(self.folder / "partial.json", known)

    def metric(self, **values: Any) -> None:
        """Append one line to the live curves."""
        with (self.folder / "progress.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(jsonable(values)) + "\n")


def find_run(workspace: Workspace, run_id: str) -> dict[str, Any]:
    """The row of a run, its spec included; raises NotFound."""
    with database(workspace) as rows:
        row = rows.execute(f"SELECT {COLUMNS}, spec FROM runs WHERE run_id=?", (run_id,)).fetchone()
    if row is None:
        raise NotFound(f"There is no run '{run_id[:80]}' in this workspace.")
    return {**dict(row), "spec": json.loads(row["spec"])}


def list_runs(workspace: Workspace, *, kind: str | None = None, log_id: str | None = None) -> list[dict[str, Any]]:
    """Runs, newest first (at most 200), of one kind and one log if named."""
    with database(workspace) as rows:
        found = rows.execute(
            f"SELECT {COLUMNS}, spec FROM runs WHERE kind=coalesce(?, kind) AND (? IS NULL OR log_id=?) "
            "ORDER BY created_at DESC LIMIT 200",
            (kind, log_id, log_id),
        ).fetchall()
    return [{**dict(row), "spec": json.loads(row["spec"])} for row in found]


def find_result(workspace: Workspace, run_id: str) -> dict[str, Any]:
    """The result of a finished run; raises NotFound that says where it stands instead.

    If the log version that the run was pinned to is gone, `version_pruned` is true and `notes` say so.
    """
    path = workspace.run(run_id) / "result.json"
    if not path.exists():
        row = find_run(workspace, run_id)
        raise NotFound(
            f"Run '{run_id}' has no result: it is {row['status']}{': ' + row['error'] if row['error'] else ''}."
        )
    result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if _is_pruned(workspace, run_id):
        result |= {"version_pruned": True, "notes": [*(result.get("notes") or []), PRUNED]}
    return result


def find_partial(workspace: Workspace, run_id: str) -> dict[str, Any] | None:
    """What a run under way has shown so far; None if nothing."""
    path = workspace.run(run_id) / "partial.json"
    if not path.exists():
        return None
    known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return known


def partial_mark(workspace: Workspace, run_id: str) -> int | None:
    """Another number each time a run under way has shown more; None while it has shown nothing."""
    path = workspace.run(run_id) / "partial.json"
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return None


def _is_pruned(workspace: Workspace, run_id: str) -> bool:
    """Whether the version that the run was pinned to is no longer there."""
    with database(workspace) as rows:
        return bool(
            rows.execute(
                "SELECT 1 FROM runs r WHERE run_id=? AND version_id IS NOT NULL AND NOT EXISTS "
                "(SELECT 1 FROM versions v WHERE v.log_id=r.log_id AND v.version_id=r.version_id)",
                (run_id,),
            ).fetchone()
        )


def find_metrics(workspace: Workspace, run_id: str) -> list[dict[str, Any]]:
    """The live curves of a run, oldest first; a line torn by a kill is left out."""
    path = workspace.run(run_id) / "progress.jsonl"
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [parsed for line in lines if (parsed := _parsed(line)) is not None]


def last_log_lines(workspace: Workspace, run_id: str, *, lines: int = 30) -> str:
    """The end of what the run's process printed."""
    path = workspace.run(run_id) / "log.txt"
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 20_000))
        return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])


def write_result(run: Run, result: dict[str, Any]) -> None:
    """Store the result of a run atomically."""
    write_json(run.folder / "result.json", result)
    (run.folder / "partial.json").unlink(missing_ok=True)


def mark_stale(workspace: Workspace, run_id: str, reason: str) -> None:
    """Say that what this run found no longer stands, and why."""
    write_json(workspace.run(run_id) / "stale.json", {"reason": reason})


def stale_reason(workspace: Workspace, run_id: str) -> str | None:
    """Why what a run found no longer stands; None if it does."""
    path = workspace.run(run_id) / "stale.json"
    return str(json.loads(path.read_text(encoding="utf-8"))["reason"]) if path.exists() else None


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except json.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None
