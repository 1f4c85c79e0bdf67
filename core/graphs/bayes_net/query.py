"""Questions to a network: variable elimination over tables, all bootstrap draws at once.

To observe a value is to look at the units that have it; to set it is to give it to everybody, which cuts the node from
its causes (truncated factorisation, Pearl 2009, 1.37).
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import networkx as nx
import numpy as np

from core.errors import BadSpec
from core.graphs.bayes_net.tables import Factor
from core.graphs.variables import Floats

MOST_CELLS: Final = 2e7  # of a table in between, draws included


def probabilities(
    tables: Mapping[str, Factor],
    directed: "nx.DiGraph[str]",
    outcome: str,
    *,
    observed: Mapping[str, int] | None = None,
    fixed: Mapping[str, int] | None = None,
) -> Floats:
    """(draws, levels) P(outcome | observed, do(fixed)). tables: P(node | causes) of every node of the graph.

    Raises BadSpec where the graph is too tangled for exact elimination.
    """
    seen, held = dict(observed or {}), dict(fixed or {})
    cut = directed.copy()
    cut.remove_edges_from([(cause, name) for name in held for cause in directed.predecessors(name)])
    needed = {outcome, *seen}.union(*(nx.ancestors(cut, name) for name in (outcome, *seen)))
    known = {**seen, **held}
    factors = [_at(tables[name], known) for name in sorted(needed) if name not in held]
    hidden = [name for name in needed if name != outcome and name not in known]
    while hidden:
        name = min(hidden, key=lambda each: (_cells(factors, each), each))
        touching = [factor for factor in factors if name in factor.names]
        factors = [factor for factor in factors if name not in factor.names]
        kept = sorted({each for factor in touching for each in factor.names} - {name})
        factors.append(_product(touching, kept))
        hidden.remove(name)
    if outcome in known:
        joint = np.zeros((len(factors[0].values) if factors else 1, tables[outcome].values.shape[-1]))
        joint[:, known[outcome]] = 1.0
        return joint
    joint = _product(factors, [outcome]).values
    total = joint.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(joint, total, out=np.full_like(joint, np.nan), where=total > 0), dtype=np.float64)


def _at(factor: Factor, known: Mapping[str, int]) -> Factor:
    """The table where some variables have a value."""
    index = (slice(None), *(known.get(name, slice(None)) for name in factor.names))
    return Factor(tuple(name for name in factor.names if name not in known), factor.values[index])


def _product(factors: Sequence[Factor], kept: Collection[str]) -> Factor:
    """The product, summed over what is not kept."""
    names = sorted({name for factor in factors for name in factor.names})
    letter = {name: number + 1 for number, name in enumerate(names)}
    sizes = {name: factor.values.shape[1 + place] for factor in factors for place, name in enumerate(factor.names)}
    if len(factors[0].values) * np.prod([float(sizes[name]) for name in names]) > MOST_CELLS:
        raise BadSpec("The graph is too tangled for its tables to be multiplied out; use fewer bins or fewer edges.")
    operands: list[Any] = []
    for factor in factors:
        operands += [factor.values, [0, *(letter[name] for name in factor.names)]]
    order = [name for name in kept if name in letter]
    values = np.einsum(*operands, [0, *(letter[name] for name in order)], optimize=len(factors) > 2)
    return Factor(tuple(order), np.asarray(values, dtype=np.float64))


def _cells(factors: Sequence[Factor], name: str) -> float:
    """The size of the table that eliminating a variable makes."""
    sizes = {
        each: factor.values.shape[1 + place]
        for factor in factors if name in factor.names
        for place, each in enumerate(factor.names)
    }  # fmt: skip
    return float(np.prod([float(size) for size in sizes.values()]))
