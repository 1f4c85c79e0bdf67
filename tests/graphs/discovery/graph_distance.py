"""How far a discovered graph is from the true one."""

from collections.abc import Iterable
from dataclasses import dataclass

import networkx as nx

from core.graphs.discovery.contract import Edge, Knowledge
from core.graphs.discovery.pattern import pattern_of_dag

Pairs = dict[frozenset[str], tuple[str, str] | None]  # of each joined pair its direction, None if it has none


@dataclass(frozen=True)
class Distance:
    """precision, recall, f1: of joined pairs; direction_precision: of directed edges that the true graph has just so,
    nan without any; hamming: pairs that are not joined as in the pattern of the true graph."""

    precision: float
    recall: float
    f1: float
    direction_precision: float
    hamming: int


def pairs_of(edges: Iterable[Edge]) -> Pairs:
    return {
        frozenset((each.source, each.target)): (each.source, each.target) if each.kind == "directed" else None
        for each in edges
    }


def pattern_pairs(graph: nx.DiGraph, knowledge: Knowledge | None = None) -> Pairs:
    """The pattern of a true graph: only those directions that data and knowledge can tell."""
    names = sorted(graph)
    above = [[names.index(parent) for parent in graph.predecessors(name)] for name in names]
    pattern = pattern_of_dag(above, names, knowledge or Knowledge())
    return {
        frozenset((source, target)): (source, target)
        if pattern.children[names.index(source)] >> names.index(target) & 1
        else None
        for source, target in graph.edges
    }


def distance(found: Pairs, graph: nx.DiGraph, knowledge: Knowledge | None = None) -> Distance:
    """Of what was found, with that knowledge, from the true graph."""
    truth = pattern_pairs(graph, knowledge)
    both = len(found.keys() & truth.keys())
    directed = [way for way in found.values() if way is not None]
    absent = object()
    wrong = sum(found.get(pair, absent) != truth.get(pair, absent) for pair in found.keys() | truth.keys())
    return Distance(
        both / len(found) if found else float("nan"),
        both / len(truth),
        2 * both / (len(found) + len(truth)),
        sum(graph.has_edge(*way) for way in directed) / len(directed) if directed else float("nan"),
        wrong,
    )
