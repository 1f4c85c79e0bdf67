"""Put versions in the places of others, for good: what forgetting a user ends with."""

import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from core.storage.catalogue import database
from core.storage.runs import ACTIVE
from core.storage.workspace import Workspace

STAMP = "forgotten"


def replace_versions(workspace: Workspace, log_id: str, new_of: Mapping[str, str]) -> None:
    """In one transaction: each new version takes its old one's moment, its being current, and every mention of it.

    Runs that were pinned to an old version are pinned to the new one; the old rows are gone. The files are the
    caller's.
    """
    if not new_of:
        return
    with database(workspace) as rows:
        rows.execute("BEGIN IMMEDIATE")
        for old, new in new_of.items():
            moment = rows.execute(
                "SELECT created_at FROM versions WHERE log_id=? AND version_id=?", (log_id, old)
            ).fetchone()["created_at"]
            rows.execute("UPDATE versions SET created_at=? WHERE log_id=? AND version_id=?", (moment, log_id, new))
            rows.execute("UPDATE logs SET version_id=? WHERE log_id=? AND version_id=?", (new, log_id, old))
            rows.execute("UPDATE runs SET version_id=? WHERE log_id=? AND version_id=?", (new, log_id, old))
            rows.execute("DELETE FROM versions WHERE log_id=? AND version_id=?", (log_id, old))
        for row in rows.execute("SELECT version_id, manifest FROM versions WHERE log_id=?", (log_id,)).fetchall():
            manifest = json.loads(row["manifest"])
            for key in ("parent_version_id", "base_version_id"):
                manifest[key] = new_of.get(manifest.get(key), manifest.get(key))
            if row["version_id"] in new_of.values():
                manifest.pop("replaces", None)
            rows.execute(
                "UPDATE versions SET manifest=? WHERE log_id=? AND version_id=?",
                (json.dumps(manifest, ensure_ascii=False), log_id, row["version_id"]),
            )
        rows.execute("COMMIT")


def runs_of(workspace: Workspace, log_id: str, *, active: bool = False) -> list[dict[str, Any]]:
    """{run_id, kind, title} of all runs of a log, or of those that are not over."""
    statuses = f"status IN ({', '.join('?' for _ in ACTIVE)})" if active else "true"
    with database(workspace) as rows:
        found = rows.execute(
            f"SELECT run_id, kind, title FROM runs WHERE log_id=? AND {statuses} ORDER BY created_at",
            (log_id, *(ACTIVE if active else ())),
        ).fetchall()
    return [dict(row) for row in found]


def scrub_rows(workspace: Workspace, log_id: str, scrub: Callable[[Any], Any]) -> None:
    """Pass what the catalogue says of a log's runs and shelves through `scrub`; a spec that it would change goes."""
    with database(workspace) as rows:
        rows.execute("PRAGMA secure_delete=ON")  # what is overwritten is not left in free pages
        rows.execute("BEGIN IMMEDIATE")
        for row in rows.execute("SELECT run_id, spec, message, error FROM runs WHERE log_id=?", (log_id,)).fetchall():
            spec = json.dumps(scrub(json.loads(row["spec"])))
            rows.execute(
                "UPDATE runs SET spec=?, message=?, error=? WHERE run_id=?",
                (spec, scrub(row["message"]), scrub(row["error"]), row["run_id"]),
            )
        for row in rows.execute("SELECT shelf, name, body FROM shelf WHERE log_id=?", (log_id,)).fetchall():
            body = json.dumps(scrub(json.loads(row["body"])), ensure_ascii=False)
            rows.execute(
                "UPDATE shelf SET body=? WHERE log_id=? AND shelf=? AND name=?",
                (body, log_id, row["shelf"], row["name"]),
            )
        for row in rows.execute("SELECT spec_hash, spec FROM specs").fetchall():
            if scrub(json.loads(row["spec"])) != json.loads(row["spec"]):
                rows.execute("DELETE FROM specs WHERE spec_hash=?", (row["spec_hash"],))
        rows.execute("COMMIT")
        rows.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def note_forgetting(workspace: Workspace) -> None:
    """Leave a stamp that tells running servers to drop what they hold in memory."""
    path = workspace.root / STAMP
    path.touch()
    os.utime(path, (time.time(), time.time()))


def last_forgetting(workspace: Workspace) -> float:
    """When somebody was forgotten last (seconds since 1970), 0 if never."""
    path = Path(workspace.root / STAMP)
    return path.stat().st_mtime if path.exists() else 0.0
