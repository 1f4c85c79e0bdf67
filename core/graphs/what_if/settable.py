"""What can be set and asked about: the nodes of a graph with data, each with the values that were observed."""

from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np

from core.errors import BadSpec
from core.graphs.causal_graph import CausalGraph
from core.graphs.matched import Matched
from core.graphs.variables import Variable
from core.graphs.what_if.model import texts_of

QUARTERS = (0.25, 0.75)


@dataclass(frozen=True)
class Settable:
    """A measured node. values: of a category or a two-valued one, in order. width: columns that it stands for.

    lowest, lower, upper, highest: the range and the quartiles of a number; whole: whether all its values are.
    """

    name: str
    width: int = 1
    values: tuple[str, ...] = ()
    lowest: float = 0.0
    lower: float = 0.0
    upper: float = 0.0
    highest: float = 0.0
    whole: bool = False


def settable(brought: Matched) -> tuple[Settable, ...]:
    """Every measured node, in the graph's order."""
    return tuple(_settable(variable) for variable in brought.table.variables)


def causes_of(graph: CausalGraph, outcome: str, nodes: Sequence[Settable]) -> tuple[Settable, ...]:
    """Those of the nodes that one value can be set for and whose arrows lead to the outcome.

    Raises BadSpec where there is none.
    """
    if outcome not in {node.name for node in nodes}:
        raise BadSpec(f"The data have no variable '{outcome}'; choose another outcome.")
    before = nx.ancestors(graph.directed(), outcome)
    found = tuple(node for node in nodes if node.name in before and node.width == 1)
    if not found:
        raise BadSpec(
            f"No measured node that has a value of its own has arrows that lead to {outcome}, so there is nothing to "
            "set; draw its causes, or choose another outcome."
        )
    return found


def _settable(variable: Variable) -> Settable:
    width = variable.values.shape[1] if variable.values.ndim == 2 else 1
    if width > 1 or texts_of(variable):
        return Settable(variable.name, width, texts_of(variable) if width == 1 else ())
    column = variable.values.ravel()
    lower, upper = np.quantile(column, QUARTERS)
    whole = bool((column == np.round(column)).all())
    return Settable(
        variable.name, 1, (), float(column.min()), float(lower), float(upper), float(column.max()), whole
    )  # fmt: skip
