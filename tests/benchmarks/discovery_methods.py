"""Our methods of discovery, and causal-learn's, called alike: what joins which variables, and at what cost."""

import contextlib
import io
import random
import time
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np

from core.graphs.discovery import DISCOVERERS
from core.graphs.discovery.contract import Knowledge
from core.graphs.variables import VariableTable
from tests.graphs.discovery.graph_distance import Distance, Pairs, distance, pairs_of

Row = tuple[Distance, float]


def ours(method: str, table: VariableTable, knowledge: Knowledge) -> Pairs:
    """What one of our methods finds with its default settings."""
    discoverer = DISCOVERERS[method]
    assert discoverer.spec is not None
    return pairs_of(discoverer.load()(table, discoverer.spec.read({})).edges(knowledge))


def theirs(name: str, values: np.ndarray, names: list[str], **options: Any) -> Pairs:
    """What a method of causal-learn finds; discrete data are told by `options`."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        random.seed(0)
        np.random.seed(0)
        if name == "PC":
            from causallearn.search.ConstraintBased.PC import pc

            graph = pc(values, alpha=0.01, show_progress=False, node_names=names, **options).G
        elif name == "GES":
            from causallearn.search.ScoreBased.GES import ges

            graph = ges(values, node_names=names, **options)["G"]
        else:
            from causallearn.search.PermutationBased.BOSS import boss
            from causallearn.search.PermutationBased.GRaSP import grasp

            graph = {"BOSS": boss, "GRaSP": grasp}[name](values, verbose=False, node_names=names, **options)
    found: Pairs = {}
    for edge in graph.get_graph_edges():
        ends = edge.get_node1().get_name(), edge.get_node2().get_name()
        marks = edge.get_endpoint1().name, edge.get_endpoint2().name
        way = {("TAIL", "ARROW"): ends, ("ARROW", "TAIL"): ends[::-1]}.get(marks)
        found[frozenset(ends)] = (way[0], way[1]) if way else None
    return found


def timed(search: Callable[[], Pairs], graph: nx.DiGraph, knowledge: Knowledge) -> Row:
    """How far a search ends from the graph, and the CPU seconds it took."""
    started = time.process_time()
    found = search()
    took = time.process_time() - started
    return distance(found, graph, knowledge), took
