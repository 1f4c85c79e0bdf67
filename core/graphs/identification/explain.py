"""What a graph says about its own nodes and arrows, for people who look at it: paths by kind, roles in words."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import networkx as nx

from core.graphs.causal_graph import CausalGraph
from core.graphs.identification.answer import Identification

State = tuple[str, bool]  # a node, and whether the walk came to it along an arrow

ROLE_WORDS: Final = {
    "confounder": "A confounder: it causes {treatment}, and {outcome} by another way as well.",
    "mediator": "A mediator: part of what {treatment} does to {outcome} runs through it.",
    "collider": "A collider: a common effect, so adjusting for it opens a path.",
    "instrument": "An instrument: it moves {treatment} and touches {outcome} only through it.",
}
STATED_WORDS: Final = {
    "treatment": "The treatment: what is changed.",
    "outcome": "The outcome: what may change.",
    "unmeasured": "Unmeasured: no column holds it, so nothing can be adjusted for it.",
    "randomised": "Randomised: chance alone sets it.",
    "selected": "Selected: the log holds only units with one value of it.",
}


@dataclass(frozen=True)
class Explained:
    """edges: {(source, target): "causal", "biasing" or "blocked"}, others are on no path. sentences: {node: words}."""

    edges: dict[tuple[str, str], str]
    sentences: dict[str, str]


def explain(graph: CausalGraph, found: Identification, adjusted: Collection[str]) -> Explained:
    """Paths and roles for the question of the graph, given what is adjusted for."""
    bad = {control.name: control.why for control in found.bad_controls}
    sentences = {
        node.name: _sentence(node.name, node.roles, found, adjusted=node.name in adjusted, harm=bad.get(node.name, ""))
        for node in graph.nodes
    }
    return Explained(path_kinds(graph, adjusted), sentences)


def path_kinds(graph: CausalGraph, adjusted: Collection[str]) -> dict[tuple[str, str], str]:
    """The kind of every arrow that lies between treatment and outcome.

    causal: on a directed path from treatment to outcome. biasing: on another path, which is open given what is adjusted
    for and selected. blocked: on another path, closed.
    """
    treatment, outcome = graph.question()
    directed = graph.directed()
    after = nx.descendants(directed, treatment) | {treatment}
    towards = nx.ancestors(directed, outcome) | {outcome}
    kinds = {edge: "causal" for edge in graph.edges if edge[0] in after and edge[1] in towards}
    around = directed.copy()
    around.remove_edges_from([(treatment, target) for target in list(directed.successors(treatment))])
    between = _between(around, treatment, outcome)
    open_ones = _open_edges(around, treatment, outcome, {*adjusted, *graph.having("selected")})
    for edge in graph.edges:
        if edge not in kinds and edge in between:
            kinds[edge] = "biasing" if edge in open_ones else "blocked"
    return kinds


def _between(around: "nx.DiGraph[str]", one: str, other: str) -> set[tuple[str, str]]:
    """The edges on some path between two nodes, whatever its directions: those of the block that joins them."""
    skeleton = nx.Graph(around.to_undirected(as_view=True))
    skeleton.add_edge(one, other)  # with it, all paths between the two lie in one block
    for block in nx.biconnected_components(skeleton):
        if one in block and other in block:
            return {(source, target) for source, target in around.edges if source in block and target in block}
    return set()


def _open_edges(around: "nx.DiGraph[str]", start: str, end: str, given: set[str]) -> set[tuple[str, str]]:
    """The edges of open walks between two nodes: reached by the ball from the start, and leading on to the end."""
    opened = given.union(*(nx.ancestors(around, name) for name in given))
    moves: nx.DiGraph[State] = nx.DiGraph()
    first: State = (start, False)
    moves.add_node(first)
    waiting, seen = [first], {first}
    while waiting:
        here = waiting.pop()
        if here[0] == end:
            continue
        for step in _steps(around, here, given, opened):
            if step[0] == start:
                continue
            moves.add_edge(here, step)
            if step not in seen:
                seen.add(step)
                waiting.append(step)
    ends = [state for state in moves if state[0] == end]
    useful = set(ends).union(*(nx.ancestors(moves, state) for state in ends))
    walked = [(one[0], other) for one, other in moves.edges if one in useful and other in useful]
    return {(name, step[0]) if step[1] else (step[0], name) for name, step in walked}


def _steps(around: "nx.DiGraph[str]", here: State, given: set[str], opened: set[str]) -> list[State]:
    """Where an open walk may go on (Shachter 1998): past a node that is not given, or against arrows at a collider."""
    name, along = here
    steps: list[State] = []
    if name not in given:
        steps += [(effect, True) for effect in around.successors(name)]
    if (not along and name not in given) or (along and name in opened):
        steps += [(cause, False) for cause in around.predecessors(name)]
    return steps


def _sentence(name: str, stated: Collection[str], found: Identification, *, adjusted: bool, harm: str) -> str:
    question = {"treatment": found.treatment, "outcome": found.outcome}
    said = [STATED_WORDS[role] for role in stated]
    said += [ROLE_WORDS[role].format(**question) for role in found.derived_roles.get(name, ())]
    if adjusted:
        said.append("The estimate adjusts for it.")
    elif harm:
        said.append(f"Do not adjust: {harm}")
    return " ".join(said)
