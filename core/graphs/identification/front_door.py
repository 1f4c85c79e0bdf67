"""Front-door sets: measured nodes that carry the whole effect and are themselves free of confounding (Pearl 1995).

M is one if (1) every path of arrows from treatment to outcome meets M, (2) no back-door path from treatment to M is
open and (3) the treatment closes every back-door path from M to the outcome. Conditions 2 and 3 leave one largest set,
and every subset that meets them lies in it (Jeong, Tian, Bareinboim 2022). Selected nodes are held fixed throughout,
which asks that they do not come after the treatment. Sets are bits of an int.
"""

from collections import deque

from core.graphs.identification.adjustment import Adjustment
from core.graphs.identification.reach import members


def front_door_sets(search: Adjustment, at_most: int) -> list[int]:
    """Sets from which nothing can be left out, smallest first, until `at_most` are found; none without an effect."""
    direct = search.arrows.children[search.treatment.bit_length() - 1] & search.outcome
    if direct or not search.causal or search.selected & ~search.allowed:
        return []
    everything = (1 << len(search.arrows.names)) - 1
    measured = everything & ~(search.hidden | search.treatment | search.outcome | search.selected)
    candidates = measured & search.arrows.above(search.outcome | search.selected)  # others are never needed
    candidates &= ~search.backdoor.connected(search.treatment, search.selected)
    found: dict[int, None] = {}
    seen = {candidates}
    queue = deque([candidates])
    while queue and len(found) < at_most:
        here = queue.popleft()
        one = _minimal(search, here)
        if one is None:
            continue
        found[one] = None
        for place in members(one & ~_indispensable(search, _largest(search, here))):
            rest = here & ~(1 << place)
            if rest not in seen:
                seen.add(rest)
                queue.append(rest)
    return sorted(found, key=lambda bits: (bits.bit_count(), search.arrows.named(bits)))


def _minimal(search: Adjustment, candidates: int) -> int | None:
    """A smallest front-door set within the candidates, in the sense that nothing can be left out; None if none."""
    kept = _largest(search, candidates)
    if not _carries_all(search, kept):
        return None
    for fewer in (search.first_met(kept), kept & search.causal):  # mostly enough, and much smaller
        less = _largest(search, fewer)
        if _carries_all(search, less):
            kept = less
            break
    for place in reversed(list(members(kept & ~_indispensable(search, kept)))):
        if kept >> place & 1:
            less = _largest(search, kept & ~(1 << place))
            kept = less if _carries_all(search, less) else kept
    return kept


def _largest(search: Adjustment, candidates: int) -> int:
    """The largest subset that meets condition 3: dropping a node only adds arrows, so what is tied now stays tied."""
    given = search.treatment | search.selected
    while True:
        tied = search.arrows.without(leaving=candidates).connected(search.outcome, given)
        if not candidates & tied:
            return candidates
        candidates &= ~tied


def _carries_all(search: Adjustment, nodes: int) -> bool:
    return not search.arrows.without(leaving=nodes).below(search.treatment) & search.outcome


def _indispensable(search: Adjustment, nodes: int) -> int:
    """Those of the nodes that alone of them lie on some path of arrows: no subset carries all without them."""
    met_last = nodes & search.arrows.without(entering=nodes).above(search.outcome)
    return search.first_met(nodes) & met_last
