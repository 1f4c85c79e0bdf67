"""A graph with the data that it names: of a table its columns, of users their features and later events."""

from pathlib import Path

from core.events.features.listing import offered_features
from core.events.reading.ready_tables import read_table
from core.graphs.causal_graph import CausalGraph
from core.graphs.matched import Matched, matched, measured_of
from core.graphs.sources import VariablesSpec, load_variables, variables_of_table
from core.graphs.user_variables import LATER
from core.storage.engine import Log
from core.storage.workspace import Workspace


def bring(workspace: Workspace, graph: CausalGraph, data: VariablesSpec, log: Log | None) -> Matched:
    """The graph with the variables it names: of a table only these columns, of users only these features and events.

    Raises BadFile, BadSpec and NotEnoughData as the source does, and BadSpec where graph and data do not meet.
    """
    if data.table is None:
        table, _ = load_variables(workspace, _named_by(graph, data, workspace, log), log)
        return matched(graph, table, table.names)
    path = Path(data.table)
    read = read_table(workspace, path)
    held = [str(column) for column in read.frame.columns if str(column) != data.cluster]
    allowed = held if data.columns is None else data.columns
    columns = [name for name in allowed if name not in data.leave_out]
    named = data.model_copy(update={"columns": measured_of(graph, columns), "leave_out": ()})
    return matched(graph, variables_of_table(read, path, named), columns)


def _named_by(graph: CausalGraph, data: VariablesSpec, workspace: Workspace, log: Log | None) -> VariablesSpec:
    """Of users the features and later events that nodes are named after, where none were asked for."""
    if data.users is None or log is None:
        return data
    offered = {name for name, _ in offered_features(workspace, log)}
    named = {
        "features": tuple(name for name in graph.names if name in offered),
        "later": tuple(name.removesuffix(LATER) for name in graph.names if name.endswith(LATER)),
    }
    missing = {name: names for name, names in named.items() if names and getattr(data.users, name) is None}
    return data.model_copy(update={"users": data.users.model_copy(update=missing)})
