"""The catalogue: one SQLite file (WAL) that names logs, versions, specs and graphs. A row in it publishes a version.

Files are written first, the row last; so a crash leaves the old state or the new one, and a folder without a row is
rubbish that `sweep` may delete.
"""

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from core.errors import NotFound
from core.specs import hash_of
from core.storage.workspace import Workspace, jsonable

SCHEMA = """
CREATE TABLE IF NOT EXISTS logs(
  log_id TEXT PRIMARY KEY, name TEXT NOT NULL, created_at TEXT NOT NULL, version_id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS versions(
  log_id TEXT NOT NULL, version_id TEXT NOT NULL, created_at TEXT NOT NULL, manifest TEXT NOT NULL,
  PRIMARY KEY(log_id, version_id));
CREATE TABLE IF NOT EXISTS specs(spec_hash TEXT PRIMARY KEY, spec TEXT NOT NULL, created_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS graphs(
  graph_id TEXT PRIMARY KEY, log_id TEXT, name TEXT NOT NULL, graph TEXT NOT NULL, created_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS runs(
  run_id TEXT PRIMARY KEY, kind TEXT NOT NULL, lane TEXT NOT NULL, title TEXT NOT NULL, spec TEXT NOT NULL,
  log_id TEXT, version_id TEXT, dedupe TEXT,
  status TEXT NOT NULL CHECK(status IN('queued','running','cancelling','done','failed','cancelled')),
  attempts INTEGER NOT NULL DEFAULT 0, pid INTEGER, pid_started REAL,
  progress_share REAL NOT NULL DEFAULT 0, message TEXT NOT NULL DEFAULT '', error TEXT,
  created_at TEXT NOT NULL, started_at TEXT, finished_at TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS one_active_run ON runs(dedupe)
  WHERE dedupe IS NOT NULL AND status IN('queued','running','cancelling');
CREATE INDEX IF NOT EXISTS runs_by_status ON runs(status, created_at);
CREATE TABLE IF NOT EXISTS shelf(
  shelf TEXT NOT NULL, log_id TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, updated_at TEXT NOT NULL,
  PRIMARY KEY(shelf, log_id, name));
PRAGMA user_version=2;
"""
SCHEMA_VERSION = 2


@contextmanager
def database(workspace: Workspace) -> Iterator[sqlite3.Connection]:
    """A short-lived connection in autocommit; each statement is its own transaction unless the caller says BEGIN."""
    fresh = not workspace.database.exists()
    if fresh:
        workspace.prepare()
    connection = sqlite3.connect(workspace.database, timeout=30, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        if fresh or connection.execute("PRAGMA user_version").fetchone()[0] < SCHEMA_VERSION:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(SCHEMA)
        connection.execute("PRAGMA synchronous=NORMAL")
        yield connection
    finally:
        connection.close()


def now_text() -> str:
    """The present moment as ISO 8601 UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def publish_version(
    workspace: Workspace, log_id: str, version_id: str, name: str, manifest: dict[str, Any], *, current: bool = True
) -> None:
    """Publish a version and make it its log's current one (a log's first version always is), in one transaction.

    The files must be in place already.
    """
    with database(workspace) as rows:
        rows.execute("BEGIN IMMEDIATE")
        rows.execute(
            "INSERT INTO versions VALUES(?,?,?,?)",
            (log_id, version_id, now_text(), json.dumps(jsonable(manifest), ensure_ascii=False)),
        )
        update = "UPDATE SET version_id=excluded.version_id" if current else "NOTHING"
        rows.execute(
            f"INSERT INTO logs VALUES(?,?,?,?) ON CONFLICT(log_id) DO {update}", (log_id, name, now_text(), version_id)
        )
        rows.execute("COMMIT")


def list_logs(workspace: Workspace) -> list[dict[str, Any]]:
    """All logs with the manifest of their current version and the id of their newest one, the newest log first."""
    with database(workspace) as rows:
        found = rows.execute(
            "SELECT l.log_id, l.name, l.created_at, l.version_id, v.manifest, (SELECT n.version_id FROM versions n "
            "WHERE n.log_id=l.log_id ORDER BY n.created_at DESC, n.version_id DESC LIMIT 1) AS newest_version_id "
            "FROM logs l JOIN versions v USING(log_id, version_id) ORDER BY l.created_at DESC, l.log_id"
        ).fetchall()
    return [{**dict(row), "manifest": json.loads(row["manifest"])} for row in found]


def find_manifest(workspace: Workspace, log_id: str, version_id: str | None = None) -> dict[str, Any]:
    """The manifest of a version, the current one by default; it holds `log_id` and `version_id`."""
    with database(workspace) as rows:
        row = rows.execute(
            "SELECT v.manifest FROM versions v JOIN logs l USING(log_id) "
            "WHERE v.log_id=? AND v.version_id=coalesce(?, l.version_id)",
            (log_id, version_id),
        ).fetchone()
        known = [r["log_id"] for r in rows.execute("SELECT log_id FROM logs ORDER BY created_at DESC LIMIT 5")]
    if row is None:
        if version_id and published(workspace, log_id):
            raise NotFound(
                f"Log '{log_id}' has no version '{version_id[:80]}': it was pruned, or never was; see versions."
            )
        hint = f"the newest are {', '.join(known)}" if known else "import one first"
        raise NotFound(f"There is no log '{log_id[:80]}'; {hint}.")
    manifest: dict[str, Any] = json.loads(row["manifest"])
    return manifest


def list_versions(workspace: Workspace, log_id: str) -> list[dict[str, Any]]:
    """The versions of a log, newest first: {version_id, created_at, current, manifest}; raises NotFound."""
    find_manifest(workspace, log_id)
    with database(workspace) as rows:
        found = rows.execute(
            "SELECT v.version_id, v.created_at, v.version_id=l.version_id AS current, v.manifest FROM versions v "
            "JOIN logs l USING(log_id) WHERE v.log_id=? ORDER BY v.created_at DESC, v.version_id DESC",
            (log_id,),
        ).fetchall()
    return [{**dict(r), "current": bool(r["current"]), "manifest": json.loads(r["manifest"])} for r in found]


def published(workspace: Workspace, log_id: str) -> set[str]:
    """The ids of a log's published versions; empty if there is no such log."""
    with database(workspace) as rows:
        return {r["version_id"] for r in rows.execute("SELECT version_id FROM versions WHERE log_id=?", (log_id,))}


def make_current(workspace: Workspace, log_id: str, version_id: str) -> None:
    """Let readers have this version of a log from now on; raises NotFound."""
    find_manifest(workspace, log_id, version_id)
    with database(workspace) as rows:
        rows.execute("UPDATE logs SET version_id=? WHERE log_id=?", (version_id, log_id))


def drop_versions(
    workspace: Workspace, log_id: str, choose: Callable[[sqlite3.Connection], Collection[str]]
) -> list[str]:
    """Take versions out of the catalogue; never the current one. Returns their ids; the files are the caller's.

    choose(rows) says which, in the same transaction, so that no run can be queued on one of them meanwhile.
    """
    with database(workspace) as rows:
        rows.execute("BEGIN IMMEDIATE")
        chosen = sorted(choose(rows))
        dropped = []
        for version_id in chosen:
            found = rows.execute(
                "DELETE FROM versions WHERE log_id=? AND version_id=? AND version_id NOT IN "
                "(SELECT version_id FROM logs WHERE log_id=?) RETURNING version_id",
                (log_id, version_id, log_id),
            ).fetchall()
            dropped += [row["version_id"] for row in found]
        rows.execute("COMMIT")
    return dropped


def drop_log(workspace: Workspace, log_id: str) -> None:
    """Take a log, its versions, its causal graphs and what lies on its shelves out of the catalogue at once."""
    with database(workspace) as rows:
        rows.execute("BEGIN IMMEDIATE")
        for table in ("logs", "versions", "graphs", "shelf"):
            rows.execute(f"DELETE FROM {table} WHERE log_id=?", (log_id,))
        rows.execute("COMMIT")


def keep_spec(workspace: Workspace, spec: dict[str, Any]) -> str:
    """Store a spec under its hash and return the hash, which is what a URL carries."""
    key = hash_of(spec)
    with database(workspace) as rows:
        rows.execute("INSERT OR IGNORE INTO specs VALUES(?,?,?)", (key, json.dumps(spec), now_text()))
    return key


def find_spec(workspace: Workspace, spec_hash: str) -> dict[str, Any]:
    """The spec stored under a hash, or under a unique beginning of one."""
    with database(workspace) as rows:
        found = rows.execute(
            "SELECT spec FROM specs WHERE substr(spec_hash, 1, ?)=? LIMIT 2", (len(spec_hash), spec_hash)
        ).fetchall()
    if len(found) != 1 or len(spec_hash) < 8:
        raise NotFound(f"This workspace has no spec '{spec_hash[:64]}'; the link may come from another one.")
    spec: dict[str, Any] = json.loads(found[0]["spec"])
    return spec


def keep_graph(workspace: Workspace, graph: dict[str, Any], *, name: str, log_id: str | None) -> str:
    """Store a causal graph (JSON form) and return its `graph_id`, its content's hash: a stored graph never changes."""
    graph_id = "graph-" + hash_of({"graph": graph, "log_id": log_id})[:16]
    with database(workspace) as rows:
        rows.execute(
            "INSERT OR IGNORE INTO graphs VALUES(?,?,?,?,?)", (graph_id, log_id, name, json.dumps(graph), now_text())
        )
    return graph_id


def find_graph(workspace: Workspace, graph_id: str) -> dict[str, Any]:
    """The JSON form of a stored causal graph."""
    with database(workspace) as rows:
        row = rows.execute("SELECT graph FROM graphs WHERE graph_id=?", (graph_id,)).fetchone()
    if row is None:
        raise NotFound(f"There is no causal graph '{graph_id[:80]}' in this workspace; draw it first.")
    graph: dict[str, Any] = json.loads(row["graph"])
    return graph
