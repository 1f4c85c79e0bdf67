"""Suggestions become edges of a graph one by one, each as the analyst decides, never against what the graph holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from core.errors import BadSpec
from core.graphs.causal_graph import CausalGraph, Learnt, Node

As = Literal["forward", "backward", "hidden"]


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
    return {**both, **hidden} if kind == "undirected" else {"forward": both["forward"], **hidden}
