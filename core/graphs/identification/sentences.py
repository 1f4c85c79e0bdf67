"""What an identification says in words and in do-notation, strategy by strategy."""

from typing import Any

from core.graphs.identification.adjustment import Adjustment
from core.graphs.identification.instruments import Instrument
from core.graphs.identification.wording import listed, probability

NODES_NAMED = 4  # of one kind in a sentence; the JSON holds all


def backdoor(search: Adjustment, used: int) -> tuple[str, str]:
    """(sentence, adjustment formula; Pearl 2009, 3.19)."""
    treatment, outcome = ends(search)
    free, held = search.arrows.named(used & ~search.selected), search.arrows.named(search.selected)
    how = f"by adjusting for {listed(free)}" if free else "without any adjustment"
    how += f", for the units selected on {listed(held)}" if held else ""
    sentence = f"Identifiable {how}: this closes every path from {treatment} to {outcome} but the effect."
    if not search.causal:
        sentence += f" The graph has no path of arrows from {treatment} to {outcome}: it says no effect."
    fixed = [f"{name}=1" for name in held]
    if not free:
        return sentence, f"{_effect(search)} = {probability(outcome, [treatment, *fixed])}"
    formula = f"Σ_z {probability(outcome, [treatment, 'z', *fixed])} · {probability('z', fixed)}"
    return sentence, f"{_effect(search)} = {formula},  z = ({', '.join(free)})"


def front_door(search: Adjustment, carriers: int) -> tuple[str, str]:
    """(sentence, front-door formula; Pearl 2009, 3.29)."""
    treatment, outcome = ends(search)
    names, fixed = search.arrows.named(carriers), [f"{name}=1" for name in search.arrows.named(search.selected)]
    carrying = search.arrows.named(carriers & search.causal)
    beside = search.arrows.named(carriers & ~search.causal)
    inner = f"Σ_t {probability(outcome, ['t', 'm', *fixed])} · {probability('t', fixed)}"
    return (
        f"Identifiable through the front door: {listed(carrying)} {'carries' if len(carrying) == 1 else 'carry'} "
        f"the whole effect of {treatment} on {outcome}, nothing unmeasured joins {treatment} with {listed(carrying)}, "
        f"and {listed((treatment, *beside))} {'close' if beside else 'closes'} every other path from there to "
        f"{outcome}.",
        f"{_effect(search)} = Σ_m {probability('m', [treatment, *fixed])} · {inner},  "
        f"m = ({', '.join(names)}), t = values of {treatment}",
    )


def no_effect(search: Adjustment) -> tuple[str, str]:
    """(sentence, expression) where no adjustment does, but no arrows lead from treatment to outcome either."""
    treatment, outcome = ends(search)
    fixed = [f"{name}=1" for name in search.arrows.named(search.selected)]
    return (
        f"Identifiable: the graph has no path of arrows from {treatment} to {outcome}, so it says no effect.",
        f"{_effect(search)} = {probability(outcome, fixed)}",
    )


def general(search: Adjustment, expression: str, uses: tuple[str, ...]) -> tuple[str, str]:
    """(sentence, expression) where only the general algorithm finds a way."""
    treatment, outcome = ends(search)
    return (
        f"Identifiable, though by no adjustment and no front door: the general ID algorithm writes the effect of "
        f"{treatment} on {outcome} in probabilities of {listed(uses)}.",
        expression,
    )


def instrument(search: Adjustment, first: Instrument) -> str:
    """The ratio that an instrument gives under its further assumption (Wright 1928; Imbens, Angrist 1994)."""
    treatment, outcome = ends(search)
    given = f" | {', '.join(first.given)}" if first.given else ""
    ratio = f"Cov({outcome}, {first.name}{given}) / Cov({treatment}, {first.name}{given})"
    return f"effect of {treatment} on {outcome} = {ratio}, if linear"


def nothing(search: Adjustment) -> str:
    """The expression where there is none."""
    return f"{_effect(search)} has no formula in this graph"


def refusal(
    search: Adjustment, path: tuple[int, ...], remedies: tuple[dict[str, Any], ...], instruments: tuple[Instrument, ...]
) -> str:
    """Which unmeasured nodes open which path, and what would help; begins with what is refused, for a prefix."""
    hidden = search.arrows.named(sum(1 << place for place in path if search.hidden >> place & 1))
    opened = f"{listed(hidden)} {'is' if len(hidden) == 1 else 'are'} unmeasured and "
    opened += f"{'opens' if len(hidden) == 1 else 'open'} {search.backdoor.drawn(path)}."
    return f"{opened} Options: {', or '.join(_options(search, remedies, instruments))}."


def _options(
    search: Adjustment, remedies: tuple[dict[str, Any], ...], instruments: tuple[Instrument, ...]
) -> list[str]:
    sets = [listed(each["names"]) for each in remedies if each["kind"] == "measure"]
    arrows = [f"{each['source']} → {each['target']}" for each in remedies if each["kind"] == "no_edge"]
    measure = f"measure {' or '.join(sets[:NODES_NAMED])} or a stand-in"
    options = [measure if sets else "measure three or more of the unmeasured nodes"]
    options += [f"give a reason why there is no {' or '.join(arrows[:NODES_NAMED])}"] if arrows else []
    options += ["run an experiment"]
    if instruments:
        first = instruments[0]
        given = [name for name in first.given if name not in search.arrows.named(search.selected)]
        named = f"{first.name} as an instrument{f' given {listed(given)}' if given else ''}"
        options += [f"use {named}, which needs a further assumption (linear, or monotone)"]
    return options


def late_selection(search: Adjustment) -> str:
    """Why nothing is tried where the log was selected on a consequence of the treatment."""
    late = search.arrows.named(search.selected & ~search.allowed)
    return (
        f"Not identifiable: the log holds only units selected on {late[0]}, which comes after {ends(search)[0]}. "
        "Options: use a log of everybody, or ask about an earlier selection."
    )


def outcome_first(search: Adjustment, way: tuple[int, ...]) -> str:
    """Why nothing is tried where the outcome causes the treatment."""
    treatment, outcome = ends(search)
    return (
        f"Not identifiable: {outcome} comes before {treatment} ({search.arrows.drawn(way)}). "
        "Options: turn the arrow round, or swap the question."
    )


def precision(search: Adjustment, best: int | None, lean: int | None) -> str:
    """Which set is the most precise."""
    if lean is None:
        return ""
    if best is not None:
        free = search.arrows.named(best & ~search.selected)
        return f"Adjusting for {listed(free)} is most precise." if free else "Adjusting for nothing is most precise."
    free = search.arrows.named(lean & ~search.selected)
    return (
        "Which set is most precise depends on the strengths of the arrows; of those from which nothing can be left out "
        f"it is {listed(free) if free else 'the empty one'}."
    )


def ends(search: Adjustment) -> tuple[str, str]:
    """(treatment, outcome)."""
    return search.arrows.named(search.treatment)[0], search.arrows.named(search.outcome)[0]


def _effect(search: Adjustment) -> str:
    treatment, outcome = ends(search)
    return f"P({outcome} | do({treatment}))"
