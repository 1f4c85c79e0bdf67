"""Separators: sets of nodes that, held fixed, leave two nodes independent (d-separation).

Only ancestors are needed: if any allowed set separates two nodes, so does one among the ancestors of the two and of
what is included anyway, and there separation is that of the moral graph (van der Zander, Liśkiewicz, Textor 2019).
All sets are bits of an int, as in core.graphs.identification.reach; one and other are sets, too.
"""

from collections import deque
from collections.abc import Iterable

import networkx as nx

from core.graphs.identification.reach import Arrows, members


def separated(graph: "nx.DiGraph[str]", one: str, other: str, given: Iterable[str]) -> bool:
    """Whether `given` (without the two) d-separates two nodes of a networkx graph."""
    names = tuple(graph)
    number = {name: place for place, name in enumerate(names)}
    parents = tuple(sum(1 << number[each] for each in graph.predecessors(name)) for name in names)
    children = tuple(sum(1 << number[each] for each in graph.successors(name)) for name in names)
    arrows = Arrows(names, parents, children)
    return arrows.separated(1 << number[one], 1 << number[other], arrows.bits(given))


def nearest_separator(arrows: Arrows, start: int, other: int, allowed: int, included: int = 0) -> int | None:
    """The separator of allowed nodes that lies closest to `start`; None if there is none. It may hold too much."""
    if included & ~allowed:
        return None
    within = arrows.above(start | other | included)
    blocked = allowed & within & ~(start | other)
    met = arrows.met(start, within, blocked)
    return None if met & other else met & blocked | included


def minimal_separator(arrows: Arrows, one: int, other: int, allowed: int, included: int = 0) -> int | None:
    """A separator from which nothing but what is included can be left out; None if there is none."""
    near = nearest_separator(arrows, one, other, allowed, included)
    return None if near is None else nearest_separator(arrows, other, one, near, included)


def minimal_separators(
    arrows: Arrows, one: int, other: int, allowed: int, included: int = 0, *, at_most: int
) -> list[int]:
    """Minimal separators until `at_most` are found; all of them, if fewer are returned.

    Another one lacks some member of the one just found, so forbidding each member in turn reaches all. A member that
    touches both sides is in every separator; forbidding any other leaves one.
    """
    found: dict[int, None] = {}
    seen = {allowed}
    queue = deque([allowed])
    while queue and len(found) < at_most:
        here = queue.popleft()
        separator = minimal_separator(arrows, one, other, here, included)
        if separator is None:
            return []
        found[separator] = None
        within = arrows.above(one | other | included)
        blocked = here & within & ~(one | other)
        everywhere = arrows.met(one, within, blocked) & arrows.met(other, within, blocked) & blocked | included
        for member in members(separator & ~everywhere):
            rest = here & ~(1 << member)
            if rest not in seen:
                seen.add(rest)
                queue.append(rest)
    return list(found)
