"""Graphs over the measured nodes alone: arrows, and two-headed edges where an unmeasured cause is shared.

The latent projection (Verma 1993; Tian, Pearl 2002) keeps everything that identification can use: a → b where a reaches
b through unmeasured nodes only, a ↔ b where one unmeasured node reaches both so. Sets of nodes are bits of an int,
which makes graphs of hundreds of nodes a matter of milliseconds: bit i stands for names[i], and causes come first.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import networkx as nx

from core.errors import BadSpec


@dataclass(frozen=True)
class MixedGraph:
    """Per node: the sets of its parents, its children, its siblings (those with a shared unmeasured cause), and of
    itself with all its ancestors.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    children: tuple[int, ...]
    siblings: tuple[int, ...]
    above: tuple[int, ...]

    @classmethod
    def of(
        cls, names: Iterable[str], directed: Iterable[tuple[str, str]], bidirected: Iterable[tuple[str, str]]
    ) -> "MixedGraph":
        """The graph, its names put in causal order (else in the order given); raises BadSpec for a cycle or a loop."""
        given = {name: place for place, name in enumerate(names)}
        arrows, arcs = list(directed), list(bidirected)
        for source, target in (*arrows, *arcs):
            if source == target or not {source, target} <= given.keys():
                raise BadSpec(f"The edge {source}, {target} must join two different nodes of {', '.join(given)}.")
        ordered: nx.DiGraph[str] = nx.DiGraph()
        ordered.add_nodes_from(given)
        ordered.add_edges_from(arrows)
        try:
            order = list(nx.lexicographical_topological_sort(ordered, key=given.__getitem__))
        except nx.NetworkXUnfeasible:
            raise BadSpec("The arrows form a cycle; remove one of them.") from None
        place = {name: index for index, name in enumerate(order)}
        parents, children, siblings = ([0] * len(order) for _ in range(3))
        for source, target in arrows:
            parents[place[target]] |= 1 << place[source]
            children[place[source]] |= 1 << place[target]
        for one, other in arcs:
            siblings[place[one]] |= 1 << place[other]
            siblings[place[other]] |= 1 << place[one]
        return cls(tuple(order), tuple(parents), tuple(children), tuple(siblings), _above(parents))

    @property
    def nodes(self) -> int:
        """All nodes."""
        return (1 << len(self.names)) - 1

    def bits(self, names: Iterable[str]) -> int:
        """The set of these names; raises BadSpec for one that is not measured."""
        place = {name: index for index, name in enumerate(self.names)}
        wanted = set(names)
        for name in sorted(wanted - place.keys()):
            raise BadSpec(f"'{name}' is unmeasured; ask about one of {', '.join(self.names)}.")
        return sum(1 << place[name] for name in wanted)

    def listed(self, nodes: int) -> tuple[str, ...]:
        """The names of a set, causes first."""
        return tuple(self.names[place] for place in places(nodes))

    def ancestors(self, nodes: int, within: int) -> int:
        """The nodes and all that reach them by arrows, using nodes `within` alone."""
        if within == self.nodes:
            return _union(self.above, nodes)
        return _closed(self.parents, nodes, within)

    def component(self, nodes: int, within: int) -> int:
        """The nodes and all that two-headed edges tie to them, using nodes `within` alone: their c-component."""
        return _closed(self.siblings, nodes, within)

    def tied_to(self, nodes: int) -> int:
        """What shares an unmeasured cause with one of the nodes."""
        return _union(self.siblings, nodes)

    def components(self, within: int) -> list[int]:
        """The c-components of a set of nodes."""
        found = []
        while within:
            found.append(self.component(within & -within, within))
            within &= ~found[-1]
        return found

    def blanket(self, place: int, within: int) -> int:
        """What makes a node independent of all else that comes before it, among `within`: its Markov pillow.

        It is the rest of its c-component up to the node, and the parents of all these (Tian, Pearl 2002).
        """
        before = within & ((2 << place) - 1)
        tied = self.component(1 << place, before)
        return (tied | _union(self.parents, tied)) & before & ~(1 << place)

    def separated(self, one: int, other: int, given: int) -> bool:
        """Whether `given` m-separates two sets (Richardson 2003); the three sets share no node.

        The walk of reach, all nodes of a step at once; an edge ↔ arrives and leaves at an arrowhead.
        """
        return not self._walked(one, given, self.ancestors(one | other | given, self.nodes), other) & other

    def boundary(self, one: int, given: int) -> int:
        """The smallest part of `given` that separates the set from the rest of `given`."""
        return self._walked(one, given, self.ancestors(one | given, self.nodes)) & given

    def _walked(self, start: int, given: int, within: int, until: int = 0) -> int:
        """What an open walk reaches, the fixed nodes where it ends too; the search ends early once it meets `until`.

        A collider above a fixed node needs no rule: the walk goes down to that node, turns there and comes back.
        """
        rising, falling = start, 0  # arrived against an arrow; arrived at an arrowhead
        new_rising, new_falling = rising, falling
        while (new_rising or new_falling) and not (rising | falling) & until:
            turning = (new_rising & ~given) | (new_falling & given)
            up = _union(self.parents, turning)
            down = _union(self.siblings, turning) | _union(self.children, (new_rising | new_falling) & ~given)
            new_rising, new_falling = up & within & ~rising, down & within & ~falling
            rising |= new_rising
            falling |= new_falling
        return rising | falling

    def joined(self, one: int, other: int) -> bool:
        """Whether any edge joins the two sets: then nothing separates them."""
        return any((self.parents[at] | self.children[at] | self.siblings[at]) & other for at in places(one))

    def cut(self, into: int, out_of: int) -> "MixedGraph":
        """Without the edges that point into the one set, and without the arrows that leave the other."""
        above = [0 if into >> place & 1 else found & ~out_of for place, found in enumerate(self.parents)]
        below = [0 if out_of >> place & 1 else found & ~into for place, found in enumerate(self.children)]
        tied = [0 if into >> place & 1 else found & ~into for place, found in enumerate(self.siblings)]
        return replace(self, parents=tuple(above), children=tuple(below), siblings=tuple(tied), above=_above(above))

    def bypassed(self, gone: int) -> "MixedGraph":
        """With these nodes unmeasured: their edges lead around them, and they stay behind without any."""
        parents, children, siblings = list(self.parents), list(self.children), list(self.siblings)
        for place in places(gone):
            node, over, below, tied = 1 << place, parents[place], children[place], siblings[place]
            for other in places(below | tied):
                siblings[other] |= below if tied >> other & 1 else 0
                siblings[other] |= below | tied if below >> other & 1 else 0
                siblings[other] &= ~(node | 1 << other)
            for child in places(below):
                parents[child] = (parents[child] | over) & ~node
            for parent in places(over):
                children[parent] = (children[parent] | below) & ~node
            parents[place] = children[place] = siblings[place] = 0
        above = tuple(found & ~gone for found in self.above)
        return replace(self, parents=tuple(parents), children=tuple(children), siblings=tuple(siblings), above=above)


def places(nodes: int) -> Iterator[int]:
    """The members of a set, in order."""
    while nodes:
        lowest = nodes & -nodes
        yield lowest.bit_length() - 1
        nodes ^= lowest


def projected(
    full: "nx.DiGraph[str]", hidden: Iterable[str]
) -> tuple[MixedGraph, Mapping[frozenset[str], Collection[str]]]:
    """The latent projection, and for each pair that it joins by ↔ the unmeasured causes that the two share."""
    unseen = set(hidden)
    reached: dict[str, set[str]] = {}  # what each node reaches through unmeasured nodes alone: measured ones
    for name in reversed(list(nx.topological_sort(full))):
        direct = set(full.successors(name))
        reached[name] = (direct - unseen).union(*(reached[child] for child in direct & unseen))
    shared: dict[frozenset[str], list[str]] = {}
    for name in (name for name in full if name in unseen):
        for pair in combinations(sorted(reached[name]), 2):
            shared.setdefault(frozenset(pair), []).append(name)
    measured = [name for name in full if name not in unseen]
    arrows = [(name, target) for name in measured for target in reached[name]]
    return MixedGraph.of(measured, arrows, [(min(pair), max(pair)) for pair in shared]), shared


def _closed(neighbours: Sequence[int], nodes: int, within: int) -> int:
    """What a set reaches by repeated steps to neighbours `within`."""
    found = new = nodes & within
    while new:
        new = _union(neighbours, new) & within & ~found
        found |= new
    return found


def _above(parents: Sequence[int]) -> tuple[int, ...]:
    found: list[int] = []
    for place, held in enumerate(parents):
        found.append(1 << place | _union(found, held))
    return tuple(found)


def _union(sets: Sequence[int], nodes: int) -> int:
    """The union of the sets that belong to the nodes."""
    found = 0
    while nodes:
        lowest = nodes & -nodes
        found |= sets[lowest.bit_length() - 1]
        nodes ^= lowest
    return found
