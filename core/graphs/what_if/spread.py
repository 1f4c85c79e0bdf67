"""A group of covariates spread into its columns: each is a node with the group's arrows.

Together the columns are drawn from rows as they were observed, so a group without causes keeps what its columns have in
common. A group that something causes has its columns modelled one by one, and that is said.
"""

from collections.abc import Mapping
from dataclasses import replace

from core.errors import BadSpec
from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.matched import Matched
from core.graphs.variables import Variable


def spread(brought: Matched) -> Matched:
    """The graph and table with one column a node."""
    parts = {variable.name: _parts(variable) for variable in brought.table.variables}
    wide = [name for name, columns in parts.items() if len(columns) > 1]
    if not wide and all(variable.values.ndim == 1 for variable in brought.table.variables):
        return brought
    caused = [name for name in wide if any(target == name for _, target in brought.graph.edges)]
    notes = [f"{name} has {len(parts[name])} columns, each modelled from its causes on its own." for name in caused]
    table = replace(brought.table, variables=tuple(each for columns in parts.values() for each in columns))
    return replace(brought, graph=_spread(brought.graph, parts), table=table, notes=(*brought.notes, *notes))


def refuse_groups(brought: Matched, names: tuple[str, ...]) -> None:
    """Raise BadSpec if one of the nodes stands for several columns, which no single value can set or be."""
    for name in names:
        variable = brought.table.variable(name)
        if variable.values.ndim == 2 and variable.values.shape[1] > 1:
            raise BadSpec(
                f"'{name}' stands for {variable.values.shape[1]} columns, so it has no value of its own; choose "
                "another node."
            )


def _parts(variable: Variable) -> tuple[Variable, ...]:
    if variable.values.ndim == 1:
        return (variable,)
    columns = variable.values.shape[1]
    names = [variable.name] if columns == 1 else [f"{variable.name} {number}" for number in range(1, columns + 1)]
    return tuple(Variable(name, "number", variable.values[:, place]) for place, name in enumerate(names))


def _spread(graph: CausalGraph, parts: Mapping[str, tuple[Variable, ...]]) -> CausalGraph:
    names = {node.name: [part.name for part in parts.get(node.name, ())] or [node.name] for node in graph.nodes}
    nodes = [Node(name, node.roles, node.tier) for node in graph.nodes for name in names[node.name]]
    edges = [(one, other) for source, target in graph.edges for one in names[source] for other in names[target]]
    return CausalGraph(tuple(nodes), tuple(edges))
