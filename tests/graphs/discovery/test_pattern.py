"""Patterns against brute force: an edge has a direction if and only if all equally good graphs share it."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations, product

import networkx as nx
import numpy as np
import pytest

from core.graphs.discovery.contract import Knowledge
from core.graphs.discovery.pattern import Pattern, pattern_of_dag

NAMES = ("a", "b", "c", "d", "e")
Edges = frozenset[tuple[int, int]]


def all_dags(size: int) -> Iterator[Edges]:
    pairs = list(combinations(range(size), 2))
    for ways in product((0, 1, 2), repeat=len(pairs)):
        edges = [(i, j) if way == 1 else (j, i) for (i, j), way in zip(pairs, ways, strict=True) if way]
        if nx.is_directed_acyclic_graph(nx.DiGraph(edges)):
            yield frozenset(edges)


def independences(edges: Edges) -> tuple[frozenset[frozenset[int]], frozenset[tuple[int, int, int]]]:
    """Skeleton and colliders: what graphs with the same independences share (Verma and Pearl 1990)."""
    skeleton = frozenset(frozenset(edge) for edge in edges)
    meet = frozenset(
        (min(a, b), c, max(a, b))
        for (a, c), (b, d) in combinations(edges, 2)
        if c == d and frozenset((a, b)) not in skeleton
    )
    return skeleton, meet


def parents(edges: Edges, size: int) -> list[list[int]]:
    return [[source for source, target in sorted(edges) if target == node] for node in range(size)]


def directed(pattern: Pattern) -> Edges:
    return frozenset((one, other) for one in range(pattern.size) for other in range(pattern.size)
                     if pattern.children[one] >> other & 1)  # fmt: skip


@pytest.fixture(scope="module")
def classes() -> list[list[Edges]]:
    alike = defaultdict(list)
    for edges in all_dags(4):
        alike[independences(edges)].append(edges)
    return list(alike.values())


def test_all_graphs_of_four_nodes(classes: list[list[Edges]]) -> None:
    assert sum(map(len, classes)) == 543 and len(classes) == 185
    for members in classes:
        shared = frozenset.intersection(*members)
        for edges in members:
            assert directed(pattern_of_dag(parents(edges, 4), NAMES, Knowledge())) == shared


def test_what_is_known_directs_what_follows_from_it_and_no_more(classes: list[list[Edges]]) -> None:
    chance = np.random.default_rng(0)
    narrowed = 0
    for members in classes:
        truth = members[chance.integers(len(members))]
        tier = chance.integers(0, 2, 4)
        tiers = tuple(tuple(NAMES[n] for n in range(4) if tier[n] == t) for t in range(2))
        forbidden = frozenset((NAMES[j], NAMES[i]) for i, j in truth if chance.random() < 0.3)
        known = Knowledge(tiers if all(tier[i] <= tier[j] for i, j in truth) else (), forbidden=forbidden)
        lawful = [each for each in members if all(known.allows(NAMES[i], NAMES[j]) for i, j in each)]
        shared = frozenset.intersection(*lawful)
        narrowed += shared != frozenset.intersection(*members)
        assert directed(pattern_of_dag(parents(truth, 4), NAMES, known)) == shared
    assert narrowed > 20
