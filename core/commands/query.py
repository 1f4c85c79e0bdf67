"""Analysts' own SQL on the command line."""

import argparse
from pathlib import Path

from core.commands.options import Answer, Command
from core.errors import BadSpec
from core.storage.workspace import Workspace


def add(command: Command) -> None:
    """Add the section's commands."""
    added = command("query", query)
    added.add_argument("sql", metavar="SELECT", help="one SELECT over the log's tables, or @FILE that holds it")
    added.add_argument("--log", required=True, metavar="LOG_ID")
    added.add_argument("--version", metavar="VERSION_ID", help="default: the current one")
    added.add_argument("--limit", type=int, default=1_000, help="rows at most (it is said when more exist)")
    added.add_argument("--timeout-seconds", type=int, default=600)


def query(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Run one SELECT over a log, read-only."""
    from core.storage.catalogue import find_manifest
    from core.storage.query import QueryInstance, QuerySpec

    spec = QuerySpec.read(
        {"sql": _sql(options.sql), "limit": options.limit, "timeout_seconds": options.timeout_seconds}
    )
    manifest = find_manifest(workspace, options.log, options.version)
    instance = QueryInstance(workspace, manifest["log_id"], manifest["version_id"])
    try:
        running = instance.start(spec)
        while not running.wait(0.2):
            pass
        found = running.result()
    finally:
        instance.close()
    rows = found.frame.astype(object).where(found.frame.notna(), None)
    return {
        "log_id": manifest["log_id"], "version_id": manifest["version_id"], "sql": spec.sql,
        "columns": list(found.frame.columns), "rows": rows.to_numpy().tolist(), "truncated": found.truncated,
        "seconds": round(found.seconds, 3),
    }  # fmt: skip


def _sql(text: str) -> str:
    """The query itself, or what stands in the file it names."""
    if not text.startswith("@"):
        return text
    try:
        return Path(text[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSpec(f"The query's file '{text[1:]}' cannot be read ({error}).") from None
