"""`graph what-if FILE`: fit the graph as a model and ask it."""

import argparse
from pathlib import Path
from typing import Any

from core.commands.options import Answer, Command, json_file, names, pairs, run
from core.errors import BadSpec
from core.storage.workspace import Workspace


def add(action: Command) -> None:
    """Add the action."""
    added = action("what-if", what_if)
    added.add_argument("file", metavar="FILE")
    added.add_argument("--table", metavar="FILE", help="CSV, TSV or Parquet whose columns are named like the nodes")
    added.add_argument("--log", metavar="LOG_ID", help="the variables are those of the log's users, or of --question")
    added.add_argument("--question", metavar="QUESTION.json", help="the variables are the question's groups")
    added.add_argument("--columns", metavar="A,B", help="use these columns only")
    added.add_argument("--cluster", metavar="COLUMN", help="rows with equal values belong together")
    added.add_argument(
        "--set", action="append", default=[], metavar="NODE=VALUE", help="for everybody; may be repeated"
    )
    added.add_argument("--versus", action="append", default=[], metavar="NODE=VALUE", help="default: what was observed")
    added.add_argument("--look-back", action="store_true", help="only the units that had other values, as they were")
    added.add_argument("--later", metavar="FILE", help="a later period: what is the change of the outcome due to?")
    added.add_argument("--at", metavar="TIME", help="users of a log: the moment between before and after")
    added.add_argument("--later-at", metavar="TIME", help="users of a log: the moment of the later period")
    added.add_argument("--later-days", type=float, default=14, metavar="DAYS", help="after a moment, of --log")
    added.add_argument("--outcome", metavar="NODE", help="default: the graph's")
    added.add_argument("--rows", type=int, default=5000, help="to fit on at most; it is said when there are more")
    added.add_argument("--draws", type=int, default=50, help="refits behind each interval")
    added.add_argument("--seed", type=int, default=0)


def what_if(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """What would the outcome be if a node were set, or what is its change due to?"""
    from core.graphs.text_formats import read_graph
    from core.graphs.what_if.spec import WhatIfSpec
    from core.storage.catalogue import find_manifest

    if (options.table is None) == (options.log is None):
        raise BadSpec("A what-if needs the data: give --table FILE, or --log LOG_ID.")
    change = bool(options.later or options.later_at)
    if change and (options.set or options.look_back):
        raise BadSpec("--later asks what a change is due to, --set what setting a node does; ask one at a time.")
    spec = WhatIfSpec.read({
        "graph": read_graph(Path(options.file)).plain(), "data": _data(options, options.table, options.at),
        "ask": "change" if change else "look_back" if options.look_back else "set",
        "later": _data(options, options.later, options.later_at) if change else None,
        "hold": pairs(options.set, "NODE=VALUE"), "versus": pairs(options.versus, "NODE=VALUE") or None,
        "outcome": options.outcome, "rows": options.rows, "draws": options.draws, "seed": options.seed,
    })  # fmt: skip
    log = find_manifest(workspace, options.log) if options.log else None
    return run(workspace, "what_if", spec.plain(), title=f"What if: {Path(options.file).name}", log=log)


def _data(options: argparse.Namespace, table: str | None, at: str | None) -> dict[str, Any]:
    asked: dict[str, Any] = {"columns": names(options.columns), "cluster": options.cluster}
    if options.table:
        if table is None:
            raise BadSpec("The first period is a table; give the later one as --later FILE too.")
        return {**asked, "table": str(Path(table).resolve())}
    if options.question:
        return {**asked, "question": json_file(Path(options.question))}
    return {**asked, "users": {"at": at, "later_days": options.later_days}}
