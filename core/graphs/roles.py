"""The role each node plays for the question, read off the arrows.

confounder  causes the treatment, and the outcome other than through the treatment
mediator    lies on a directed path from treatment to outcome
collider    holding it fixed opens a path between treatment and outcome that is closed without it
instrument  causes the treatment, and is tied to the outcome only through the treatment
"""

from typing import Final

import networkx as nx

from core.graphs.causal_graph import CausalGraph
from core.graphs.separation import backdoor_graph, separated

DERIVED_ROLES: Final = ("confounder", "mediator", "collider", "instrument")


def derived_roles(graph: CausalGraph) -> dict[str, tuple[str, ...]]:
    """{node: its derived roles, maybe none} for every node but treatment and outcome; needs both marked."""
    treatment, outcome = graph.question()
    directed = graph.directed()
    others = [name for name in graph.names if name not in (treatment, outcome)]
    found = {
        "confounder": confounders(directed, treatment, outcome),
        "mediator": mediators(directed, treatment, outcome),
        "collider": colliders(directed, treatment, outcome),
        "instrument": instruments(directed, treatment, outcome),
    }
    return {name: tuple(role for role in DERIVED_ROLES if name in found[role]) for name in others}


def confounders(directed: "nx.DiGraph[str]", treatment: str, outcome: str) -> set[str]:
    """Common causes: ancestors of both, of the outcome on a way around the treatment."""
    around = nx.ancestors(backdoor_graph(directed, treatment), outcome)
    return set(nx.ancestors(directed, treatment) & around)


def mediators(directed: "nx.DiGraph[str]", treatment: str, outcome: str) -> set[str]:
    """Nodes on a directed path from treatment to outcome."""
    return set(nx.descendants(directed, treatment) & nx.ancestors(directed, outcome))


def instruments(directed: "nx.DiGraph[str]", treatment: str, outcome: str) -> set[str]:
    """Ancestors of the treatment that, in the back-door graph, neither cause the outcome nor share a cause with it."""
    cut = backdoor_graph(directed, treatment)
    moving = nx.ancestors(cut, outcome) | {outcome}
    tied = moving.union(*(nx.descendants(cut, name) for name in moving))
    return set(nx.ancestors(directed, treatment) - tied)


def colliders(directed: "nx.DiGraph[str]", treatment: str, outcome: str) -> set[str]:
    """Common effects: of the treatment's side and of the outcome's, after the treatment or before it."""
    later = nx.descendants(directed, treatment)
    after = {name for name in later - {outcome} if _meets_after(directed, treatment, outcome, name, later)}
    return after | {name for name in opening(directed, treatment, outcome) if directed.in_degree(name) > 1}


def _meets_after(directed: "nx.DiGraph[str]", treatment: str, outcome: str, name: str, later: set[str]) -> bool:
    """Whether an arrow from the treatment's side meets, at a later node, one from what moves the outcome otherwise."""
    without = directed.subgraph(set(directed) - {name}).copy()
    parents = set(directed.predecessors(name))
    from_treatment = {parent for parent in parents if parent == treatment or parent in later - {outcome}}
    from_outcome = {
        parent
        for parent in parents - {treatment}
        if parent == outcome
        or outcome in nx.ancestors(directed, parent)
        or (parent not in later and not separated(without, parent, outcome, {treatment}))
    }
    return bool(from_outcome) and bool(from_treatment - from_outcome)


def opening(directed: "nx.DiGraph[str]", treatment: str, outcome: str) -> set[str]:
    """Nodes before the treatment that, held fixed as well, open a back-door graph that is closed without them."""
    cut = backdoor_graph(directed, treatment)
    later = nx.descendants(directed, treatment)
    found = set()
    effects = [name for name in directed if directed.in_degree(name)]  # a cause of its own has no collider above it
    for name in sorted(set(effects) - later - {treatment, outcome}):
        others = set(directed) - later - {treatment, outcome, name}
        closing = nx.find_minimal_d_separator(cut, {treatment}, {outcome}, restricted=others)
        if closing is not None and not separated(cut, treatment, outcome, set(closing) | {name}):
            found.add(name)
    return found
