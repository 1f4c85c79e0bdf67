"""Data on the command line: bring a log in, list the logs; the versions of a log, and the way back."""

import argparse
from pathlib import Path
from typing import Any

from core.commands.databases import add_database_options, fetched
from core.commands.options import Answer, Command, json_file, pairs, privacy_of, run, say, settings, takes_settings
from core.errors import BadSpec
from core.storage.workspace import Workspace


def add(command: Command) -> None:
    """Add the section's commands."""
    added = command("import", import_files)
    added.add_argument("files", nargs="*", metavar="FILE")
    add_database_options(added)
    added.add_argument("--name")
    added.add_argument("--map", action="append", default=[], metavar="ROLE=COLUMN", help="or: saved")
    target = added.add_mutually_exclusive_group()
    target.add_argument(
        "--append-to", metavar="LOG_ID", help="a new version of this log, with what it lacks of the files"
    )
    target.add_argument("--replace", metavar="LOG_ID", help="a new version of this log, from these files alone")
    added.add_argument("--privacy", metavar="WORDS|FILE.json", help="hash-users,coarsen-places=2,drop-text,...")
    added.add_argument("--clean", type=Path, metavar="RECIPE.json", help="then clean it by this recipe")
    takes_settings(added)
    command("demo", demo)
    command("logs", logs)
    command("versions", versions).add_argument("--log", required=True, metavar="LOG_ID")
    added = command("restore", restore)
    added.add_argument("--log", required=True, metavar="LOG_ID")
    added.add_argument("--version", required=True, metavar="VERSION_ID")
    added = command("prune", prune)
    added.add_argument("--log", required=True, metavar="LOG_ID")
    added.add_argument("--keep", type=int, default=5, help="the newest ones that stay, whatever their age")
    added.add_argument("--older-than-days", type=float, default=0.0, help="let the rest stay until they are so old")
    added.add_argument("--preview", action="store_true", help="say what would go, and remove nothing")
    command("delete-log", delete_log).add_argument("log_id", metavar="LOG_ID")


def import_files(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Import one or several files of the same shape as a new log, or into one that is there."""
    from core.events.import_spec import ImportSpec
    from core.events.reading.places import absolute
    from core.events.recognise import completed
    from core.events.saved_mappings import saved_for
    from core.storage.catalogue import find_manifest

    files = [fetched(workspace, options)] if options.database else [absolute(file) for file in options.files]
    if not files:
        raise BadSpec("Name at least one file to import, or a --database with --table or --query.")
    given = pairs([] if options.map == ["saved"] else options.map, "--map role=column")
    asked: dict[str, Any] = {"files": files, "name": options.name or "", **settings(options.set)}
    into = options.append_to or options.replace
    log = find_manifest(workspace, into) if into else None
    if log and (given or options.append_to):  # the log's own mapping, but for what is given
        asked["mapping"] = {**log["spec"]["mapping"], **ImportSpec.in_full(given)} if given else {}
    elif options.map == ["saved"]:
        saved = saved_for(workspace, Path(files[0]))
        asked = {**saved.time, **asked, "mapping": saved.mapping}
    else:
        asked["mapping"] = completed(workspace, Path(files[0]), given)
    if not log:
        asked["name"] = options.name or _name_of(files[0])
    asked |= {"append_to": options.append_to, "replace": options.replace}
    asked |= {"recipe": json_file(options.clean)} if options.clean else {}
    asked |= {"privacy": privacy_of(options.privacy)} if options.privacy else {}
    verb = "Append to" if options.append_to else "Replace" if options.replace else "Import"
    title = f"{verb} {log['name'] if log else asked['name']}"
    pinned = {"log_id": into, "version_id": None} if into else None
    return run(workspace, "import", ImportSpec.read(asked).plain(), title=title, log=pinned)


def _name_of(file: str) -> str:
    """What a log of this file is called; of a pattern, the folder it looks into."""
    path = Path(file)
    plain = next((part for part in (path, *path.parents) if not set("*?[") & set(part.name)), path)
    return plain.stem if plain == path else plain.name


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


def versions(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """List the versions of a log, newest first, each with how it differs from the one before."""
    from core.events.version_diff import described_versions

    return {"log_id": options.log, "versions": described_versions(workspace, options.log)}


def restore(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Make an old version of a log the current one."""
    from core.events.prune import restore as make_current

    manifest = make_current(workspace, options.log, options.version)
    return {key: manifest[key] for key in ("log_id", "version_id", "name", "events", "users", "items", "sessions")}


def prune(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Remove old versions of a log; never the current one, one in use, or the uncleaned one behind a kept one."""
    from core.events.prune import PruneRule, prunable
    from core.events.prune import prune as remove

    rule = PruneRule.read({"keep": options.keep, "older_than_days": options.older_than_days})
    if options.preview:
        going = prunable(workspace, options.log, rule)
        return {"log_id": options.log, "would_remove": going, "bytes": sum(version["bytes"] for version in going)}
    return remove(workspace, options.log, rule)


def delete_log(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Delete a log with all its versions; runs that used it stay readable."""
    from core.events.prune import delete_log as delete

    return delete(workspace, options.log_id)
