"""Graphs whose edges are partly undirected: what the data and what is known say of directions, and nothing more.

Edges that all graphs with the same independences share in their direction are directed, the others stay undirected
(Meek 1995, "Causal inference and causal explanation with background knowledge", whose four rules are below).
"""

from collections.abc import Iterable, Sequence

from core.graphs.discovery.contract import Knowledge


class Pattern:
    """A graph over 0..size-1. Neighbours are bits of an integer."""

    def __init__(self, size: int, joined: Iterable[tuple[int, int]]) -> None:
        self.size = size
        self.adjacent = [0] * size
        self.parents = [0] * size
        self.children = [0] * size
        for one, other in joined:
            self.adjacent[one] |= 1 << other
            self.adjacent[other] |= 1 << one

    def open(self, one: int) -> int:
        """Bits of the neighbours by an edge without a direction."""
        return self.adjacent[one] & ~self.parents[one] & ~self.children[one]

    def direct(self, source: int, target: int) -> None:
        """Give an edge its direction; one that has one keeps it."""
        if self.open(source) >> target & 1:
            self.children[source] |= 1 << target
            self.parents[target] |= 1 << source

    def know(self, names: Sequence[str], knowledge: Knowledge) -> None:
        """Direct the open edges of which only one direction is allowed."""
        for one in range(self.size):
            for other in bits(self.open(one)):
                if not knowledge.allows(names[other], names[one]) and knowledge.allows(names[one], names[other]):
                    self.direct(one, other)

    def close(self) -> None:
        """Direct all edges that follow from those that are directed."""
        changed = True
        while changed:
            changed = False
            for one in range(self.size):
                for other in bits(self.open(one)):
                    if self._follows(one, other) and not self.reaches(other, one):
                        self.direct(one, other)
                        changed = True

    def _follows(self, a: int, b: int) -> bool:
        """Whether a - b must be a → b."""
        if self.parents[a] & ~self.adjacent[b]:  # else a new collider at a
            return True
        if self.children[a] & self.parents[b]:  # else a cycle
            return True
        into = self.open(a) & self.parents[b]
        if any(into & ~self.adjacent[c] & ~(1 << c) for c in bits(into)):
            return True
        return any(self.parents[d] & self.open(a) & ~self.adjacent[b] for d in bits(self.parents[b] & self.adjacent[a]))

    def reaches(self, source: int, target: int) -> bool:
        """Whether directed edges lead from one node to another."""
        seen, waiting = 1 << source, [source]
        while waiting:
            for child in bits(self.children[waiting.pop()] & ~seen):
                if child == target:
                    return True
                seen |= 1 << child
                waiting.append(child)
        return False


def bits(number: int) -> Iterable[int]:
    """The places of the bits of an integer, the lowest first."""
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest


def pattern_of_dag(parents: Sequence[Sequence[int]], names: Sequence[str], knowledge: Knowledge) -> Pattern:
    """What a DAG shares with all DAGs of the same independences that agree with what is known."""
    pattern = Pattern(len(parents), ((source, target) for target, above in enumerate(parents) for source in above))
    for target, above in enumerate(parents):
        for one in above:
            if any(other != one and not pattern.adjacent[one] >> other & 1 for other in above):
                pattern.direct(one, target)
    pattern.know(names, knowledge)
    pattern.close()
    return pattern
