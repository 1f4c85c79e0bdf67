"""`graph check FILE`: do the data contradict this graph?"""

import argparse
from pathlib import Path

from core.commands.graph_data import data_of, takes_data
from core.commands.options import Answer, Command, pairs, run
from core.storage.workspace import Workspace

SETTINGS = ("floor", "false_share", "shuffles", "test_roots", "draws", "bins", "outcome", "seed")


def add(action: Command) -> None:
    """Add the action."""
    added = action("check", check)
    added.add_argument("file", metavar="FILE")
    takes_data(added)
    added.add_argument("--floor", type=float, help="partial correlations below it do not matter (0.05)")
    added.add_argument("--false-share", type=float, help="accepted share of false discoveries (0.05)")
    added.add_argument("--shuffles", type=int, help="graphs with swapped names to compare with (100)")
    added.add_argument("--test-roots", action="store_true", default=None, help="causes in one tier are independent too")
    added.add_argument("--draws", type=int, help="bootstrap draws of the linear model and of the tables (200)")
    added.add_argument("--bins", type=int, help="bins of a number in the tables (3)")
    added.add_argument("--outcome", metavar="NODE", help="whose probabilities are asked for; default: the graph's")
    added.add_argument("--observe", action="append", default=[], metavar="NODE=VALUE", help="what if I observe")
    added.add_argument("--set", action="append", default=[], metavar="NODE=VALUE", help="what if I set")
    added.add_argument("--seed", type=int)


def check(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """Do the data contradict this graph?"""
    from core.graphs.check.spec import CheckSpec
    from core.graphs.formats.text_formats import read_graph
    from core.storage.catalogue import find_manifest

    graph = read_graph(Path(options.file)).plain()
    given = {name: getattr(options, name) for name in SETTINGS}
    given |= {"observe": pairs(options.observe, "NODE=VALUE"), "hold": pairs(options.set, "NODE=VALUE")}
    spec = CheckSpec.read(
        {
            "graph": graph,
            "data": data_of(options, what="check"),
            **{name: value for name, value in given.items() if value is not None},
        }
    )
    log = find_manifest(workspace, options.log) if options.log else None
    return run(workspace, "check_graph", spec.plain(), title=f"Check {Path(options.file).name}", log=log)
