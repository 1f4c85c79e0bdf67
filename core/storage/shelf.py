"""Small named things that an analyst keeps: named events, metrics, annotations, descriptions, recipes, saved mappings.

A thing is a JSON object with a name, on a shelf, of one log (or of none). Writing replaces; each write is atomic.
"""

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from core.errors import BadSpec
from core.storage.catalogue import database, now_text
from core.storage.workspace import Workspace, jsonable

ANY_LOG = ""


def keep(workspace: Workspace, shelf: str, name: str, body: dict[str, Any], *, log_id: str = ANY_LOG) -> None:
    """Put a thing on a shelf, in the place of one of the same name."""
    text = json.dumps(jsonable(body), ensure_ascii=False)
    with database(workspace) as rows:
        rows.execute("INSERT OR REPLACE INTO shelf VALUES(?,?,?,?,?)", (shelf, log_id, name, text, now_text()))


def kept(workspace: Workspace, shelf: str, *, log_id: str = ANY_LOG) -> dict[str, dict[str, Any]]:
    """What is on a shelf, by name, in the order of names."""
    with database(workspace) as rows:
        found = rows.execute(
            "SELECT name, body FROM shelf WHERE shelf=? AND log_id=? ORDER BY name", (shelf, log_id)
        ).fetchall()
    return {row["name"]: json.loads(row["body"]) for row in found}


def change(
    workspace: Workspace, shelf: str, name: str, update: Callable[[dict[str, Any] | None], dict[str, Any]], *,
    log_id: str = ANY_LOG,
) -> dict[str, Any]:  # fmt: skip
    """Replace a thing by what `update` makes of it (of None if it is not there), with nobody in between; returns it.

    What `update` raises leaves the thing as it was.
    """
    with database(workspace) as rows:
        rows.execute("BEGIN IMMEDIATE")
        try:
            row = rows.execute(
                "SELECT body FROM shelf WHERE shelf=? AND log_id=? AND name=?", (shelf, log_id, name)
            ).fetchone()
            body = update(json.loads(row["body"]) if row else None)
            text = json.dumps(jsonable(body), ensure_ascii=False)
            rows.execute("INSERT OR REPLACE INTO shelf VALUES(?,?,?,?,?)", (shelf, log_id, name, text, now_text()))
        except BaseException:
            rows.execute("ROLLBACK")
            raise
        rows.execute("COMMIT")
    return body


def rename(workspace: Workspace, shelf: str, name: str, new: str, *, log_id: str = ANY_LOG) -> str:
    """Give a thing another name and return it; raises BadSpec if that one is taken."""
    with database(workspace) as rows:
        try:
            rows.execute("UPDATE shelf SET name=? WHERE shelf=? AND log_id=? AND name=?", (new, shelf, log_id, name))
        except sqlite3.IntegrityError:
            raise BadSpec(f"The name '{new}' is taken already; choose another one.") from None
    return new


def take_off(workspace: Workspace, shelf: str, name: str, *, log_id: str = ANY_LOG) -> None:
    """Remove a thing, if it is there."""
    with database(workspace) as rows:
        rows.execute("DELETE FROM shelf WHERE shelf=? AND log_id=? AND name=?", (shelf, log_id, name))
