"""Instruments, plain and conditional: what moves the treatment and is tied to the outcome by nothing else.

Z is one given W if W separates Z from the outcome in the graph without the effect (the arrows by which the treatment
starts towards the outcome), but not from the treatment, and nothing of Z and W comes after the treatment. If any is,
one is whose W are ancestors of Z or the outcome, and the W nearest to the outcome leaves Z and the treatment tied if
any does (van der Zander, Textor, Liśkiewicz 2015). Sets are bits of an int.
"""

from dataclasses import dataclass

from core.graphs.adjustment import Adjustment
from core.graphs.reach import Arrows, members
from core.graphs.separation import nearest_separator


@dataclass(frozen=True)
class Instrument:
    """name: what moves the treatment; given: what must be held fixed (selected nodes included)."""

    name: str
    given: tuple[str, ...]


def find_instruments(search: Adjustment) -> tuple[Instrument, ...]:
    """All plain and ancestral conditional instruments: those that need least held fixed first, then by graph order."""
    if search.selected & ~search.allowed or not search.causal:
        return ()
    effectless = search.arrows.without_edges(search.treatment, search.causal)
    found = []
    above = effectless.above(search.outcome)
    touching = effectless.met(search.outcome, above, search.allowed & above)  # never separated from the outcome
    for place in members(search.allowed & ~search.selected & ~touching):
        given = _given(search, effectless, 1 << place)
        if given is not None:
            found.append(Instrument(search.arrows.names[place], search.arrows.named(given)))
    return tuple(sorted(found, key=lambda each: len(each.given)))


def _given(search: Adjustment, effectless: Arrows, node: int) -> int | None:
    """What makes the node an instrument; None if nothing does."""
    allowed = search.allowed & ~node
    near = nearest_separator(effectless, search.outcome, node, allowed, search.selected)
    if near is None or search.arrows.separated(node, search.treatment, near):
        return None
    less = nearest_separator(effectless, node, search.outcome, near, search.selected)
    for given in (search.selected, less):
        if given is not None and _works(search, effectless, node, given):
            return given
    return near


def _works(search: Adjustment, effectless: Arrows, node: int, given: int) -> bool:
    apart = effectless.separated(node, search.outcome, given)
    return apart and not search.arrows.separated(node, search.treatment, given)
