"""What a graph claims about data: one independence for every pair of measured nodes that no edge joins.

Each pair is separated by a set of measured nodes from which nothing can be left out. A pair that no measured set
separates (a hidden common cause) claims nothing that an independence test could see; it is counted. Together the pairs
claim all that the graph does, if every node is measured.

Causes that stand in one time tier and have no causes of their own are free to go together, as in path analysis: the
drawing says nothing of their order, so nothing is claimed of them unless asked for.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import networkx as nx

from core.graphs.causal_graph import CausalGraph

FREE = "\0free "  # begins the name of a hidden cause that stands for "free to go together"; no node is called so


@dataclass(frozen=True)
class Implication:
    """one ⊥ other | given, by node names in the order of the graph. selected nodes are fixed by the data already."""

    one: str
    other: str
    given: tuple[str, ...]


@dataclass(frozen=True)
class Implied:
    """implications: one per testable pair. untestable: pairs without an edge that no measured set separates.

    free: measured pairs of causes in one tier, of which nothing is claimed; together: these causes by tier, hidden ones
    included; assumed: the graph with a hidden cause of each tier's.
    """

    implications: tuple[Implication, ...]
    untestable: tuple[tuple[str, str], ...]
    free: tuple[tuple[str, str], ...]
    together: tuple[tuple[str, ...], ...]
    assumed: "nx.DiGraph[str]"


def implied_by(graph: CausalGraph, measured: Sequence[str], *, test_roots: bool = False) -> Implied:
    """The claims about the measured nodes; test_roots: that causes in one tier are independent is a claim too."""
    assumed, groups = _with_free_roots(graph, test_roots)
    selected = set(graph.having("selected"))
    seen = set(measured) - selected
    names = [name for name in graph.names if name in seen]
    joined = {frozenset(edge) for edge in graph.edges}
    together = {frozenset(pair) for group in groups for pair in combinations(group, 2)}
    claims, untestable, free = [], [], []
    for one, other in combinations(names, 2):
        if frozenset((one, other)) in joined:
            continue
        if frozenset((one, other)) in together:
            free.append((one, other))
            continue
        found = nx.find_minimal_d_separator(
            assumed, {one}, {other}, included=selected or None, restricted=(seen | selected) - {one, other}
        )
        if found is None:
            untestable.append((one, other))
        else:
            claims.append(Implication(one, other, tuple(name for name in names if name in found)))
    return Implied(tuple(claims), tuple(untestable), tuple(free), tuple(map(tuple, groups)), assumed)


def in_order(graph: CausalGraph) -> list[str]:
    """All nodes, causes before effects, earlier tiers first where the arrows leave a choice."""
    tiers = {node.name: (node.tier is None, node.tier or 0, place) for place, node in enumerate(graph.nodes)}
    return list(nx.lexicographical_topological_sort(graph.directed(), key=tiers.__getitem__))


def _with_free_roots(graph: CausalGraph, test_roots: bool) -> tuple["nx.DiGraph[str]", list[list[str]]]:
    """The graph with a hidden cause of the causes in each tier, and these causes."""
    assumed = graph.directed()
    by_tier: dict[int, list[str]] = defaultdict(list)
    for node in graph.nodes:
        if node.tier is not None and "randomised" not in node.roles and not assumed.in_degree(node.name):
            by_tier[node.tier].append(node.name)
    groups = [] if test_roots else [names for _, names in sorted(by_tier.items()) if len(names) > 1]
    for place, names in enumerate(groups):
        assumed.add_edges_from((f"{FREE}{place}", name) for name in names)
    return assumed, groups
