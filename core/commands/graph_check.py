"""`graph check FILE`: do the data contradict this graph?"""

import argparse
from pathlib import Path
from typing import Any

from core.commands.options import Answer, Command, json_file, names, pairs, run
from core.errors import BadSpec
from core.storage.workspace import Workspace

SETTINGS = ("floor", "false_share", "shuffles", "test_roots", "draws", "bins", "outcome", "seed")


def add(action: Command) -> None:
    """Add the action."""
    added = action("check", check)
    added.add_argument("file", metavar="FILE")
    added.add_argument("--table", metavar="FILE", help="CSV, TSV or Parquet whose columns are named like the nodes")
    added.add_argument("--log", metavar="LOG_ID", help="the variables are those of the log's users, or of --question")
    added.add_argument("--question", metavar="QUESTION.json", help="the variables are the question's groups")
    added.add_argument("--columns", metavar="A,B", help="use these columns only")
    added.add_argument("--cluster", metavar="COLUMN", help="rows with equal values belong together")
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
    from core.graphs.text_formats import read_graph
    from core.storage.catalogue import find_manifest

    graph = read_graph(Path(options.file)).plain()
    given = {name: getattr(options, name) for name in SETTINGS}
    given |= {"observe": pairs(options.observe, "NODE=VALUE"), "hold": pairs(options.set, "NODE=VALUE")}
    spec = CheckSpec.read(
        {"graph": graph, "data": _data(options), **{name: value for name, value in given.items() if value is not None}}
    )
    log = find_manifest(workspace, options.log) if options.log else None
    return run(workspace, "check_graph", spec.plain(), title=f"Check {Path(options.file).name}", log=log)


def _data(options: argparse.Namespace) -> dict[str, Any]:
    if (options.table is None) == (options.log is None):
        raise BadSpec("A check needs the data: give --table FILE, or --log LOG_ID.")
    if options.question and not options.log:
        raise BadSpec("--question belongs to a log; give --log LOG_ID.")
    asked: dict[str, Any] = {"columns": names(options.columns), "cluster": options.cluster}
    if options.table:
        return {**asked, "table": str(Path(options.table).resolve())}
    if options.question:
        return {**asked, "question": json_file(Path(options.question))}
    return {**asked, "users": {}}
