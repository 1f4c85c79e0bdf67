"""Which versions of a log may go, by rule, and removing them; bringing an old one back; deleting a whole log.

Never removed: the current version, the newest ones that the rule keeps, one that a run waits for or works on, and the
uncleaned version behind any of these. Rows go first, files after: a crash in between leaves folders that are swept.
"""

import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import Field

from core.errors import BadSpec
from core.specs import Spec
from core.storage import shelf
from core.storage.catalogue import (
    database,
    drop_log,
    drop_versions,
    find_manifest,
    list_versions,
    make_current,
)  # fmt: skip
from core.storage.locks import log_lock
from core.storage.runs import ACTIVE
from core.storage.workspace import Workspace

SHELF, RULE = "versions", "rule"


class PruneRule(Spec):
    """keep: how many of the newest versions stay whatever their age; older_than_days: the rest go once they are older
    (0: at once); automatic: whether that happens by itself after each import and cleaning."""

    keep: int = Field(default=10, ge=1, le=10_000)
    older_than_days: float = Field(default=0.0, ge=0.0, le=36_500)
    automatic: bool = True


def rule_of(workspace: Workspace, log_id: str) -> PruneRule:
    """The log's own rule, or the one that every log starts with."""
    body = shelf.kept(workspace, SHELF, log_id=log_id).get(RULE)
    return PruneRule.read(body) if body else PruneRule()


def keep_rule(workspace: Workspace, log_id: str, rule: PruneRule) -> None:
    """Let this be the log's rule from now on; nothing is removed by saying so."""
    find_manifest(workspace, log_id)
    shelf.keep(workspace, SHELF, RULE, rule.plain(), log_id=log_id)


def prunable(workspace: Workspace, log_id: str, rule: PruneRule) -> list[dict[str, Any]]:
    """What the rule would remove now: [{version_id, created_at, events, bytes}], newest first."""
    versions = list_versions(workspace, log_id)
    spared = _spared(versions, rule, _in_use(workspace, log_id))
    return [
        {
            "version_id": version["version_id"], "created_at": version["created_at"],
            "events": version["manifest"]["events"], "bytes": version_bytes(workspace, log_id, version["version_id"]),
        }
        for version in versions if version["version_id"] not in spared
    ]  # fmt: skip


def prune(workspace: Workspace, log_id: str, rule: PruneRule) -> dict[str, Any]:
    """Remove what the rule lets go; returns {log_id, removed: [as `prunable`], bytes, kept}. Raises BadSpec while a
    run makes a version of the log."""
    with log_lock(workspace, log_id):
        removed = prunable(workspace, log_id, rule)
        gone = remove_versions(workspace, log_id, {version["version_id"] for version in removed})
        removed = [version for version in removed if version["version_id"] in gone]
        left = len(list_versions(workspace, log_id))
    return {"log_id": log_id, "removed": removed, "bytes": sum(v["bytes"] for v in removed), "kept": left}


def prune_by_rule(workspace: Workspace, log_id: str) -> list[dict[str, Any]]:
    """What happens by itself after a version was published; returns what was removed."""
    rule = rule_of(workspace, log_id)
    removed: list[dict[str, Any]] = prune(workspace, log_id, rule)["removed"] if rule.automatic else []
    return removed


def remove_versions(workspace: Workspace, log_id: str, version_ids: set[str]) -> list[str]:
    """Remove these versions, but for the current one and those that a run waits for or works on; returns which."""

    def choose(rows: sqlite3.Connection) -> set[str]:
        return version_ids - _used(rows, log_id)

    with log_lock(workspace, log_id):
        gone = drop_versions(workspace, log_id, choose)
        for version_id in gone:
            shutil.rmtree(workspace.version(log_id, version_id), ignore_errors=True)
    return gone


def restore(workspace: Workspace, log_id: str, version_id: str) -> dict[str, Any]:
    """Make an old version the current one; returns its manifest. Raises BadSpec while a run makes another."""
    with log_lock(workspace, log_id):
        make_current(workspace, log_id, version_id)
    return find_manifest(workspace, log_id, version_id)


def delete_log(workspace: Workspace, log_id: str) -> dict[str, Any]:
    """Remove a log with all its versions; returns {log_id, name, versions, bytes}.

    Raises BadSpec while a run uses the log.
    """
    with log_lock(workspace, log_id):
        manifest = find_manifest(workspace, log_id)
        used = _in_use(workspace, log_id, whole_log=True)
        if used:
            raise BadSpec(
                f"The log '{manifest['name']}' is in use by {len(used)} runs that are not over; cancel them first."
            )
        versions = list_versions(workspace, log_id)
        size = sum(version_bytes(workspace, log_id, version["version_id"]) for version in versions)
        drop_log(workspace, log_id)
        shutil.rmtree(workspace.logs / log_id, ignore_errors=True)
    return {"log_id": log_id, "name": manifest["name"], "versions": len(versions), "bytes": size}


def version_bytes(workspace: Workspace, log_id: str, version_id: str) -> int:
    """What a version takes on disk."""
    return sum(_size(file) for file in workspace.version(log_id, version_id).rglob("*"))


def _size(file: Path) -> int:
    try:
        return file.stat().st_size if file.is_file() else 0
    except OSError:  # it went meanwhile
        return 0


def _spared(versions: list[dict[str, Any]], rule: PruneRule, in_use: set[str]) -> set[str]:
    """The ids of versions that stay; versions come newest first."""
    limit = (datetime.now(UTC) - timedelta(days=rule.older_than_days)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    young = {v["version_id"] for v in versions if rule.older_than_days and v["created_at"] >= limit}
    newest = {version["version_id"] for version in versions[: rule.keep]}
    spared = newest | young | in_use | {v["version_id"] for v in versions if v["current"]}
    bases = {v["version_id"]: v["manifest"].get("base_version_id") for v in versions}
    while more := {bases[version_id] for version_id in spared & set(bases)} - spared - {None}:
        spared |= more
    return spared


def _in_use(workspace: Workspace, log_id: str, *, whole_log: bool = False) -> set[str]:
    with database(workspace) as rows:
        return _used(rows, log_id, whole_log=whole_log)


def _used(rows: sqlite3.Connection, log_id: str, *, whole_log: bool = False) -> set[str]:
    """The versions (or, for a whole log, the runs) that runs which are not over name."""
    marks = ",".join("?" * len(ACTIVE))
    found = rows.execute(
        f"SELECT run_id, version_id FROM runs WHERE log_id=? AND status IN ({marks})", (log_id, *ACTIVE)
    ).fetchall()
    return {row["run_id"] if whole_log else row["version_id"] for row in found} - {None}
