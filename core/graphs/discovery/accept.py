"""Suggestions become edges of a graph one by one, each as the analyst decides, never against what the graph holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from core.errors import BadSpec
from core.events.definitions.references import title_of
from core.graphs.causal_graph import CausalGraph, Learnt, Node

As = Literal["forward", "backward", "hidden"]
FIRM: Final = 0.9  # an edge in this share of the bootstrap draws or more


@dataclass(frozen=True)
class Accepted:
    """One accepted suggestion. taken: as source → target, as target → source, or as an unmeasured cause of both."""

    source: str
    target: str
    taken: As
    stability: float | None = None


def accept(
    graph: CausalGraph, accepted: Sequence[Accepted], *, method: str, halved: bool,
    tiers: Mapping[str, int] | None = None,
) -> tuple[CausalGraph, list[str]]:  # fmt: skip
    """The graph with the suggestions in it, and a sentence for each that it would not take.

    Variables that it lacks are added, in the tiers given. An unmeasured cause of two is a node of its own.
    """
    refused: list[str] = []
    for each in accepted:
        try:
            graph = _with(graph, each, method, halved, tiers or {})
        except BadSpec as error:
            refused.append(str(error))
    return graph, refused


def _with(graph: CausalGraph, each: Accepted, method: str, halved: bool, tiers: Mapping[str, int]) -> CausalGraph:
    missing = [name for name in (each.source, each.target) if name not in graph.names]
    nodes = (*graph.nodes, *(Node(name, (), tiers.get(name)) for name in missing))
    if each.taken == "hidden":
        hidden = f"unmeasured cause of {each.source} and {each.target}"
        if hidden in graph.names:
            return graph
        nodes = (*nodes, Node(hidden, ("unmeasured",)))
        ends = [(hidden, each.source), (hidden, each.target)]
    else:
        ends = [(each.source, each.target) if each.taken == "forward" else (each.target, each.source)]
    new = [pair for pair in ends if pair not in graph.edges]
    learnt = [Learnt(*pair, method, each.stability, halved) for pair in new]
    return replace(graph, nodes=nodes, edges=(*graph.edges, *new), learnt=(*graph.learnt, *learnt))


def ways(edge: Mapping[str, Any]) -> dict[As, str]:
    """How a suggested edge (JSON of a discovery) may be accepted, in words, the suggested way first."""
    source, target, kind = edge["source"], edge["target"], edge["kind"]
    hidden: dict[As, str] = {"hidden": f"unmeasured cause of {source} and {target}"}
    both: dict[As, str] = {"forward": f"{source} → {target}", "backward": f"{target} → {source}"}
    if kind == "bidirected":
        return {**hidden, **both}
    if kind == "undirected" and not edge.get("label"):
        return {**both, **hidden}
    return {"forward": both["forward"], **hidden}  # FCI's half-open arrow has a label: its target is no cause


def is_firm(edge: Mapping[str, Any]) -> bool:
    """Whether a suggested edge was in FIRM of the draws or more."""
    return (edge["stability"] or 0) >= FIRM


def firm_graph(result: Mapping[str, Any]) -> tuple[CausalGraph, list[str]]:
    """A graph of the firm edges of a discovery (its JSON), the firmest first, and a sentence for each that is not in.

    An edge without a direction is none of the graph's; what the discovery's question asks about is marked.
    """
    asked = (result["spec"].get("variables") or {}).get("question") or {}
    roles = {title_of(asked[role]): (role,) for role in ("treatment", "outcome") if role in asked}
    firm = sorted((edge for edge in result["edges"] if is_firm(edge)), key=lambda edge: -edge["stability"])
    open_ended = [edge for edge in firm if edge["kind"] == "undirected"]
    taken = [edge for edge in firm if edge["kind"] != "undirected"]
    ends = {edge[end] for edge in taken for end in ("source", "target")}
    tiers = tiers_of_result(result)
    start = CausalGraph(tuple(
        Node(name, roles.get(name, ()), tiers.get(name)) for name in result["variables"] if name in {*ends, *roles}
    ))  # fmt: skip
    graph, refused = accept(
        start,
        [Accepted(edge["source"], edge["target"], next(iter(ways(edge))), edge["stability"]) for edge in taken],
        method=result["method"], halved=result["half"] == "discovery", tiers=tiers,
    )  # fmt: skip
    unsaid = [
        f"{edge['source']} and {edge['target']} are joined, but the data tell no direction." for edge in open_ended
    ]
    return graph, [*refused, *unsaid]


def tiers_of_result(result: Mapping[str, Any]) -> dict[str, int]:
    """{variable: number of its time tier} of a discovery (its JSON)."""
    return {name: number for number, names in enumerate(result["tiers"]) for name in names}
