"""Finished studies on the command line: list them, hold some side by side."""

import argparse

from core.commands.options import Answer, Command
from core.storage.workspace import Workspace


def add(command: Command) -> None:
    """Add the section's commands."""
    added = command("studies", studies)
    added.add_argument("--log", metavar="LOG_ID", help="of this log and of ready tables; all of them without it")
    added = command("compare", compare)
    added.add_argument("runs", nargs="+", metavar="RUN_ID", help="two to five finished studies")


def studies(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """List finished studies: effect, light, and whether they still stand."""
    from core.effects.finished import finished_studies
    from core.storage.catalogue import find_manifest

    if options.log:
        find_manifest(workspace, options.log)
    return {"log_id": options.log, "studies": [each.plain() for each in finished_studies(workspace, options.log)]}


def compare(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Hold finished studies side by side: headlines, what differs in what they asked, protocols."""
    from core.effects.compare import compare as compared

    return compared(workspace, options.runs).plain()
