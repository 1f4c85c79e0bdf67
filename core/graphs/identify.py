"""Identification: can the effect be told from data at all under this graph, and by adjusting for what?

By adjustment only (the back-door criterion, which for one treatment is complete for adjustment): where it fails, the
answer is no with the open path, even if an instrument or a front door would do; the sentence points to those.
"""

from dataclasses import dataclass
from typing import Any

import networkx as nx

from core.graphs.adjustment import Adjustment
from core.graphs.causal_graph import CausalGraph
from core.graphs.roles import colliders, instruments, mediators, opening
from core.graphs.separation import drawn, open_path

SETS_AT_MOST = 10


@dataclass(frozen=True)
class BadControl:
    """A measured node that must stay out of the adjustment, why, and the path that it would block or open, drawn."""

    name: str
    why: str
    path: str = ""


@dataclass(frozen=True)
class Identification:
    """What the graph says about one question.

    strategy: "backdoor" or "none". adjustment_sets: minimal ones, smallest first, at most SETS_AT_MOST; empty if not
    identifiable. adjustment_set: the one to use (all measured causes of treatment or outcome that help); where the
    effect is not identifiable it is the measured part, and adjusting for it leaves bias. open_path: what stays open.
    """

    treatment: str
    outcome: str
    identifiable: bool
    strategy: str
    adjustment_sets: tuple[tuple[str, ...], ...]
    adjustment_set: tuple[str, ...]
    bad_controls: tuple[BadControl, ...]
    expression: str
    sentence: str
    open_path: str = ""

    def plain(self) -> dict[str, Any]:
        """JSON-ready values; bad controls as {"name", "why", "path"}."""
        return {
            "treatment": self.treatment,
            "outcome": self.outcome,
            "identifiable": self.identifiable,
            "strategy": self.strategy,
            "adjustment_sets": [list(names) for names in self.adjustment_sets],
            "adjustment_set": list(self.adjustment_set),
            "bad_controls": [{"name": bad.name, "why": bad.why, "path": bad.path} for bad in self.bad_controls],
            "expression": self.expression,
            "sentence": self.sentence,
            "open_path": self.open_path,
        }


def identify(graph: CausalGraph) -> Identification:
    """Decide for the question marked in the graph; raises BadSpec if treatment or outcome is not marked."""
    search = Adjustment.of(graph)
    sets = search.all_minimal(SETS_AT_MOST)
    used = search.widest()
    order = {name: place for place, name in enumerate(graph.names)}

    def listed(names: frozenset[str]) -> tuple[str, ...]:
        return tuple(sorted(names, key=order.__getitem__))

    path = () if sets else open_path(search.backdoor, search.treatment, search.outcome, used)
    return Identification(
        treatment=search.treatment,
        outcome=search.outcome,
        identifiable=bool(sets),
        strategy="backdoor" if sets else "none",
        adjustment_sets=tuple(listed(names) for names in sets),
        adjustment_set=listed(used),
        bad_controls=_bad_controls(graph, search, used),
        expression=_expression(search, listed(used) if sets else None),
        sentence=_said(search, listed(used)) if sets else _refused(graph, search, path),
        open_path=drawn(search.backdoor, path),
    )


def _expression(search: Adjustment, names: tuple[str, ...] | None) -> str:
    """The adjustment formula (Pearl 2009, 3.19) in do-notation."""
    effect = f"P({search.outcome} | do({search.treatment}))"
    given = "".join(f", {name}=1" if name in search.selected else "" for name in sorted(search.selected))
    if names is None:
        return f"{effect} has no adjustment formula in this graph"
    summed = ", ".join(name for name in names if name not in search.selected)
    if not summed:
        return f"{effect} = P({search.outcome} | {search.treatment}{given})"
    over = f" | {given.removeprefix(', ')}" if given else ""
    return f"{effect} = Σ_z P({search.outcome} | {search.treatment}, z{given}) · P(z{over}),  z = ({summed})"


def _said(search: Adjustment, names: tuple[str, ...]) -> str:
    free = [name for name in names if name not in search.selected]
    how = f"by adjusting for {_and(free)}" if free else "without any adjustment"
    if search.selected:
        how += f", for the units selected on {_and(sorted(search.selected))}"
    sentence = f"Identifiable {how}: this closes every path from {search.treatment} to {search.outcome} but the effect."
    if search.outcome not in nx.descendants(search.directed, search.treatment):
        sentence += f" The graph has no path of arrows from {search.treatment} to {search.outcome}: it says no effect."
    return sentence


def _refused(graph: CausalGraph, search: Adjustment, path: tuple[str, ...]) -> str:
    late = sorted(search.selected - search.allowed)
    if late:
        return (
            f"Not identifiable: the log holds only units selected on {late[0]}, which comes after {search.treatment}. "
            "Options: use a log of everybody, or ask about an earlier selection."
        )
    if search.outcome in nx.ancestors(search.directed, search.treatment):
        way = nx.shortest_path(search.directed, search.outcome, search.treatment)
        return (
            f"Not identifiable: {search.outcome} comes before {search.treatment} ({' → '.join(way)}). "
            "Options: turn the arrow round, or swap the question."
        )
    hidden = [name for name in path if name in graph.having("unmeasured")]
    instrument = sorted(instruments(search.directed, search.treatment, search.outcome) & search.allowed)
    options = [f"measure {_and(hidden)} or a stand-in", "run an experiment"]
    options += [f"use {instrument[0]} as an instrument"] if instrument else []
    return (
        f"Not identifiable: {_and(hidden)} {'is' if len(hidden) == 1 else 'are'} unmeasured and "
        f"{'opens' if len(hidden) == 1 else 'open'} {drawn(search.backdoor, path)}. Options: {', or '.join(options)}."
    )


def _bad_controls(graph: CausalGraph, search: Adjustment, used: frozenset[str]) -> tuple[BadControl, ...]:
    """Measured nodes outside the adjustment that would harm it, in the order of the graph."""
    between = mediators(search.directed, search.treatment, search.outcome)
    later = nx.descendants(search.directed, search.treatment)
    meeting = colliders(search.directed, search.treatment, search.outcome)
    meeting |= opening(search.directed, search.treatment, search.outcome)
    moving = instruments(search.directed, search.treatment, search.outcome)
    passed = {*used, *search.selected, *graph.having("unmeasured"), search.treatment, search.outcome}

    def judged(name: str) -> BadControl | None:
        if name in between:
            first = nx.shortest_path(search.directed, search.treatment, name)
            rest = nx.shortest_path(search.directed, name, search.outcome)
            path = drawn(search.directed, [*first, *rest[1:]])
            return BadControl(name, f"{name} carries part of the effect; adjusting for it would take that away.", path)
        if name in meeting:
            graph_there = search.directed if name in later else search.backdoor
            path = drawn(graph_there, _path_opened_at(search, name, later))
            return BadControl(name, f"{name} stems from a common effect; adjusting for it opens a path.", path)
        if name in later:
            path = drawn(search.directed, nx.shortest_path(search.directed, search.treatment, name))
            return BadControl(
                name, f"{name} comes after {search.treatment}; adjusting for it can hide its effect.", path
            )
        if name in moving:
            path = drawn(search.directed, nx.shortest_path(search.directed, name, search.treatment))
            return BadControl(
                name, f"{name} moves only {search.treatment}; adjusting for it widens the interval.", path
            )
        return None

    found = [judged(name) for name in graph.names if name not in passed]
    return tuple(bad for bad in found if bad is not None)


def _path_opened_at(search: Adjustment, name: str, later: set[str]) -> tuple[str, ...]:
    """From treatment to outcome through the collider: the open way in, and the open way out."""
    if name in later:
        way_in = nx.shortest_path(search.directed, search.treatment, name)
        way_out = open_path(search.directed, name, search.outcome, {search.treatment})
        return (*way_in, *way_out[1:])
    allowed = set(search.directed) - later - {search.treatment, search.outcome, name}
    closing = nx.find_minimal_d_separator(search.backdoor, {search.treatment}, {search.outcome}, restricted=allowed)
    return open_path(search.backdoor, search.treatment, search.outcome, {*(closing or ()), name})


def _and(names: list[str] | tuple[str, ...]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
