"""Who reaches whom: ancestors, open walks and moral graphs over numbered nodes; a set of nodes is the bits of an int.

Everything that identification asks of a graph is a walk of this file, linear in the arrows; networkx would take most of
the time for two hundred nodes. Bit i of a set is node i of `names`.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from core.graphs.causal_graph import CausalGraph


def members(bits: int) -> Iterator[int]:
    """The numbers of the nodes in a set, ascending."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low


@dataclass(frozen=True)
class Arrows:
    """The arrows of a directed acyclic graph: parents[i] and children[i] are sets."""

    names: tuple[str, ...]
    parents: tuple[int, ...]
    children: tuple[int, ...]

    @classmethod
    def of(cls, graph: CausalGraph) -> "Arrows":
        number = {name: place for place, name in enumerate(graph.names)}
        parents, children = [0] * len(number), [0] * len(number)
        for source, target in graph.edges:
            parents[number[target]] |= 1 << number[source]
            children[number[source]] |= 1 << number[target]
        return cls(graph.names, tuple(parents), tuple(children))

    @cached_property
    def _number(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.names)}

    def bits(self, names: Iterable[str]) -> int:
        """The set of these names."""
        found = 0
        for name in names:
            found |= 1 << self._number[name]
        return found

    def named(self, bits: int) -> tuple[str, ...]:
        """The names of a set, in the order of the graph."""
        return tuple(self.names[place] for place in members(bits))

    def above(self, bits: int) -> int:
        """Ancestors of a set, and the set."""
        return _closure(self.parents, bits)

    def below(self, bits: int) -> int:
        """Descendants of a set, and the set."""
        return _closure(self.children, bits)

    def between(self, start: int, end: int) -> int:
        """Nodes on the paths of arrows from start to end (sets, which count as such nodes if there is a path)."""
        return self.below(start) & self.above(end)

    def without(self, *, leaving: int = 0, entering: int = 0) -> "Arrows":
        """The graph without the arrows that leave or enter these sets."""
        parents = tuple(0 if entering >> place & 1 else held & ~leaving for place, held in enumerate(self.parents))
        children = tuple(0 if leaving >> place & 1 else held & ~entering for place, held in enumerate(self.children))
        return replace(self, parents=parents, children=children)

    def without_edges(self, sources: int, targets: int) -> "Arrows":
        """The graph without the arrows from one set to another."""
        parents = tuple(
            held & ~sources if targets >> place & 1 else held for place, held in enumerate(self.parents)
        )  # fmt: skip
        children = tuple(
            held & ~targets if sources >> place & 1 else held for place, held in enumerate(self.children)
        )  # fmt: skip
        return replace(self, parents=parents, children=children)

    def with_edges(self, sources: int, target: int) -> "Arrows":
        """The graph with arrows from each of a set to one node (a set of one)."""
        place = target.bit_length() - 1
        parents = tuple(held | sources if each == place else held for each, held in enumerate(self.parents))
        children = tuple(held | target if sources >> each & 1 else held for each, held in enumerate(self.children))
        return replace(self, parents=parents, children=children)

    def separated(self, one: int, other: int, given: int) -> bool:
        """Whether `given` (less the two sets) d-separates two sets."""
        fixed = given & ~(one | other)
        return not self.connected(one, fixed) & other

    def connected(self, start: int, given: int) -> int:
        """The nodes outside `given` with a walk from the set that `given` leaves open (Shachter 1998), the set too."""
        up, down = self.arrivals(start, given)
        return (up | down) & ~given

    def arrivals(self, start: int, given: int) -> tuple[int, int]:
        """(nodes reached against an arrow that leaves them, nodes reached along an arrow into them); start is "up"."""
        opened = self.above(given)
        up, down = start, 0
        new_up, new_down = start, 0
        while new_up or new_down:
            next_up = next_down = 0
            for place in members(new_up & ~given):
                next_up |= self.parents[place]
                next_down |= self.children[place]
            for place in members(new_down):
                here = 1 << place
                if not given & here:
                    next_down |= self.children[place]
                if opened & here:
                    next_up |= self.parents[place]
            new_up, new_down = next_up & ~up, next_down & ~down
            up, down = up | new_up, down | new_down
        return up, down

    def met(self, start: int, within: int, blocked: int) -> int:
        """What a walk from `start` in the moral graph of `within` meets before or at the nodes of `blocked`.

        `within` is closed under parents and holds `start`; every common effect in it counts as open, as it is when its
        ancestors are what is walked in (van der Zander, Liśkiewicz, Textor 2019). The blocked nodes that are met are
        the separator nearest to `start`, if one exists.
        """
        seen, through = start, 0  # through: blocked nodes whose other parents were visited
        new = start
        while new:
            found = 0
            for place in members(new):
                found |= self.parents[place]
                below = self.children[place] & within
                found |= below
                for child in members(below & blocked & ~through):
                    found |= self.parents[child]
                through |= below & blocked
            found &= ~seen
            seen |= found
            new = found & ~blocked
        return seen

    def walk(self, start: int, given: int) -> "Walk":
        """The shortest open walks from a set to all nodes, `given` a set."""
        opened = self.above(given)
        up, down = start, 0
        came_from: dict[Step, Step | None] = {(place, False): None for place in members(start)}
        queue: deque[Step] = deque(came_from)
        while queue:
            here = queue.popleft()
            place, arrived_down = here
            fixed = given >> place & 1
            if not fixed:
                new = self.children[place] & ~down
                down |= new
                for child in members(new):
                    came_from[child, True] = here
                    queue.append((child, True))
            if (opened >> place & 1) if arrived_down else not fixed:
                new = self.parents[place] & ~up
                up |= new
                for parent in members(new):
                    came_from[parent, False] = here
                    queue.append((parent, False))
        return Walk(self, came_from)

    def ways(self, start: int, *, back: bool = False) -> "Ways":
        """The shortest paths of arrows from one node (its number) to all others, or back: to it from all others."""
        steps = self.parents if back else self.children
        came_from: dict[int, int | None] = {start: None}
        seen, queue = 1 << start, deque([start])
        while queue:
            here = queue.popleft()
            new = steps[here] & ~seen
            seen |= new
            for place in members(new):
                came_from[place] = here
                queue.append(place)
        return Ways(came_from)

    def drawn(self, path: Iterable[int]) -> str:
        """A path as text: search ← intent → buy."""
        text, last = "", -1
        for place in path:
            if last >= 0:
                text += " → " if self.children[last] >> place & 1 else " ← "
            text, last = text + self.names[place], place
        return text


# (node, whether the walk arrived along an arrow into it)
Step = tuple[int, bool]


@dataclass(frozen=True)
class Walk:
    """Shortest open walks from a set."""

    arrows: Arrows
    came_from: dict[Step, Step | None]

    def to(self, place: int, *, down: bool | None = None) -> tuple[int, ...]:
        """The walk to a node as the numbers of its nodes; empty if there is none. down: only one that ends so."""
        arrivals = (True, False) if down is None else (down,)
        walks = [self._back((place, each)) for each in arrivals if (place, each) in self.came_from]
        return min(walks, key=len, default=())

    def _back(self, step: Step | None) -> tuple[int, ...]:
        walked = []
        while step is not None:
            walked.append(step[0])
            step = self.came_from[step]
        return tuple(reversed(walked))


@dataclass(frozen=True)
class Ways:
    """Shortest paths of arrows from one node."""

    came_from: dict[int, int | None]

    def to(self, place: int) -> tuple[int, ...]:
        """The path to a node as numbers, in the order in which it was walked; empty if there is none."""
        path = []
        here: int | None = place if place in self.came_from else None
        while here is not None:
            path.append(here)
            here = self.came_from[here]
        return tuple(reversed(path))


def _closure(steps: tuple[int, ...], bits: int) -> int:
    found = new = bits
    while new:
        reached = 0
        for place in members(new):
            reached |= steps[place]
        new = reached & ~found
        found |= new
    return found
