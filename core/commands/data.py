"""Data on the command line: bring a log in, list the logs."""

import argparse
from pathlib import Path
from typing import Any

from core.commands.options import Answer, Command, pairs, run, say, settings, takes_settings
from core.storage.workspace import Workspace


def add(command: Command) -> None:
    """Add the section's commands."""
    added = command("import", import_files)
    added.add_argument("files", nargs="+", metavar="FILE")
    added.add_argument("--name")
    added.add_argument("--map", action="append", default=[], metavar="ROLE=COLUMN")
    takes_settings(added)
    command("demo", demo)
    command("logs", logs)


def import_files(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Import one or several files of the same shape as a new log."""
    from core.events.import_spec import ImportSpec
    from core.events.recognise import completed

    files = [str(Path(file).resolve()) for file in options.files]
    mapping = completed(workspace, Path(files[0]), pairs(options.map, "--map role=column"))
    name = options.name or Path(files[0]).stem
    asked: dict[str, Any] = {"files": files, "name": name, "mapping": mapping, **settings(options.set)}
    return run(workspace, "import", ImportSpec.read(asked).plain(), title=f"Import {name}")


def demo(workspace: Workspace, _options: argparse.Namespace) -> Answer:
    """Make the demo log, if it is not there yet."""
    from core.events.demo.shop import ensure_demo

    return {"log_id": ensure_demo(workspace, say)}


def logs(workspace: Workspace, _options: argparse.Namespace) -> Answer:
    """List the logs of the workspace."""
    from core.storage.catalogue import list_logs

    shown = ("events", "users", "items", "sessions", "rejected", "first_at", "last_at", "event_types", "notes")
    return {
        "logs": [
            {key: log[key] for key in ("log_id", "name", "version_id", "created_at")}
            | {key: log["manifest"].get(key) for key in shown}
            for log in list_logs(workspace)
        ]
    }
