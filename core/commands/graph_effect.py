"""`graph effect FILE --table TABLE`: the effect that the graph's expression gives on a table of discrete columns."""

import argparse
from pathlib import Path

from core.commands.graph_identify import add_question, asked
from core.commands.options import Answer, Command, names
from core.errors import BadSpec
from core.storage.workspace import Workspace


def add(action: Command) -> None:
    """Add the action."""
    added = action("effect", effect)
    add_question(added)
    added.add_argument("--table", metavar="FILE", required=True, help="columns of few values, named like the nodes")
    added.add_argument("--levels", metavar="CONTROL,TREATED", help="default: the two that the treatment has")
    added.add_argument("--outcome-level", metavar="VALUE", help="the share of it; default: the mean of the outcome")
    added.add_argument("--smoothing", type=float, default=0.0, help="rows added to every combination of values (0)")
    added.add_argument("--draws", type=int, default=500, help="draws of the bootstrap (500)")
    added.add_argument("--seed", type=int, default=0)


def effect(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """The effect by the graph's own expression, counted on a table of discrete columns."""
    from core.events.reading.ready_tables import read_table
    from core.graphs.formats.text_formats import read_graph
    from core.graphs.identification.general_id import identify_generally, reason_against
    from core.graphs.identification.table_effect import effect_from_table

    graph = asked(read_graph(Path(options.file)), options)
    levels = names(options.levels)
    if levels is not None and len(levels) != 2:
        raise BadSpec(f"--levels takes two values, as in --levels no,yes (got '{options.levels}').")
    estimand = identify_generally(graph)
    if estimand is None:
        raise BadSpec(f"Not identifiable: {reason_against(graph)}")
    read = read_table(workspace, Path(options.table))
    found = effect_from_table(
        estimand,
        read.frame,
        levels=(levels[0], levels[1]) if levels else None,
        outcome_level=options.outcome_level,
        smoothing=options.smoothing,
        draws=options.draws,
        seed=options.seed,
    )
    return {"expression": estimand.text, **found.plain(), "notes": list(read.notes)}
