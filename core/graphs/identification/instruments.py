"""Instruments, plain and conditional: what moves the treatment and is tied to the outcome by nothing else.

Z is one given W if W separates Z from the outcome in the graph without the effect (the arrows by which the treatment
starts towards the outcome), but not from the treatment, and nothing of Z and W comes after the treatment. If any is,
one is whose W are ancestors of Z or the outcome, and the W nearest to the outcome leaves Z and the treatment tied if
any does (van der Zander, Textor, Liśkiewicz 2015). Sets are bits of an int.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from core.graphs.identification.adjustment import Adjustment
from core.graphs.identification.reach import Arrows, members
from core.graphs.identification.separation import nearest_separator


@dataclass(frozen=True)
class Instrument:
    """name: what moves the treatment; given: what must be held fixed (selected nodes included)."""

    name: str
    given: tuple[str, ...]


def find_instruments(search: Adjustment, at_most: int) -> tuple[Instrument, ...]:
    """All plain instruments, then ancestral conditional ones until `at_most` are found in all."""
    if search.selected & ~search.allowed or not search.causal:
        return ()
    effectless = search.arrows.without_edges(search.treatment, search.causal)
    tied = effectless.connected(search.outcome, search.selected)
    moving = search.arrows.connected(search.treatment, search.selected)
    plain = search.allowed & moving & ~tied & ~search.selected
    found = [Instrument(search.arrows.names[place], search.arrows.named(search.selected)) for place in members(plain)]
    conditional = _conditional(search, effectless, plain | search.selected)
    for node, near in islice(conditional, max(0, at_most - len(found))):
        given = nearest_separator(effectless, 1 << node, search.outcome, near, search.selected)
        less = given is not None and not search.arrows.separated(1 << node, search.treatment, given)
        held = given if less and given is not None else near
        found.append(Instrument(search.arrows.names[node], search.arrows.named(held)))
    return tuple(found)


def _conditional(search: Adjustment, effectless: Arrows, passed: int) -> Iterator[tuple[int, int]]:
    """(node, the set nearest to the outcome given which it is an instrument), least work first."""
    within = effectless.above(search.outcome | search.selected)
    blocked = search.allowed & within
    met = effectless.met(search.outcome, within, blocked)  # what touches the outcome is never separated from it
    # The nearest separator is the same for all nodes whose ancestors touch nothing that lies open to the outcome.
    near = met & blocked | search.selected
    opened = effectless.below(_children(effectless, met & ~blocked) & ~within)
    moving = search.arrows.connected(search.treatment, near)
    candidates = search.allowed & ~(passed | met)
    yield from ((node, near) for node in members(candidates & moving & ~opened))
    for node in members(candidates & opened):
        allowed = search.allowed & ~(1 << node)
        own = nearest_separator(effectless, search.outcome, 1 << node, allowed, search.selected)
        if own is not None and not search.arrows.separated(1 << node, search.treatment, own):
            yield node, own


def _children(arrows: Arrows, bits: int) -> int:
    found = 0
    for place in members(bits):
        found |= arrows.children[place]
    return found
