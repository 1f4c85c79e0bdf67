"""`graph what-if FILE`: fit the graph as a model and ask it."""

import argparse
from pathlib import Path
from typing import Any

from core.commands.graph_data import data_of, takes_data
from core.commands.options import Answer, Command, pairs, run
from core.errors import BadSpec
from core.storage.workspace import Workspace


def add(action: Command) -> None:
    """Add the action."""
    added = action("what-if", what_if)
    added.add_argument("file", metavar="FILE")
    takes_data(added)
    added.add_argument(
        "--set", action="append", default=[], metavar="NODE=VALUE", help="for everybody; may be repeated"
    )
    added.add_argument("--versus", action="append", default=[], metavar="NODE=VALUE", help="default: what was observed")
    added.add_argument("--look-back", action="store_true", help="only the units that had other values, as they were")
    added.add_argument("--later", metavar="FILE", help="a later period: what is the change of the outcome due to?")
    added.add_argument("--later-at", metavar="TIME", help="users of a log: the moment of the later period")
    added.add_argument("--outcome", metavar="NODE", help="default: the graph's")
    added.add_argument("--rows", type=int, default=5000, help="to fit on at most; it is said when there are more")
    added.add_argument("--draws", type=int, default=50, help="refits behind each interval")
    added.add_argument("--seed", type=int, default=0)


def what_if(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """What would the outcome be if a node were set, or what is its change due to?"""
    from core.graphs.formats.text_formats import read_graph
    from core.graphs.what_if.spec import WhatIfSpec
    from core.storage.catalogue import find_manifest

    data = data_of(options, what="what-if")
    change = bool(options.later or options.later_at)
    if change and (options.set or options.look_back):
        raise BadSpec("--later asks what a change is due to, --set what setting a node does; ask one at a time.")
    spec = WhatIfSpec.read({
        "graph": read_graph(Path(options.file)).plain(), "data": data,
        "ask": "change" if change else "look_back" if options.look_back else "set",
        "later": _later(options, data) if change else None,
        "hold": pairs(options.set, "NODE=VALUE"), "versus": pairs(options.versus, "NODE=VALUE") or None,
        "outcome": options.outcome, "rows": options.rows, "draws": options.draws, "seed": options.seed,
    })  # fmt: skip
    log = find_manifest(workspace, options.log) if options.log else None
    return run(workspace, "what_if", spec.plain(), title=f"What if: {Path(options.file).name}", log=log)


def _later(options: argparse.Namespace, data: dict[str, Any]) -> dict[str, Any]:
    """The data of the later period."""
    if options.table:
        if options.later is None:
            raise BadSpec("The first period is a table; give the later one as --later FILE too.")
        return {**data, "table": str(Path(options.later).resolve())}
    if options.question or options.later_at is None:
        raise BadSpec("A change in a log is between two moments of its users; give --at TIME and --later-at TIME.")
    return {**data, "users": {**data["users"], "at": options.later_at}}
