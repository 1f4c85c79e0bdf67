"""A graph and a table brought together: nodes with data, nodes taken as unmeasured, columns that stay out."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from core.errors import BadSpec
from core.graphs.causal_graph import CausalGraph, refuse_backwards
from core.graphs.variables import VariableTable


@dataclass(frozen=True)
class Matched:
    """graph: nodes without data marked as unmeasured. table: the measured nodes, in the order of the graph.

    notes: sentences on what was taken as unmeasured or left out.
    """

    graph: CausalGraph
    table: VariableTable
    notes: tuple[str, ...] = ()


def measured_of(graph: CausalGraph, columns: Collection[str]) -> tuple[str, ...]:
    """The nodes that columns hold, in the graph's order. Raises BadSpec for fewer than two, or an impossible question.

    A node marked as unmeasured stays so, even if a column has its name; a selected one has one value only.
    """
    missing = [name for name in (graph.treatment, graph.outcome) if name is not None and name not in columns]
    if missing:
        raise BadSpec(
            f"The data have no column '{missing[0]}', which the graph asks about; they have {_listed(columns)}."
        )
    set_aside = {*graph.having("unmeasured"), *graph.having("selected")}
    found = tuple(name for name in graph.names if name in columns and name not in set_aside)
    if len(found) < 2:
        raise BadSpec(
            f"Of the graph's nodes ({_listed(graph.names)}) the data hold {len(found)}; a check needs two or more. "
            f"The columns are {_listed(columns)}: name nodes like columns."
        )
    refuse_backwards(graph)
    return found


def matched(graph: CausalGraph, table: VariableTable, columns: Collection[str]) -> Matched:
    """The graph with its data; columns: all that the data hold, so that what stays out can be said."""
    names = measured_of(graph, table.names)
    hidden = [
        node.name for node in graph.nodes
        if node.name not in names and not {"unmeasured", "selected"} & set(node.roles)
    ]  # fmt: skip
    nodes = tuple(
        replace(node, roles=(*node.roles, "unmeasured")) if node.name in hidden else node for node in graph.nodes
    )
    by_name = {variable.name: variable for variable in table.variables}
    spare = [name for name in columns if name not in graph.names]
    ignored = [name for name in graph.having("unmeasured") if name in columns]
    notes = [
        *([f"No column holds {_listed(hidden)}: taken as unmeasured."] if hidden else []),
        *([f"Columns without a node are left out: {_listed(spare)}."] if spare else []),
        *([f"Marked as unmeasured in the graph, so the column is not used: {_listed(ignored)}."] if ignored else []),
    ]
    return Matched(
        replace(graph, nodes=nodes), replace(table, variables=tuple(by_name[name] for name in names)), tuple(notes)
    )


def _listed(names: Collection[str]) -> str:
    """At most ten names, and how many more there are."""
    first = list(names)[:10]
    more = len(names) - len(first)
    return ", ".join(first) + (f" and {more:,} more" if more else "")
