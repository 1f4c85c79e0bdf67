"""FCI's rules are complete: on all maximal ancestral graphs of four nodes they mark what equivalent graphs share.

Independence is read off the covariances of random linear models, as no weights cancel by accident.
"""

from collections import defaultdict
from itertools import combinations, product

import networkx as nx
import numpy as np
import pytest
from numpy.typing import NDArray

from core.graphs.discovery.ancestral import ARROW, OPEN, TAIL
from core.graphs.discovery.contract import Knowledge
from core.graphs.discovery.fci import ancestral_graph
from core.graphs.discovery.independence import Limits

SIZE = 4
PAIRS = list(combinations(range(SIZE), 2))
ENDS = {"none": (0, 0), "onward": (TAIL, ARROW), "back": (ARROW, TAIL), "both": (ARROW, ARROW)}
Marks = tuple[tuple[int, ...], ...]
Apart = frozenset[tuple[int, int, tuple[int, ...]]]


def ancestral(ways: tuple[str, ...]) -> nx.DiGraph | None:
    """The directed part of a graph, if no arrow points at an ancestor."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(SIZE))
    for (i, j), way in zip(PAIRS, ways, strict=True):
        if way in ("onward", "back"):
            graph.add_edge(*((i, j) if way == "onward" else (j, i)))
    if not nx.is_directed_acyclic_graph(graph):
        return None
    both = [pair for pair, way in zip(PAIRS, ways, strict=True) if way == "both"]
    return None if any(nx.has_path(graph, i, j) or nx.has_path(graph, j, i) for i, j in both) else graph


def independences(graph: nx.DiGraph, ways: tuple[str, ...], chance: np.random.Generator) -> Apart:
    weights, noise = np.zeros((SIZE, SIZE)), np.diag(chance.uniform(2, 3, SIZE))
    for i, j in graph.edges:
        weights[j, i] = chance.uniform(0.4, 1.0)
    for (i, j), way in zip(PAIRS, ways, strict=True):
        if way == "both":
            noise[i, j] = noise[j, i] = chance.uniform(0.2, 0.6)
    spread = np.linalg.inv(np.eye(SIZE) - weights)
    covariance = spread @ noise @ spread.T
    apart = set()
    for i, j in PAIRS:
        rest = [node for node in range(SIZE) if node not in (i, j)]
        for given in (sub for size in range(len(rest) + 1) for sub in combinations(rest, size)):
            inverse = np.linalg.inv(covariance[np.ix_([i, j, *given], [i, j, *given])])
            if abs(inverse[0, 1]) < 1e-10:
                apart.add((i, j, given))
    return frozenset(apart)


@pytest.fixture(scope="module")
def classes() -> dict[Apart, list[Marks]]:
    chance = np.random.default_rng(0)
    found = defaultdict(list)
    for ways in product(ENDS, repeat=len(PAIRS)):
        graph = ancestral(ways)
        if graph is None:
            continue
        apart = independences(graph, ways, chance)
        joined = {pair for pair, way in zip(PAIRS, ways, strict=True) if way != "none"}
        if joined.isdisjoint((i, j) for i, j, _ in apart) and len({(i, j) for i, j, _ in apart} | joined) == len(PAIRS):
            ends = np.zeros((SIZE, SIZE), dtype=int)
            for (i, j), way in zip(PAIRS, ways, strict=True):
                ends[j, i], ends[i, j] = ENDS[way]
            found[apart].append(tuple(map(tuple, ends.tolist())))
    return found


def test_marks_are_those_that_all_equivalent_graphs_share(classes: dict[Apart, list[Marks]]) -> None:
    assert len(classes) == 248 and max(map(len, classes.values())) > 20
    for apart, members in classes.items():

        def test(one: int, other: int, sets: NDArray[np.int64], apart: Apart = apart) -> tuple[NDArray, NDArray]:  # type: ignore[type-arg]
            ends = min(one, other), max(one, other)
            found = np.array([(*ends, tuple(sorted(given.tolist()))) in apart for given in sets], dtype=float)
            return found, 1 - found

        stacked = np.array(members)
        shared = np.where((stacked == stacked[0]).all(axis=0), stacked[0], OPEN)
        found = ancestral_graph(test, Limits(0.05, 0.01, SIZE), "abcd", Knowledge())
        assert found.end == shared.tolist(), (shared, apart)
