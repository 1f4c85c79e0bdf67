"""Runs on the command line: carry one out or resume it; what the runner itself is started with."""

import argparse

from core.commands.options import Command, say
from core.errors import BadSpec, RunFailed
from core.storage.workspace import Workspace


def add(command: Command) -> None:
    """Add the section's commands."""
    added = command("work", work)
    added.add_argument("run_id", nargs="?", metavar="RUN_ID")
    added.add_argument("--lane", help=argparse.SUPPRESS)
    added = command("runner", runner)
    added.add_argument("--parent", type=int, default=0, help=argparse.SUPPRESS)


def work(workspace: Workspace, options: argparse.Namespace) -> None:
    """Carry out or resume one run, or serve a lane (which the runner asks for)."""
    from core.jobs.work import serve_lane, work_on
    from core.storage.runs import find_run

    if options.lane:
        serve_lane(workspace, options.lane)
    elif options.run_id:
        status = work_on(workspace, options.run_id, say)
        row = find_run(workspace, options.run_id)
        if status == "failed":
            raise RunFailed(row["error"] or "The run failed.")
        say(1.0, f"{options.run_id} is {status}")
    else:
        raise BadSpec("Say which run to carry out: python -m core work RUN_ID")


def runner(workspace: Workspace, options: argparse.Namespace) -> None:
    """Be the runner of this workspace."""
    from core.jobs.runner import run_runner

    run_runner(workspace, options.parent)
