"""Every small graph, random models on them, and their effects by the definitions: what identification is tested with."""

from collections.abc import Iterator
from itertools import combinations, permutations, product
from typing import NamedTuple

import networkx as nx
import numpy as np
from numpy.typing import NDArray

Edges = tuple[tuple[str, str], ...]
NAMES = "ABCDE"


def dags(size: int) -> list[Edges]:
    """One DAG of each isomorphism class: 1, 2, 6, 31, 302 for one to five nodes (OEIS A003087)."""
    pairs = list(combinations(range(size), 2))  # every DAG is one of these with its nodes renamed
    seen: set[tuple[tuple[int, int], ...]] = set()
    found = []
    for chosen in product((False, True), repeat=len(pairs)):
        edges = [pair for pair, drawn in zip(pairs, chosen, strict=True) if drawn]
        if tuple(edges) in seen:
            continue
        seen.update(tuple(sorted((order[a], order[b]) for a, b in edges)) for order in permutations(range(size)))
        found.append(tuple((NAMES[a], NAMES[b]) for a, b in edges))
    return found


class Case(NamedTuple):
    """A question in a small graph."""

    edges: Edges
    names: str
    treatment: str
    outcome: str
    hidden: tuple[str, ...]


def cases(size: int) -> Iterator[Case]:
    """Every graph of the size, every ordered pair as question, every set of the other nodes unmeasured."""
    names = NAMES[:size]
    for edges in dags(size):
        for treatment, outcome in permutations(names, 2):
            others = [name for name in names if name not in (treatment, outcome)]
            for count in range(len(others) + 1):
                for hidden in combinations(others, count):
                    yield Case(edges, names, treatment, outcome, hidden)


class Model:
    """Binary nodes with random conditional probabilities; arrays have one axis per node, in the order of `names`."""

    def __init__(self, names: str, edges: Edges, rng: np.random.Generator) -> None:
        self.names = names
        self.mechanisms: dict[str, NDArray[np.float64]] = {}
        for name in names:
            parents = {source for source, target in edges if target == name}
            shape = [2 if other in parents else 1 for other in names]
            chance = rng.uniform(0.1, 0.9, shape)
            self.mechanisms[name] = np.stack([1 - chance, chance], axis=names.index(name)).reshape(
                [2 if other in parents or other == name else 1 for other in names]
            )

    def joint(self, done: str = "") -> NDArray[np.float64]:
        """P(all), or by truncated factorisation P(all others | do(done)) for each value of the nodes done."""
        found = np.ones((2,) * len(self.names))
        for name, mechanism in self.mechanisms.items():
            if name not in done:
                found = found * mechanism
        return found

    def measured(self, kept: tuple[str, ...], done: str = "") -> NDArray[np.float64]:
        """The same with all but the kept nodes summed out; axes in the order of `kept`."""
        rest = tuple(place for place, name in enumerate(self.names) if name not in kept)
        left = [name for name in self.names if name in kept]
        return self.joint(done).sum(axis=rest).transpose([left.index(name) for name in kept])


def hedged(
    nodes: frozenset[str], arrows: set[tuple[str, str]], arcs: set[frozenset[str]], treatments: str, outcomes: str
) -> bool:
    """Whether a hedge exists for P(outcomes | do(treatments)): Shpitser, Pearl (2006), definition 6, by trying all.

    A hedge is two R-rooted C-forests F' ⊂ F, treatments in F and none in F', R among the ancestors of the outcomes
    once the arrows into the treatments are cut. A node set carries an R-rooted C-forest if two-headed edges connect it
    and each of its nodes reaches R inside it (an arrow out of R can be left out of the forest).
    """

    def reach(ends: frozenset[str], inside: frozenset[str], used: set[tuple[str, str]]) -> frozenset[str]:
        graph = nx.DiGraph([pair for pair in used if set(pair) <= inside])
        graph.add_nodes_from(inside)
        return ends.union(*(nx.ancestors(graph, end) for end in ends))

    def connected(inside: frozenset[str]) -> bool:
        graph = nx.Graph([tuple(pair) for pair in arcs if pair <= inside])
        graph.add_nodes_from(inside)
        return nx.is_connected(graph)

    near = reach(frozenset(outcomes), nodes, {pair for pair in arrows if pair[1] not in treatments})
    tied = [part for part in subsets(nodes) if part and connected(part)]
    for whole in (part for part in tied if part & set(treatments)):
        for part in (part for part in tied if part < whole and not part & set(treatments)):
            for roots in (roots for roots in subsets(part & near) if roots):
                if reach(roots, whole, arrows) == whole and reach(roots, part, arrows) == part:
                    return True
    return False


def subsets(of: frozenset[str]) -> list[frozenset[str]]:
    """All subsets, the empty one too."""
    members = sorted(of)
    return [frozenset(chosen) for size in range(len(members) + 1) for chosen in combinations(members, size)]
