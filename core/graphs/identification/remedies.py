"""What would make adjustment possible: measuring something, an arrow that is not there, chance deciding.

A way through unmeasured nodes joins treatment and outcome whatever is held fixed. Each way to help must cut it: by
measuring a node on it, or because one of its arrows is absent after all. So the search follows open ways, not subsets.
"""

from collections import deque
from itertools import islice, pairwise
from typing import Any

from core.graphs.identification.adjustment import Adjustment
from core.graphs.identification.reach import members
from core.graphs.identification.separation import nearest_separator

NODES_AT_MOST = 2  # measured together
ARROWS_AT_MOST = 10  # listed
ARROWS_TRIED = 60  # besides those of the open path


def remedies(search: Adjustment, path: tuple[int, ...]) -> tuple[dict[str, Any], ...]:
    """JSON-ready: {"kind": "measure", "names"}, {"kind": "no_edge", "source", "target"} and {"kind": "randomise"}.

    path: one that stays open whatever is adjusted for, of the treatment's back-door graph.
    """
    return (
        *({"kind": "measure", "names": list(search.arrows.named(bits))} for bits in _measuring(search)),
        *({"kind": "no_edge", "source": source, "target": target} for source, target in _absent_arrows(search, path)),
        {"kind": "randomise", "names": list(search.arrows.named(search.treatment))},
    )


def _measuring(search: Adjustment) -> list[int]:
    """The sets of one or two unmeasured nodes that would allow adjustment if measured, smallest first."""
    found: list[int] = []
    tried = {0}
    layer = [0]
    for _ in range(NODES_AT_MOST):
        following: list[int] = []
        for so_far in layer:
            for place in members(_unblocked(search, so_far)):
                more = so_far | 1 << place
                if more in tried or any(not one & ~more for one in found):
                    continue
                tried.add(more)
                (found if search.minimal(more) is not None else following).append(more)
        layer = following
    return [one for one in found if not any(other != one and not other & ~one for other in found)]


def _unblocked(search: Adjustment, so_far: int) -> int:
    """The unmeasured nodes on one way that all that may be held fixed leaves open (in the moral graph)."""
    graph = search.backdoor
    within = graph.above(search.treatment | search.outcome | search.selected)
    blocked = (search.allowed | so_far) & within
    came_from: dict[int, int] = {}
    seen, queue = search.treatment, deque(members(search.treatment))
    while queue:
        here = queue.popleft()
        if search.outcome >> here & 1:
            break
        near = graph.parents[here] | graph.children[here] & within
        for child in members(graph.children[here] & within):
            near |= graph.parents[child]
        new = near & ~seen & ~blocked
        seen |= new
        for place in members(new):
            came_from[place] = here
            queue.append(place)
    way, here = 0, search.outcome.bit_length() - 1
    while here in came_from:
        way, here = way | 1 << here, came_from[here]
    return way & search.hidden & ~search.later


def _absent_arrows(search: Adjustment, path: tuple[int, ...]) -> list[tuple[str, str]]:
    """Arrows, each enough alone: were it absent, adjustment would do. Those of the open path come first."""
    arrows = search.backdoor
    tried = dict.fromkeys(
        (one, other) if arrows.children[one] >> other & 1 else (other, one) for one, other in pairwise(path)
    )
    within = arrows.above(search.treatment | search.outcome | search.selected)
    others = ((source, target) for source in members(within) for target in members(arrows.children[source] & within))
    tried |= dict.fromkeys(islice(others, ARROWS_TRIED))
    found = []
    for source, target in tried:
        if not (search.later | search.outcome) >> source & 1 and _enough(search, source, target):
            found.append((arrows.names[source], arrows.names[target]))
    return found[:ARROWS_AT_MOST]


def _enough(search: Adjustment, source: int, target: int) -> bool:
    less = search.backdoor.without_edges(1 << source, 1 << target)
    return nearest_separator(less, search.treatment, search.outcome, search.allowed, search.selected) is not None
