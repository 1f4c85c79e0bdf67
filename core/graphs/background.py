"""Background knowledge: pairs of event types that the analyst labelled, as edges among the variables at hand.

A pair means its event types wherever they are variables: under their own names, or as what users did later. A label is
said of the log and not of one search, so what contradicts an edge that was named for the search, or time, gives way.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

from core.errors import BadSpec
from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.discovery.contract import Knowledge
from core.graphs.user_variables import LATER

Pair = tuple[str, str]
WAYS: Final = ("", LATER)  # how an event type may be named as a variable


@dataclass(frozen=True)
class Known:
    """knowledge: with what the labels add; notes: which labels were used, and which were not and why."""

    knowledge: Knowledge
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Drawn:
    """A graph with the labelled edges; added: those that were new; refused: why others could not be drawn."""

    graph: CausalGraph
    added: tuple[Pair, ...]
    refused: tuple[str, ...]


def edges_among(pairs: Iterable[Pair], names: Collection[str]) -> list[Pair]:
    """The pairs as edges between variables of these names."""
    every = [(cause + way, effect + way) for cause, effect in pairs for way in WAYS]
    return [(cause, effect) for cause, effect in every if cause in names and effect in names]


def known_with(given: Knowledge, causal: Iterable[Pair], not_causal: Iterable[Pair], names: Collection[str]) -> Known:
    """What is known before looking, with the labels: causal pairs must be there, pairs that are not must not."""
    wanted, unwanted = edges_among(causal, names), edges_among(not_causal, names)
    required = [
        edge
        for edge in wanted
        if edge in given.required or (given.allows(*edge) and edge[::-1] not in (*wanted, *given.required))
    ]
    forbidden = [edge for edge in unwanted if edge not in given.required]
    ignored = [edge for edge in (*wanted, *unwanted) if edge not in (*required, *forbidden)]
    told = [
        ("must be there", required),
        ("must not be there", forbidden),
        ("contradict time, each other, or an edge named for this search, and are not used", ignored),
    ]
    notes = tuple(f"Of the labelled pairs {_listed(edges)} {says}." for says, edges in told if edges)
    knowledge = Knowledge(given.tiers, given.required | frozenset(required), given.forbidden | frozenset(forbidden))
    return Known(knowledge, notes)


def drawn_with(graph: CausalGraph, causal: Iterable[Pair], *, missing: bool) -> Drawn:
    """The graph with an edge for every causal pair. missing: also for event types that it lacks, as new variables;
    otherwise only pairs are drawn whose two ends are there."""
    added: list[Pair] = []
    refused: list[str] = []
    for pair in edges_among(causal, graph.names) if not missing else list(causal):
        if pair in graph.edges:
            continue
        nodes = (*graph.nodes, *(Node(name) for name in pair if name not in graph.names))
        try:
            graph = replace(graph, nodes=nodes, edges=(*graph.edges, pair))
            added.append(pair)
        except BadSpec as error:
            refused.append(f"{pair[0]} → {pair[1]} is not drawn: {error}")
    return Drawn(graph, tuple(added), tuple(refused))


def _listed(edges: Iterable[Pair]) -> str:
    return ", ".join(f"{cause} → {effect}" for cause, effect in edges)
