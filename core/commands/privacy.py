"""Privacy on the command line: who could be recognised, and forgetting somebody."""

import argparse
from dataclasses import asdict

from core.commands.options import Answer, Command, names, run, settings, takes_settings
from core.storage.workspace import Workspace


def add(command: Command) -> None:
    """Add the section's commands."""
    added = command("forget-user", forget_user)
    added.add_argument("users", nargs="+", metavar="USER", help="as the imported files write it")
    added.add_argument("--log", required=True, metavar="LOG_ID")
    added = command("anonymity", anonymity)
    added.add_argument("--log", required=True, metavar="LOG_ID")
    added.add_argument("--columns", metavar="A,B", help="what an outsider may know of a user; default: all there is")
    added.add_argument("-k", type=int, default=5, help="the group size below which somebody can be singled out")
    added = command("private-counts", private_counts)
    added.add_argument("--log", required=True, metavar="LOG_ID")
    takes_settings(added)


def forget_user(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Remove users from every version of a log and from its runs, and say where they were."""
    from core.storage.catalogue import find_manifest

    manifest = find_manifest(workspace, options.log)
    pinned = {"log_id": manifest["log_id"], "version_id": None}
    return run(workspace, "forget", {"user_ids": options.users}, title="Forget users", log=pinned)


def anonymity(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """How many users could be singled out by what may be known of them."""
    from core.events.privacy.anonymity import anonymity as report
    from core.events.privacy.anonymity import quasi_identifiers
    from core.storage.engine import open_log

    log = open_log(workspace, options.log)
    found = report(log, names(options.columns) or quasi_identifiers(log)[:12], k=options.k)
    return {"log_id": log.log_id, "version_id": log.version_id, **asdict(found), "sentence": found.sentence}


def private_counts(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Counts with differentially private noise, paid from the log's budget."""
    from core.events.privacy.private_counts import PrivateCountsSpec
    from core.events.privacy.private_counts import private_counts as count
    from core.storage.engine import open_log

    spec = PrivateCountsSpec.read(settings(options.set))
    found = count(workspace, open_log(workspace, options.log), spec)
    told = {key: value for key, value in vars(found).items() if key != "frame"}
    frame = found.frame.astype({found.frame.columns[0]: str})
    return {**told, "spec": spec.plain(), "columns": list(frame.columns), "rows": frame.to_numpy().tolist()}
