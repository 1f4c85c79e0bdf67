"""PC with time tiers: edges that no set of other variables explains away, arrows where two causes meet.

A meeting of two causes (collider) is believed when most of the sets that separate them leave it out (majority rule of
Colombo and Maathuis 2014). Arrows that contradict each other are dropped, and the edge stays undirected.
"""

from collections.abc import Sequence
from itertools import combinations

from core.graphs.discovery.contract import Edge, EdgeKind, Knowledge, edge
from core.graphs.discovery.evidence import Evidence, evidence_of
from core.graphs.discovery.independence import Limits, test_for
from core.graphs.discovery.pattern import Pattern
from core.graphs.discovery.skeleton import Colliders, Skeleton, skeleton_of
from core.graphs.discovery.table_settings import PcSettings
from core.graphs.variables import VariableTable


class PcSearch:
    """PC over a table, or over one bootstrap draw of it."""

    def __init__(self, evidence: Evidence, settings: PcSettings) -> None:
        self._evidence, self._settings = evidence, settings

    @property
    def notes(self) -> tuple[str, ...]:
        """What should be known of how edges were decided."""
        return said_of_floor(self._settings.floor, self._evidence.embedded.units)

    def edges(self, knowledge: Knowledge) -> Sequence[Edge]:
        """Directed and undirected edges; strength: the weakest partial correlation over all that was held fixed."""
        names = self._evidence.names
        knowledge.check(names)
        test, limits = test_for(self._evidence), limits_of(self._settings)

        def in_time(each: int, one: int, _: int) -> bool:
            return knowledge.allows(names[each], names[one])

        skeleton = skeleton_of(test, limits, names, knowledge, in_time)
        pattern = oriented(Colliders(test, limits, skeleton, in_time), skeleton, names, knowledge)
        found = []
        for one, other in combinations(range(len(names)), 2):
            if pattern.adjacent[one] >> other & 1:
                kind: EdgeKind = "undirected" if pattern.open(one) >> other & 1 else "directed"
                source, target = (one, other) if pattern.children[one] >> other & 1 else (other, one)
                found.append(edge(names[source], names[target], kind, skeleton.weakest.get((one, other))))
        return sorted(found)

    def drawn(self, seed: int) -> "PcSearch":
        """The same search on a bootstrap draw of the units."""
        return PcSearch(self._evidence.drawn(seed), self._settings)


def limits_of(settings: PcSettings) -> Limits:
    """The settings as the tests take them."""
    return Limits(settings.alpha, settings.floor, settings.depth)


def oriented(colliders: Colliders, skeleton: Skeleton, names: Sequence[str], knowledge: Knowledge) -> Pattern:
    """Directions by what is known, by colliders, and by what follows from both."""
    size = len(names)
    joined = [(one, other) for one, other in combinations(range(size), 2) if skeleton.adjacent[one] >> other & 1]
    pattern = Pattern(size, joined)
    pattern.know(names, knowledge)
    arrows = {
        (one, middle)
        for left, middle, right in colliders.all()
        for one in (left, right)
        if knowledge.allows(names[one], names[middle])
    }
    for source, target in sorted(arrows):
        if (target, source) not in arrows and not pattern.reaches(target, source):
            pattern.direct(source, target)
    pattern.close()
    return pattern


def said_of_floor(floor: float, units: int) -> tuple[str, ...]:
    """The note on effects that are significant and yet no edge, where that can be."""
    if not floor or floor * units**0.5 < 2.6:
        return ()
    return (
        f"Partial correlations below {floor:g} are no edges, although {units:,} units would make them significant.",
    )


def search(table: VariableTable, settings: PcSettings) -> PcSearch:
    """PC over a table; raises NotEnoughData for too few units, BadSpec for perfect collinearity."""
    return PcSearch(evidence_of(table), settings)


def seconds(rows: int, columns: int) -> float:
    """What one search costs on one core."""
    return 0.02 + 2e-7 * rows * columns + 4e-4 * float(columns**1.9)
