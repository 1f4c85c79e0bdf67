"""Identification by its definitions on small graphs: every path listed, every subset tried. Shares no code with core.

Nodes are numbers, sets are bits, so that all DAGs of five nodes can be gone through.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, pairwise, permutations

import numpy as np

from core.graphs.causal_graph import CausalGraph, Node

NAMES = "ABCDEFGH"


def isomorphism_classes(nodes: int) -> list[tuple[tuple[int, int], ...]]:
    """One DAG of every class, as (source, target) pairs from a lower to a higher number."""
    pairs = list(combinations(range(nodes), 2))
    found = {}
    for chosen in range(1 << len(pairs)):
        edges = tuple(pair for place, pair in enumerate(pairs) if chosen >> place & 1)
        form = min(sum(1 << (order[a] * nodes + order[b]) for a, b in edges) for order in permutations(range(nodes)))
        found.setdefault(form, edges)
    return list(found.values())


def subsets(bits: int) -> Iterator[int]:
    """All subsets of a set, the empty one included."""
    one = bits
    while True:
        yield one
        if not one:
            return
        one = (one - 1) & bits


@dataclass(frozen=True)
class Small:
    """A question on a small graph: treatment and outcome, the set of hidden nodes, and those that were selected on."""

    nodes: int
    edges: tuple[tuple[int, int], ...]
    treatment: int
    outcome: int
    hidden: int
    selected: int = 0

    def drawn(self) -> CausalGraph:
        """The same as core knows it."""
        roles = {self.treatment: ("treatment",), self.outcome: ("outcome",)}
        roles |= {place: ("unmeasured",) for place in range(self.nodes) if self.hidden >> place & 1}
        roles |= {place: ("selected",) for place in range(self.nodes) if self.selected >> place & 1}
        nodes = tuple(Node(NAMES[place], roles.get(place, ())) for place in range(self.nodes))
        return CausalGraph(nodes, tuple((NAMES[a], NAMES[b]) for a, b in self.edges))

    @cached_property
    def below(self) -> list[int]:
        """Descendants of every node, and the node."""
        found = [1 << place for place in range(self.nodes)]
        for _ in range(self.nodes):
            for source, target in self.edges:
                found[source] |= found[target]
        return found

    @cached_property
    def allowed(self) -> int:
        """What may be adjusted for: measured, not caused by the treatment, not the outcome."""
        everything = (1 << self.nodes) - 1
        return everything & ~(self.below[self.treatment] | 1 << self.outcome | self.hidden)

    @property
    def upside_down(self) -> bool:
        return bool(self.below[self.outcome] >> self.treatment & 1)

    @property
    def has_effect(self) -> bool:
        return bool(self.below[self.treatment] >> self.outcome & 1)

    @cached_property
    def causal(self) -> int:
        """Nodes after the treatment on the paths of arrows to the outcome."""
        if not self.has_effect:
            return 0
        below = self.below[self.treatment] & ~(1 << self.treatment)
        return sum(
            1 << place for place in range(self.nodes) if below >> place & 1 and self.below[place] >> self.outcome & 1
        )

    def paths(self, start: int, end: int) -> Iterator[tuple[int, ...]]:
        """Every path without repeated nodes, whichever way the arrows point."""
        near = [0] * self.nodes
        for source, target in self.edges:
            near[source] |= 1 << target
            near[target] |= 1 << source

        def onward(path: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
            if path[-1] == end:
                yield path
                return
            for place in range(self.nodes):
                if near[path[-1]] >> place & 1 and place not in path:
                    yield from onward((*path, place))

        return onward((start,))

    def is_open(self, path: tuple[int, ...], given: int) -> bool:
        """Pearl's definition: a collider needs a fixed descendant (or itself), anything else must not be fixed."""
        edges = set(self.edges)
        for before, here, after in zip(path, path[1:], path[2:], strict=False):
            if (before, here) in edges and (after, here) in edges:
                if not self.below[here] & given:
                    return False
            elif given >> here & 1:
                return False
        return True

    def separated(self, one: int, other: int, given: int) -> bool:
        """d-separation of two nodes."""
        return not any(self.is_open(path, given) for path in self.paths(one, other))

    def less(self, *gone: tuple[int, int]) -> "Small":
        """The graph without some arrows."""
        edges = tuple(edge for edge in self.edges if edge not in gone)
        return replace(self, edges=edges)

    def backdoor_sets(self, allowed: int | None = None) -> set[int]:
        """Every valid set of the back-door criterion; each holds what was selected on."""
        edges = set(self.edges)
        ways = [path for path in self.paths(self.treatment, self.outcome) if (path[1], path[0]) in edges]
        tried = subsets(self.allowed if allowed is None else allowed)
        held = (given for given in tried if not self.selected & ~given)
        return {given for given in held if not any(self.is_open(path, given) for path in ways)}

    def front_door_sets(self) -> set[int]:
        """Every set of measured nodes that meets the three conditions."""
        edges = set(self.edges)
        passed = self.hidden | self.selected | 1 << self.treatment | 1 << self.outcome
        measured = (1 << self.nodes) - 1 & ~passed
        directed = [path for path in self.paths(self.treatment, self.outcome) if _leads(path, edges)]
        free = 0
        for place in range(self.nodes):
            into = (path for path in self.paths(self.treatment, place) if len(path) > 1 and (path[1], path[0]) in edges)
            if place != self.treatment and not any(self.is_open(path, self.selected) for path in into):
                free |= 1 << place
        found = set()
        for carriers in subsets(measured & free):
            if all(any(carriers >> place & 1 for place in path) for path in directed):
                cut = self.less(*(edge for edge in self.edges if carriers >> edge[0] & 1))
                held = [place for place in range(self.nodes) if carriers >> place & 1]
                # Fixing the treatment opens colliders by the whole graph's arrows, and so by those of the cut one.
                if all(cut.separated(place, self.outcome, 1 << self.treatment | self.selected) for place in held):
                    found.add(carriers)
        return found

    def instruments(self) -> dict[int, list[int]]:
        """{node: every set given which it is an instrument}."""
        effectless = self.less(*((self.treatment, place) for place in range(self.nodes) if self.causal >> place & 1))
        found: dict[int, list[int]] = {}
        for node in range(self.nodes):
            if (self.allowed & ~self.selected) >> node & 1:
                for given in subsets(self.allowed & ~(1 << node)):
                    apart = not self.selected & ~given and effectless.separated(node, self.outcome, given)
                    if apart and not self.separated(node, self.treatment, given):
                        found.setdefault(node, []).append(given)
        return found

    def covariance(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """(arrow strengths [source, target], covariance) of a random linear model; lower numbers come first."""
        strengths = np.zeros((self.nodes, self.nodes))
        for source, target in self.edges:
            strengths[source, target] = rng.choice((-1, 1)) * rng.uniform(0.3, 2)
        total = np.linalg.inv(np.eye(self.nodes) - strengths)
        return strengths, total.T @ np.diag(rng.uniform(0.3, 3, self.nodes)) @ total


def _leads(path: tuple[int, ...], edges: set[tuple[int, int]]) -> bool:
    return all(edge in edges for edge in pairwise(path))


def regressed(covariance: np.ndarray, outcome: int, causes: list[int], given: int) -> tuple[np.ndarray, float]:
    """(coefficients of the causes, asymptotic variance of the first) in the regression on causes and given."""
    used = [*causes, *(place for place in range(len(covariance)) if given >> place & 1 and place not in causes)]
    inverse = np.linalg.inv(covariance[np.ix_(used, used)])
    weights = inverse @ covariance[used, outcome]
    left = covariance[outcome, outcome] - covariance[outcome, used] @ weights
    return weights[: len(causes)], float(left * inverse[0, 0])


def small_questions(nodes: int, *, every: int = 1, offset: int = 0, selecting: bool = False) -> Iterator[Small]:
    """All classes, ordered pairs and hidden sets of the rest, or every nth; selecting: times all selections on others."""
    place = 0
    for edges in isomorphism_classes(nodes):
        for treatment, outcome in permutations(range(nodes), 2):
            rest = (1 << nodes) - 1 & ~(1 << treatment | 1 << outcome)
            for hidden in subsets(rest):
                for selected in subsets(rest & ~hidden) if selecting else (0,):
                    if place % every == offset:
                        yield Small(nodes, edges, treatment, outcome, hidden, selected)
                    place += 1
