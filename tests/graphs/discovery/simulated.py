"""Random graphs of several families and data from them: known answers for tests and benchmarks."""

from collections.abc import Callable
from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from core.graphs.variables import Variable, VariableTable

Noise = Callable[[np.random.Generator, int], NDArray[np.float64]]


def gaussian(chance: np.random.Generator, rows: int) -> NDArray[np.float64]:
    return chance.normal(size=rows)


def exponential(chance: np.random.Generator, rows: int) -> NDArray[np.float64]:
    return chance.exponential(size=rows) - 1


@dataclass(frozen=True)
class Simulated:
    """A graph whose nodes are names in a causal order, and data (rows, nodes) whose columns are shuffled."""

    graph: nx.DiGraph
    table: VariableTable
    tiers: tuple[tuple[str, ...], ...]

    @property
    def edges(self) -> set[tuple[str, str]]:
        return set(self.graph.edges)


def random_graph(family: str, nodes: int, edges: int, chance: np.random.Generator) -> nx.DiGraph:
    """A DAG over 0..nodes-1 in causal order: "uniform", "scale_free" (hubs) or "layered" (four layers)."""
    pairs = [(i, j) for j in range(nodes) for i in range(j)]
    weights = np.ones(len(pairs))
    if family == "layered":
        layer = np.arange(nodes) * 4 // nodes
        weights = np.array([1.0 if layer[j] - layer[i] == 1 else 0.02 for i, j in pairs])
    graph = nx.DiGraph()
    graph.add_nodes_from(range(nodes))
    if family == "scale_free":
        degree = np.ones(nodes)
        while graph.number_of_edges() < edges:
            weights = np.array([0.0 if graph.has_edge(i, j) else degree[i] ** 1.5 for i, j in pairs])
            i, j = pairs[chance.choice(len(pairs), p=weights / weights.sum())]
            graph.add_edge(i, j)
            degree[i] += 1
        return graph
    chosen = chance.choice(len(pairs), size=edges, replace=False, p=weights / weights.sum())
    graph.add_edges_from(pairs[each] for each in chosen)
    return graph


def simulate(
    family: str,
    *,
    nodes: int = 20,
    edges: int = 38,
    rows: int = 1000,
    seed: int = 0,
    noise: Noise = gaussian,
    mixed: bool = False,
) -> Simulated:
    """Linear data, every node standardised, so that variances tell nothing of the order; three time tiers.

    mixed: every third variable is then cut to yes or no, and every third becomes a skewed positive amount.
    """
    chance = np.random.default_rng([seed, nodes, edges])
    graph = random_graph(family, nodes, edges, chance)
    data = np.empty((rows, nodes))
    for node in range(nodes):
        parents = sorted(graph.predecessors(node))
        weights = chance.uniform(0.3, 1.0, len(parents)) * chance.choice([-1, 1], len(parents))
        values = data[:, parents] @ weights + noise(chance, rows)
        data[:, node] = (values - values.mean()) / values.std()
        if mixed and node % 3 == 1:
            data[:, node] = data[:, node] > 0.3
    if mixed:
        data[:, 2::3] = np.exp(data[:, 2::3])
    names = [f"v{number:02d}" for number in chance.permutation(nodes)]
    columns = sorted(range(nodes), key=lambda node: names[node])
    variables = tuple(
        Variable(names[node], "binary" if mixed and node % 3 == 1 else "number", data[:, node]) for node in columns
    )
    tiers = tuple(tuple(names[node] for node in range(nodes) if node * 3 // nodes == tier) for tier in range(3))
    renamed = nx.relabel_nodes(graph, dict(enumerate(names)))
    return Simulated(renamed, VariableTable(variables, "simulated units"), tiers)
