"""FCI: what can be said of causes when hidden common causes are possible (Spirtes, Glymour, Scheines 2000; Zhang 2008).

An edge is directed (a cause, perhaps by way of others or beside a hidden one), bidirected (a hidden common cause, none
causes the other), partial (the target is no cause of the source) or undirected (nothing is known). An edge forbidden
in one direction says, as an earlier tier does, that the one end is no cause of the other.
"""

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Final

from core.graphs.discovery.ancestral import ARROW, OPEN, TAIL, Ancestral
from core.graphs.discovery.contract import Edge, EdgeKind, Knowledge, edge
from core.graphs.discovery.evidence import Evidence, evidence_of
from core.graphs.discovery.independence import Limits, Test, test_for
from core.graphs.discovery.pattern import bits
from core.graphs.discovery.pc import limits_of, said_of_floor
from core.graphs.discovery.skeleton import Colliders, Tried, skeleton_of
from core.graphs.discovery.table_settings import FciSettings
from core.graphs.variables import VariableTable

MOST_AROUND: Final = 12  # beyond, sets of variables that are no neighbours are not tried
KINDS: Final[dict[tuple[int, int], EdgeKind]] = {
    (TAIL, ARROW): "directed", (ARROW, ARROW): "bidirected", (OPEN, ARROW): "partial",
}  # fmt: skip


class FciSearch:
    """FCI over a table, or over one bootstrap draw of it."""

    def __init__(self, evidence: Evidence, settings: FciSettings) -> None:
        self._evidence, self._settings = evidence, settings

    @property
    def notes(self) -> tuple[str, ...]:
        """What should be known of how edges were decided."""
        said = "FCI assumes that nobody was selected into the data by what the variables cause."
        return (said, *said_of_floor(self._settings.floor, self._evidence.embedded.units))

    def edges(self, knowledge: Knowledge) -> Sequence[Edge]:
        """Edges of every kind; strength: the weakest partial correlation over all that was held fixed."""
        names = self._evidence.names
        knowledge.check(names)
        graph = ancestral_graph(test_for(self._evidence), limits_of(self._settings), names, knowledge)
        found = []
        for one, other in combinations(range(len(names)), 2):
            if graph.joined(one, other):
                source, target = (one, other) if graph.end[one][other] == ARROW else (other, one)
                if graph.end[one][other] == graph.end[other][one] == ARROW:
                    source, target = one, other
                kind = KINDS.get((graph.end[target][source], graph.end[source][target]), "undirected")
                found.append(edge(names[source], names[target], kind, graph.skeleton.weakest.get((one, other))))
        return sorted(found)

    def drawn(self, seed: int) -> "FciSearch":
        """The same search on a bootstrap draw of the units."""
        return FciSearch(self._evidence.drawn(seed), self._settings)


def ancestral_graph(test: Test, limits: Limits, names: Sequence[str], knowledge: Knowledge) -> Ancestral:
    """The graph that a test of independence leads to."""

    def in_time(each: int, one: int, other: int) -> bool:
        """Whether a variable is no later than one of two: only causes of either need be held fixed."""
        tiers = [knowledge.tier(names[place]) for place in (each, one, other)]
        own, ends = tiers[0], [tier for tier in tiers[1:] if tier is not None]
        return own is None or len(ends) < 2 or own <= max(ends)

    skeleton = skeleton_of(test, limits, names, knowledge, in_time)
    first = Ancestral(skeleton)
    first.collide(Colliders(test, limits, skeleton, in_time))
    tried = Tried(test, limits, skeleton)
    for one, other in combinations(range(len(names)), 2):
        required = (names[one], names[other]) in knowledge.required or (names[other], names[one]) in knowledge.required
        if first.joined(one, other) and not required:
            _separate_farther(first, tried, one, other, limits, in_time)
    graph = Ancestral(skeleton)
    _know(graph, names, knowledge)
    graph.collide(Colliders(test, limits, skeleton, in_time))
    graph.close()
    return graph


def _separate_farther(
    graph: Ancestral, tried: Tried, one: int, other: int, limits: Limits, in_time: Callable[[int, int, int], bool]
) -> None:
    """Try sets of variables that hidden causes may make necessary, although they are no neighbours."""
    for start, end in ((one, other), (other, one)):
        around = [each for each in sorted(_reached(graph, start) - {end}) if in_time(each, start, end)]
        if len(around) > MOST_AROUND or set(around) <= set(bits(graph.skeleton.adjacent[start])):
            continue  # the neighbours were tried before
        for size in range(1, min(limits.depth, len(around)) + 1):
            given = tried.separates(start, end, around, size)
            if given is not None:
                graph.skeleton.separate(one, other, given)
                return


def _reached(graph: Ancestral, start: int) -> set[int]:
    """Possible-D-SEP: ends of paths on which every inner node is a collider or in a triangle with its neighbours."""
    seen = {(start, each) for each in graph.around(start)}
    waiting = list(seen)
    while waiting:
        before, node = waiting.pop()
        for after in graph.around(node):
            if after in (before, start) or (node, after) in seen:
                continue
            collider = graph.end[before][node] == ARROW and graph.end[after][node] == ARROW
            if collider or graph.joined(before, after):
                seen.add((node, after))
                waiting.append((node, after))
    return {end for _, end in seen}


def _know(graph: Ancestral, names: Sequence[str], knowledge: Knowledge) -> None:
    for one in range(graph.size):
        for other in graph.around(one):
            if not knowledge.allows(names[other], names[one]):
                graph.mark(one, other, ARROW)
            if (names[one], names[other]) in knowledge.required:
                graph.mark(one, other, ARROW)
                graph.mark(other, one, TAIL)


def search(table: VariableTable, settings: FciSettings) -> FciSearch:
    """FCI over a table; raises NotEnoughData for too few units, BadSpec for perfect collinearity."""
    return FciSearch(evidence_of(table), settings)


def seconds(rows: int, columns: int) -> float:
    """What one search costs on one core."""
    return 0.03 + 3e-7 * rows * columns + 8e-4 * float(columns**1.9)
