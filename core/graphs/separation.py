"""d-separation: which nodes a graph calls independent once others are held fixed, and the path that says otherwise.

A path is blocked by a set Z if it holds a non-collider in Z, or a collider with no descendant in Z (Pearl 2009,
definition 1.2.3). The back-door graph of a treatment is the graph without the arrows that leave it: what still connects
treatment and outcome there is not an effect.
"""

from collections import deque
from collections.abc import Iterable
from itertools import pairwise

import networkx as nx

# (node, how the walk arrived: "down" along an arrow into it, "up" against an arrow out of it)
Step = tuple[str, str]


def backdoor_graph(graph: "nx.DiGraph[str]", treatment: str) -> "nx.DiGraph[str]":
    """A copy without the arrows that leave the treatment."""
    cut = graph.copy()
    cut.remove_edges_from(list(graph.out_edges(treatment)))
    return cut


def separated(graph: "nx.DiGraph[str]", one: str, other: str, given: Iterable[str]) -> bool:
    """Whether `given` (without the two) d-separates the two nodes."""
    return bool(nx.is_d_separator(graph, {one}, {other}, set(given) - {one, other}))


def open_path(graph: "nx.DiGraph[str]", start: str, end: str, given: Iterable[str] = ()) -> tuple[str, ...]:
    """The shortest path from start to end that `given` leaves open, as its nodes; empty if they are d-separated.

    Breadth-first search over (node, direction), the "Bayes ball" (Shachter 1998).
    """
    fixed = set(given)
    opened = fixed.union(*(nx.ancestors(graph, name) for name in fixed))
    first: Step = (start, "up")
    came_from: dict[Step, Step | None] = {first: None}
    queue = deque([first])
    while queue:
        here = queue.popleft()
        if here[0] == end:
            return _walked(came_from, here)
        for step in _next_steps(graph, here, fixed, opened):
            if step not in came_from:
                came_from[step] = here
                queue.append(step)
    return ()


def _next_steps(graph: "nx.DiGraph[str]", here: Step, fixed: set[str], opened: set[str]) -> list[Step]:
    name, arrived = here
    steps: list[Step] = []
    if name not in fixed:
        steps += [(child, "down") for child in sorted(graph.successors(name))]
    # Going on against an arrow: past a chain or fork that is not fixed, or through a collider that `given` opens.
    if (arrived == "up" and name not in fixed) or (arrived == "down" and name in opened):
        steps += [(parent, "up") for parent in sorted(graph.predecessors(name))]
    return steps


def _walked(came_from: dict[Step, Step | None], end: Step) -> tuple[str, ...]:
    names: list[str] = []
    step: Step | None = end
    while step is not None:
        names.append(step[0])
        step = came_from[step]
    return tuple(reversed(names))


def drawn(graph: "nx.DiGraph[str]", path: Iterable[str]) -> str:
    """A path as text: search ← intent → buy."""
    names = list(path)
    parts = names[:1]
    for one, other in pairwise(names):
        parts += ["→" if graph.has_edge(one, other) else "←", other]
    return " ".join(parts)
