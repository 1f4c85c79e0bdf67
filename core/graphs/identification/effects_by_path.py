"""Effects by path: what runs through measured mediators, and what does not.

Controlled direct effect: the mediators are set, too; an adjustment for treatment and mediators together identifies it
(adjustment criterion, Perković et al. 2018). Natural direct and indirect effects: the mediators take the value they
would have had without (with) the treatment. They are identified (Pearl 2014) if some W, not caused by the treatment,
closes the back-door paths between mediators and outcome, and given W the effects of the treatment on the mediators and
of both on the outcome are identified, here by adjustment as well. Sets are bits of an int.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

from core.graphs.causal_graph import CausalGraph
from core.graphs.identification.adjustment import Adjustment
from core.graphs.identification.bow import bow
from core.graphs.identification.estimand import Estimand
from core.graphs.identification.general_id import identify_jointly
from core.graphs.identification.reach import Arrows, members
from core.graphs.identification.separation import minimal_separator, minimal_separators
from core.graphs.identification.wording import listed, probability, summed

SETS_TRIED = 10
ENTRIES_TRIED = 4  # all combinations of so many
SINGLE_MEDIATORS_AT_MOST = 10


@dataclass(frozen=True)
class DirectEffect:
    """The effect with the mediators set.

    strategy: "no_effect" (the graph draws none past the mediators), "backdoor", "id" (the general algorithm) or "none".
    adjustment_set: a minimal one, None unless by "backdoor".
    """

    mediators: tuple[str, ...]
    strategy: str
    adjustment_set: tuple[str, ...] | None
    expression: str
    sentence: str

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {
            "mediators": list(self.mediators),
            "identifiable": self.strategy != "none",
            "strategy": self.strategy,
            "adjustment_set": None if self.adjustment_set is None else list(self.adjustment_set),
            "expression": self.expression,
            "sentence": self.sentence,
        }


@dataclass(frozen=True)
class Mediation:
    """Natural direct and indirect effects through the mediators together.

    entries: mediators through which the treatment moves the others, so that the effects through all are those through
    the entries, and the formulas sum over these.
    adjustment_sets: W, what is adjusted for besides W between treatment and mediators, and between both and the
    outcome; None if they are not identified so (identifiable: they still are if the mediators carry everything).
    """

    mediators: tuple[str, ...]
    entries: tuple[str, ...]
    identifiable: bool
    adjustment_sets: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]] | None
    natural_direct: str
    natural_indirect: str
    sentence: str

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        sets = self.adjustment_sets
        return {
            "mediators": list(self.mediators),
            "entries": list(self.entries),
            "identifiable": self.identifiable,
            "adjustment_set": None if sets is None else list(sets[0]),
            "besides_for_mediators": None if sets is None else list(sets[1]),
            "besides_for_outcome": None if sets is None else list(sets[2]),
            "natural_direct": self.natural_direct,
            "natural_indirect": self.natural_indirect,
            "sentence": self.sentence,
        }


def direct_effect(graph: CausalGraph, search: Adjustment) -> DirectEffect | None:
    """The controlled direct effect past all measured mediators; None if there are none."""
    mediators = _measured_mediators(search)
    if not mediators:
        return None
    treatment, outcome = _ends(search)
    names = search.arrows.named(mediators)
    effect = f"P({outcome} | do({treatment}), do({', '.join(names)}))"
    past = f"The direct effect of {treatment} on {outcome}, with {listed(names)} set,"
    if not _leads_past(search, mediators):
        sentence = f"The graph draws no effect of {treatment} on {outcome} past {listed(names)}."
        return DirectEffect(names, "no_effect", None, f"{effect} is the same for every {treatment}", sentence)
    found = _joint_adjustment(search, mediators, search.selected)
    if found is not None:
        free, held = search.arrows.named(found & ~search.selected), search.arrows.named(search.selected)
        formula = f"{effect} = {summed(outcome, (treatment, *names), free, held)}"
        how = f"by adjusting for {listed(free)}" if free else "without further adjustment"
        return DirectEffect(names, "backdoor", search.arrows.named(found), formula, f"{past} is identifiable {how}.")
    general = bow(search, search.treatment | mediators) or identify_jointly(graph, [outcome], [treatment, *names])
    if isinstance(general, Estimand):
        sentence = f"{past} is identifiable by the general ID algorithm, though by no adjustment."
        return DirectEffect(names, "id", None, general.text, sentence)
    return DirectEffect(names, "none", None, effect, f"{past} is not identifiable.")


def mediation(search: Adjustment, *, total: bool) -> tuple[Mediation, ...]:
    """Through all measured mediators together, then through each alone (if there are few).

    total: whether the total effect is identifiable; where all of it is mediated, so is then the indirect effect.
    """
    together = _measured_mediators(search)
    alone = [1 << place for place in members(together)]
    if not together:
        return ()
    if not 2 <= len(alone) <= SINGLE_MEDIATORS_AT_MOST:
        alone = []
    return tuple(_mediation(search, mediators, total) for mediators in (together, *alone))


def _measured_mediators(search: Adjustment) -> int:
    return search.causal & ~(search.outcome | search.hidden | search.selected)


def _joint_adjustment(search: Adjustment, mediators: int, included: int, *, early: bool = False) -> int | None:
    """What to adjust for so that only the effects of treatment and mediators remain; early: before the treatment."""
    causes = search.treatment | mediators
    onward = search.arrows.without(entering=causes).below(causes) & ~causes
    carried = onward & search.arrows.without(leaving=causes).above(search.outcome)
    graph = search.arrows.without_edges(causes, carried)
    everything = (1 << len(search.arrows.names)) - 1
    allowed = everything & ~(search.hidden | causes | search.outcome | search.arrows.below(carried))
    allowed = allowed & search.allowed if early else allowed
    return minimal_separator(graph, causes, search.outcome, allowed, included)


def _leads_past(search: Adjustment, mediators: int) -> bool:
    return bool(search.arrows.without(leaving=mediators).below(search.treatment) & search.outcome)


def _mediation(search: Adjustment, mediators: int, total: bool) -> Mediation:
    names = search.arrows.named(mediators)
    tried = ((entered, _natural_sets(search, entered)) for entered in _entries(search, mediators))
    entered, sets = next(((entered, sets) for entered, sets in tried if sets), (mediators, None))
    entries = search.arrows.named(entered)
    parts = f"The natural direct and indirect effects through {listed(names)}"
    if total and not _leads_past(search, mediators):
        sentence = f"All of the effect runs through {listed(names)}: it is indirect, and as identifiable as the total."
        named = None if sets is None else _named(search, sets)
        return Mediation(names, entries, True, named, "NDE = 0", "NIE = the total effect", sentence)
    if sets is None:
        sentence = f"{parts} are not identifiable by adjustment: {_obstacle(search, entered)}"
        return Mediation(names, entries, False, None, "", "", sentence)
    used = search.arrows.named((sets[0] | sets[1] | sets[2]) & ~search.selected)
    how = f"by adjusting for {listed(used)}" if used else "without adjustment"
    direct, indirect = _natural_formulas(search, entries, sets)
    return Mediation(names, entries, True, _named(search, sets), direct, indirect, f"{parts} are identifiable {how}.")


def _entries(search: Adjustment, mediators: int) -> list[int]:
    """What formulas may sum over: the mediators that the treatment acts on first, with some or all of the others."""
    first = search.first_met(mediators)
    others = [1 << place for place in members(mediators & ~first)]
    if len(others) > ENTRIES_TRIED:
        return [first, mediators]
    return [first | sum(some) for size in range(len(others) + 1) for some in combinations(others, size)]


def _named(search: Adjustment, sets: tuple[int, int, int]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    return search.arrows.named(sets[0]), search.arrows.named(sets[1]), search.arrows.named(sets[2])


def _natural_sets(search: Adjustment, mediators: int) -> tuple[int, int, int] | None:
    """(W, what is added to it for treatment and mediators, what is added for the outcome)."""
    cut = search.arrows.without(leaving=search.treatment | mediators)
    allowed = search.allowed
    causes = search.arrows.above(search.treatment | search.outcome)
    firsts = minimal_separators(cut, mediators, search.outcome, allowed, search.selected, at_most=SETS_TRIED)
    if firsts and cut.separated(mediators, search.outcome, allowed & causes | search.selected):
        firsts.append(allowed & causes | search.selected)
    for first in firsts:
        for_mediators = minimal_separator(search.backdoor, search.treatment, mediators, allowed, first)
        for_outcome = _joint_adjustment(search, mediators, first, early=True)
        if for_mediators is not None and for_outcome is not None:
            return first, for_mediators & ~first, for_outcome & ~first
    return None


def _obstacle(search: Adjustment, mediators: int) -> str:
    """Why: a path between mediators and outcome that stays open, or what adjustment cannot tell."""
    treatment, outcome = _ends(search)
    cut = search.arrows.without(leaving=search.treatment | mediators)
    if minimal_separator(cut, mediators, search.outcome, search.allowed, search.selected) is None:
        fixed = search.allowed & search.arrows.above(search.treatment | search.outcome)
        path = _open_between(cut, mediators, search.outcome, fixed)
        caused = [search.arrows.names[place] for place in path[1:-1] if search.later >> place & 1]
        why = f", where {caused[0]} is caused by {treatment}" if caused else ""
        return f"no adjustment closes {cut.drawn(path)}{why}."
    return f"no one adjustment serves {treatment}, {listed(search.arrows.named(mediators))} and {outcome} together."


def _open_between(graph: Arrows, starts: int, end: int, fixed: int) -> tuple[int, ...]:
    return graph.walk(starts, fixed).to(end.bit_length() - 1)


def _natural_formulas(search: Adjustment, mediators: tuple[str, ...], sets: tuple[int, int, int]) -> tuple[str, str]:
    """The mediation formulas (Pearl 2001); t and t' are the two treatments that are compared."""
    treatment, outcome = _ends(search)
    first, for_mediators, for_outcome = (search.arrows.named(bits & ~search.selected) for bits in sets)
    held = search.arrows.named(search.selected)

    def of_outcome(level: str) -> str:
        causes = (f"{treatment}={level}", *mediators, *first)
        return summed(outcome, causes, for_outcome, held, given=first, mean=True)

    def of_mediators(level: str) -> str:
        causes = (f"{treatment}={level}", *first)
        return summed(", ".join(mediators), causes, for_mediators, held, given=first)

    over = f"Σ_({', '.join((*mediators, *first))})"
    weight = f" · {probability(', '.join(first), [f'{name}=1' for name in held])}" if first else ""
    other = "t'"
    direct = f"{over} [{of_outcome('t')} − {of_outcome(other)}] · {_bracketed(of_mediators(other))}{weight}"
    indirect = f"{over} {_bracketed(of_outcome(other))} · [{of_mediators('t')} − {of_mediators(other)}]{weight}"
    return f"NDE = {direct}", f"NIE = {indirect}"


def _bracketed(term: str) -> str:
    return f"[{term}]" if term.startswith("Σ") else term


def _ends(search: Adjustment) -> tuple[str, str]:
    return search.arrows.named(search.treatment)[0], search.arrows.named(search.outcome)[0]
