"""Graphs over the measured nodes alone: arrows, and two-headed edges where an unmeasured cause is shared.

The latent projection (Verma 1993; Tian, Pearl 2002) keeps everything that identification can use: a → b where a reaches
b through unmeasured nodes only, a ↔ b where one unmeasured node reaches both so. Sets of nodes are bits of an int,
which makes graphs of hundreds of nodes a matter of milliseconds: bit i stands for names[i], and causes come first.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import networkx as nx

from core.errors import BadSpec


@dataclass(frozen=True)
class MixedGraph:
    """Per node: the sets of its parents, its children, and its siblings (those with a shared unmeasured cause)."""

    names: tuple[str, ...]
    parents: tuple[int, ...]
    children: tuple[int, ...]
    siblings: tuple[int, ...]

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
        return cls(tuple(order), tuple(parents), tuple(children), tuple(siblings))

    @property
    def nodes(self) -> int:
        """All nodes."""
        return (1 << len(self.names)) - 1

    def bits(self, names: Iterable[str]) -> int:
        """The set of these names; raises BadSpec for one that is no (measured) node."""
        place = {name: index for index, name in enumerate(self.names)}
        wanted = set(names)
        for name in sorted(wanted - place.keys()):
            raise BadSpec(f"'{name}' is no measured node of the causal graph; those are {', '.join(self.names)}.")
        return sum(1 << place[name] for name in wanted)

    def listed(self, nodes: int) -> tuple[str, ...]:
        """The names of a set, causes first."""
        return tuple(self.names[place] for place in places(nodes))

    def ancestors(self, nodes: int, within: int) -> int:
        """The nodes and all that reach them by arrows, using nodes `within` alone."""
        return _closed(self.parents, nodes, within)

    def component(self, nodes: int, within: int) -> int:
        """The nodes and all that two-headed edges tie to them, using nodes `within` alone: their c-component."""
        return _closed(self.siblings, nodes, within)

    def tied_to(self, nodes: int) -> int:
        """What shares an unmeasured cause with one of the nodes."""
        found = 0
        for place in places(nodes):
            found |= self.siblings[place]
        return found

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
        found = tied
        for member in places(tied):
            found |= self.parents[member]
        return found & before & ~(1 << place)

    def separated(self, one: int, other: int, given: int) -> bool:
        """Whether `given` m-separates two sets (Richardson 2003); the three sets share no node.

        The walk of core.graphs.separation, all nodes of a step at once; an edge ↔ arrives and leaves at an arrowhead.
        """
        opened = self.ancestors(given, self.nodes)
        relevant = self.ancestors(one | other, self.nodes) | opened
        rising, falling = one, 0  # arrived against an arrow; arrived at an arrowhead
        new_rising, new_falling = rising, falling
        while new_rising or new_falling:
            up = down = 0
            for place in places(new_rising & ~given):
                up |= self.parents[place]
                down |= self.children[place] | self.siblings[place]
            for place in places(new_falling & ~given):
                down |= self.children[place]
            for place in places(new_falling & opened):
                up |= self.parents[place]
                down |= self.siblings[place]
            new_rising, new_falling = up & relevant & ~rising, down & relevant & ~falling
            if (new_rising | new_falling) & other:
                return False
            rising |= new_rising
            falling |= new_falling
        return True

    def joined(self, one: int, other: int) -> bool:
        """Whether any edge joins the two sets: then nothing separates them."""
        return any((self.parents[at] | self.children[at] | self.siblings[at]) & other for at in places(one))

    def cut(self, into: int, out_of: int) -> "MixedGraph":
        """Without the edges that point into the one set, and without the arrows that leave the other."""
        kept = [0 if into >> place & 1 else above & ~out_of for place, above in enumerate(self.parents)]
        below = [0 if out_of >> place & 1 else found & ~into for place, found in enumerate(self.children)]
        tied = [0 if into >> place & 1 else found & ~into for place, found in enumerate(self.siblings)]
        return replace(self, parents=tuple(kept), children=tuple(below), siblings=tuple(tied))

    def bypassed(self, gone: int) -> "MixedGraph":
        """With these nodes unmeasured: their edges lead around them, and they stay behind without any."""
        parents, children, siblings = list(self.parents), list(self.children), list(self.siblings)
        for place in places(gone):
            node, above, below, tied = 1 << place, parents[place], children[place], siblings[place]
            for other in places(below | tied):
                siblings[other] |= below if tied >> other & 1 else 0
                siblings[other] |= below | tied if below >> other & 1 else 0
                siblings[other] &= ~(node | 1 << other)
            for child in places(below):
                parents[child] = (parents[child] | above) & ~node
            for parent in places(above):
                children[parent] = (children[parent] | below) & ~node
            parents[place] = children[place] = siblings[place] = 0
        return replace(self, parents=tuple(parents), children=tuple(children), siblings=tuple(siblings))


def places(nodes: int) -> Iterator[int]:
    """The members of a set, in order."""
    while nodes:
        lowest = nodes & -nodes
        yield lowest.bit_length() - 1
        nodes ^= lowest


def projected(
    names: Iterable[str], edges: Iterable[tuple[str, str]], hidden: Iterable[str]
) -> tuple[MixedGraph, Mapping[frozenset[str], tuple[str, ...]]]:
    """The latent projection, and for each pair it joins by ↔ the unmeasured causes that the two share.

    Of the shared causes only the nearest are told: those from which no other shared one is reached.
    """
    full: nx.DiGraph[str] = nx.DiGraph()
    full.add_nodes_from(names)
    full.add_edges_from(edges)
    unseen = set(hidden)
    reached: dict[str, set[str]] = {}  # what each node reaches through unmeasured nodes alone: measured ones
    for name in reversed(list(nx.topological_sort(full))):
        direct = set(full.successors(name))
        reached[name] = (direct - unseen).union(*(reached[child] for child in direct & unseen))
    shared: dict[frozenset[str], list[str]] = {}
    for name in (name for name in full if name in unseen):
        effects = sorted(reached[name])
        for place, one in enumerate(effects):
            for other in effects[place + 1 :]:
                shared.setdefault(frozenset((one, other)), []).append(name)
    measured = [name for name in full if name not in unseen]
    arrows = [(name, target) for name in measured for target in reached[name]]
    graph = MixedGraph.of(measured, arrows, [(min(pair), max(pair)) for pair in shared])
    return graph, {pair: _nearest(full, causes) for pair, causes in shared.items()}


def _nearest(full: "nx.DiGraph[str]", causes: list[str]) -> tuple[str, ...]:
    if len(causes) == 1:
        return tuple(causes)
    further = set().union(*(nx.ancestors(full, name) for name in causes))
    return tuple(name for name in causes if name not in further)


def _closed(neighbours: tuple[int, ...], nodes: int, within: int) -> int:
    """What a set reaches by repeated steps to neighbours `within`."""
    found = new = nodes & within
    while new:
        step = 0
        for place in places(new):
            step |= neighbours[place]
        new = step & within & ~found
        found |= new
    return found
