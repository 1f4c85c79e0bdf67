"""Causal graphs on the command line: `graph ACTION FILE`. Each action is a file of its own with an `add`."""

import argparse

from core.commands import graph_check, graph_convert, graph_effect, graph_identify, graph_what_if
from core.commands.options import Answer, Command, Function
from core.errors import BadSpec
from core.storage.workspace import Workspace

ACTIONS = (graph_identify, graph_effect, graph_check, graph_what_if, graph_convert)


def add(command: Command) -> None:
    """Add the section's command with its actions."""
    added = command("graph", graph)
    actions = added.add_subparsers(required=True, metavar="ACTION")

    def action(name: str, function: Function) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=(function.__doc__ or "").splitlines()[0], description=function.__doc__)
        made.set_defaults(command=function)
        # Without a default of its own, or it would undo `graph --json ACTION`.
        made.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object")
        return made

    for each in ACTIONS:
        each.add(action)


def graph(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Work on a causal graph in a file: .json, .dagitty, .dot, .gml or .graphml."""
    raise BadSpec("Say what to do with the graph, as in: python -m core graph identify FILE")  # argparse says it first
