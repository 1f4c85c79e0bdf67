"""FCI with an oracle instead of a test: every mark is true of every graph, and hidden causes are found."""

import networkx as nx
import numpy as np
import pytest
from numpy.typing import NDArray

from core.graphs.discovery.ancestral import ARROW, OPEN, TAIL, Ancestral
from core.graphs.discovery.contract import Knowledge
from core.graphs.discovery.fci import ancestral_graph
from core.graphs.discovery.independence import Limits
from tests.graphs.discovery.simulated import random_graph


def by_oracle(graph: nx.DiGraph, seen: list[object], knowledge: Knowledge | None = None) -> Ancestral:
    """The graph over the nodes that are seen, when independence is read off the true graph."""

    def test(one: int, other: int, sets: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        apart = [nx.is_d_separator(graph, {seen[one]}, {seen[other]}, {seen[z] for z in given}) for given in sets]
        return np.array(apart, dtype=float), 1 - np.array(apart, dtype=float)

    return ancestral_graph(test, Limits(0.05, 0.01, 20), [str(node) for node in seen], knowledge or Knowledge())


@pytest.mark.parametrize("seed", range(25))
def test_every_mark_is_true(seed: int) -> None:
    chance = np.random.default_rng(seed)
    nodes = int(chance.integers(6, 10))
    graph = random_graph("uniform", nodes, int(nodes * chance.uniform(1, 1.6)), chance)
    hidden = set(chance.choice(nodes, size=2, replace=False).tolist())
    seen = [node for node in graph if node not in hidden]
    chance.shuffle(seen)
    tiers = tuple(tuple(str(node) for node in seen if node * 2 // nodes == tier) for tier in range(2))
    marked = []
    for knowledge in (Knowledge(), Knowledge(tiers=tiers)):
        found = by_oracle(graph, seen, knowledge)
        for one in range(found.size):
            for other in found.around(one):
                causes = nx.has_path(graph, seen[other], seen[one])
                assert found.end[one][other] == OPEN or causes == (found.end[one][other] == TAIL)
        marked.append(sum(mark != OPEN for row in found.end for mark in row if mark))
    assert marked[1] >= marked[0]


@pytest.mark.parametrize(
    ("edges", "one", "other", "marks"),
    [
        ("ax bx xy", "x", "y", (TAIL, ARROW)),  # two causes meet in x, so y cannot be one
        ("ax bx yx", "x", "y", (ARROW, OPEN)),
        ("ax by hx hy", "x", "y", (ARROW, ARROW)),  # h is hidden
        ("xy", "x", "y", (OPEN, OPEN)),
    ],
)
def test_textbook_graphs(edges: str, one: str, other: str, marks: tuple[int, int]) -> None:
    graph = nx.DiGraph([tuple(edge) for edge in edges.split()])
    seen = sorted(set(graph) - {"h"})
    found = by_oracle(graph, seen)
    x, y = seen.index(one), seen.index(other)
    assert (found.end[y][x], found.end[x][y]) == marks


def test_a_discriminating_path_tells_a_hidden_cause() -> None:
    """Zhang's R4: d → a ↔ b and a → c; whether b ↔ c or b → c shows in what separates d from c."""
    hidden = nx.DiGraph([("d", "a"), ("h", "a"), ("h", "b"), ("a", "c"), ("k", "b"), ("k", "c"), ("e", "a")])
    seen = ["a", "b", "c", "d", "e"]
    found = by_oracle(hidden, seen)
    assert found.end[2][1] == ARROW and found.end[1][2] == ARROW
    direct = nx.DiGraph([("d", "a"), ("h", "a"), ("h", "b"), ("a", "c"), ("b", "c"), ("e", "a")])
    found = by_oracle(direct, seen)
    assert found.parent(1, 2)
