"""A layered layout: causes to the left of their effects, tiers as columns, and what the analyst placed stays there.

Layers by tier and longest path; nodes of a layer ordered by the mean height of their neighbours, swept both ways
(Sugiyama, Tagawa, Toda 1981). An edge that passes layers keeps a lane in each of them, so that it runs around nodes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import networkx as nx

from core.graphs.causal_graph import CausalGraph

Point = tuple[float, float]

WIDE, TALL = 150.0, 40.0  # of a node, in pixels
COLUMN: Final = 230.0
ROW, LANE = 64.0, 26.0  # from a node to the next one, and to the next lane
SWEEPS: Final = 8

# A place in a layer: a node, or the lane of an edge (its source, its target, the layer).
Slot = str | tuple[str, str, int]


@dataclass(frozen=True)
class Layout:
    """places: the middle of each node. bends: the points between its ends through which an edge runs."""

    places: Mapping[str, Point]
    bends: Mapping[tuple[str, str], tuple[Point, ...]]


def layout(graph: CausalGraph) -> Layout:
    """Where every node lies (x to the right, y down, pixels), and how edges run between them."""
    placed = {node.name: node.place for node in graph.nodes if node.place is not None}
    columns = layers(graph)
    slots = _slots(graph, columns)
    heights = _heights(slots, _neighbours(graph, columns))
    found: dict[Slot, Point] = {
        slot: (column * COLUMN, heights[slot]) for column, inside in enumerate(slots) for slot in inside
    }
    across, down = (_mean((place[axis] - found[name][axis] for name, place in placed.items()), 0.0) for axis in (0, 1))
    found = {slot: (x + across, y + down) for slot, (x, y) in found.items()}  # the rest moves to what was placed
    places = {name: placed.get(name) or found[name] for name in graph.names}
    bends = {
        (source, target): tuple(found[source, target, column] for column in range(columns[source] + 1, columns[target]))
        for source, target in graph.edges
        if source not in placed and target not in placed
    }
    return Layout(places, bends)


def layers(graph: CausalGraph) -> dict[str, int]:
    """The column of every node: by tier, then by its longest path of causes; a first cause lies by its effect."""
    directed = graph.directed()
    tiers = _tiers(graph, directed)
    depths: dict[str, int] = {}
    for name in nx.lexicographical_topological_sort(directed, key=list(graph.names).index):
        before = [depths[cause] for cause in directed.predecessors(name) if tiers[cause] == tiers[name]]
        depths[name] = 1 + max(before, default=-1)
    for name in graph.names:
        after = [depths[effect] for effect in directed.successors(name) if tiers[effect] == tiers[name]]
        if after and not directed.in_degree(name):
            depths[name] = min(after) - 1
    dense = {key: place for place, key in enumerate(sorted({(tiers[name], depths[name]) for name in graph.names}))}
    return {name: dense[tiers[name], depths[name]] for name in graph.names}


def _tiers(graph: CausalGraph, directed: "nx.DiGraph[str]") -> dict[str, int]:
    """The tier of each node; if unknown, the latest of its causes', or the earliest of its effects', or the first."""
    known = {node.name: node.tier for node in graph.nodes if node.tier is not None}
    first = min(known.values(), default=0)

    def tier(name: str) -> int:
        if name in known:
            return known[name]
        before = [known[cause] for cause in nx.ancestors(directed, name) if cause in known]
        after = [known[effect] for effect in nx.descendants(directed, name) if effect in known]
        return max(before) if before else min(after, default=first)

    return {name: tier(name) for name in graph.names}


def _slots(graph: CausalGraph, columns: Mapping[str, int]) -> list[list[Slot]]:
    """What lies in each column, nodes and lanes."""
    slots: list[list[Slot]] = [[] for _ in range(1 + max(columns.values(), default=-1))]
    for name in graph.names:
        slots[columns[name]].append(name)
    for source, target in graph.edges:
        for column in range(columns[source] + 1, columns[target]):
            slots[column].append((source, target, column))
    return slots


def _neighbours(graph: CausalGraph, columns: Mapping[str, int]) -> dict[Slot, tuple[list[Slot], list[Slot]]]:
    """{slot: (those it is joined to in the column before, in the column after)}."""
    joined: dict[Slot, tuple[list[Slot], list[Slot]]] = {}
    for source, target in graph.edges:
        lanes: list[Slot] = [(source, target, column) for column in range(columns[source] + 1, columns[target])]
        way: Sequence[Slot] = [source, *lanes, target]
        for one, other in pairwise(way):
            joined.setdefault(one, ([], []))[1].append(other)
            joined.setdefault(other, ([], []))[0].append(one)
    return joined


def _heights(slots: list[list[Slot]], joined: Mapping[Slot, tuple[list[Slot], list[Slot]]]) -> dict[Slot, float]:
    """The height of everything: a column is ordered by the mean height of its neighbours, and centred on zero."""
    heights: dict[Slot, float] = {}
    for inside in slots:
        heights |= _stacked(inside)
    for sweep in range(SWEEPS):
        side = sweep % 2
        for inside in slots if side == 0 else reversed(slots):
            wanted = {
                slot: _mean((heights[each] for each in joined.get(slot, ([], []))[side]), heights[slot])
                for slot in inside
            }
            inside.sort(key=wanted.__getitem__)
            heights |= _stacked(inside)
    return heights


def _stacked(inside: Sequence[Slot]) -> dict[Slot, float]:
    """Heights one below the other, centred on zero."""
    found: dict[Slot, float] = {}
    height = 0.0
    for place, slot in enumerate(inside):
        if place:
            height += (_room(inside[place - 1]) + _room(slot)) / 2
        found[slot] = height
    return {slot: value - height / 2 for slot, value in found.items()}


def _room(slot: Slot) -> float:
    return ROW if isinstance(slot, str) else LANE


def _mean(values: Iterable[float], otherwise: float) -> float:
    found = list(values)
    return sum(found) / len(found) if found else otherwise
