"""Looking after finished runs: another title, or away with one."""

import shutil

from core.errors import BadSpec
from core.storage.catalogue import database
from core.storage.runs import ACTIVE, find_run
from core.storage.workspace import Workspace

LONGEST_TITLE = 300


def rename_run(workspace: Workspace, run_id: str, title: str) -> None:
    """Give a run another title; raises NotFound, or BadSpec for an empty one."""
    find_run(workspace, run_id)
    text = " ".join(title.split())[:LONGEST_TITLE]
    if not text:
        raise BadSpec("A title needs at least one character.")
    with database(workspace) as rows:
        rows.execute("UPDATE runs SET title=? WHERE run_id=?", (text, run_id))


def delete_run(workspace: Workspace, run_id: str) -> None:
    """Remove a run and its folder for good; raises NotFound, or BadSpec while it is under way."""
    if find_run(workspace, run_id)["status"] in ACTIVE:
        raise BadSpec("This run is under way; cancel it before it is deleted.")
    with database(workspace) as rows:
        rows.execute("DELETE FROM runs WHERE run_id=?", (run_id,))
    shutil.rmtree(workspace.run(run_id), ignore_errors=True)
