"""The adjustment set that estimates most precisely whatever the strengths of the arrows: the O-set, if there is one.

Of two valid sets B ∪ C and A ∪ C, the second has the smaller asymptotic variance if Y ⊥ B | T, A, C and T ⊥ A | B, C
(Henckel, Perković, Maathuis 2022; for more than linear models Rotnitzky, Smucler 2020). Without unmeasured nodes the
parents of the causal nodes win against all. With them, what touches the outcome in the moral graph of the ancestors
wins against all sets of ancestors (Smucler, Sapienza, Rotnitzky 2022). A set with further nodes is a set of ancestors
once these are drawn as causes of the outcome, which changes no distribution; so every valid set loses to one between
the two touching sets, and it is left to compare those.
"""

from dataclasses import dataclass, replace

from core.graphs.identification.adjustment import Adjustment
from core.graphs.identification.reach import members
from core.graphs.identification.separation import nearest_separator


@dataclass(frozen=True)
class Precise:
    """best: of all back-door sets, None if the graph does not settle it; best_minimal: of the minimal ones.

    Both are sets; None, too, where no set is valid or the graph says no effect.
    """

    best: int | None
    best_minimal: int | None


def most_precise(search: Adjustment) -> Precise:
    """The most precise back-door set, and the most precise one from which nothing can be left out."""
    near = _touching(search)
    if near is None or not search.causal:
        return Precise(None, None)
    lean = nearest_separator(search.backdoor, search.treatment, search.outcome, near, search.selected)
    return Precise(_best(search, near), lean)


def _touching(search: Adjustment) -> int | None:
    return nearest_separator(search.backdoor, search.outcome, search.treatment, search.allowed, search.selected)


def _best(search: Adjustment, near: int) -> int | None:
    further = search.allowed & ~search.backdoor.above(search.treatment | search.outcome | search.selected)
    if not further:
        return near
    graph = search.backdoor.with_edges(further, search.outcome)
    within = graph.above(search.treatment | search.outcome | search.selected)
    blocked = search.allowed & within
    added = graph.met(search.outcome, within, blocked) & blocked & ~near
    # What is independent of the treatment makes the estimate more precise; the rest must say no more of the outcome.
    helping = added & ~search.backdoor.connected(search.treatment, near)
    while clinging := helping & search.backdoor.connected(added & ~helping, near):
        helping &= ~clinging
    candidate, rest = near | helping, added & ~helping
    if rest and not search.arrows.separated(search.outcome, rest, candidate | search.treatment):
        usable = _usable(search, further)
        return (
            None if usable == further else _best(replace(search, allowed=search.allowed & ~(further & ~usable)), near)
        )
    up, down = search.arrows.arrivals(search.outcome, candidate | search.treatment)
    needed = candidate & (up | down) | search.selected
    return needed if search.backdoor.separated(search.treatment, search.outcome, needed) else candidate


def _usable(search: Adjustment, nodes: int) -> int:
    """Those of the nodes that some valid set holds."""
    found = 0
    for place in members(nodes):
        included = search.selected | 1 << place
        if nearest_separator(search.backdoor, search.treatment, search.outcome, search.allowed, included) is not None:
            found |= 1 << place
    return found
