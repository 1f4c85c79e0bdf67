"""Causal graphs for tests in one line: "intent>search intent>buy search>buy", T and Y being the question."""

from collections.abc import Iterable

from core.graphs.causal_graph import CausalGraph, Node


def drawn(
    arrows: str,
    *,
    treatment: str = "T",
    outcome: str = "Y",
    unmeasured: Iterable[str] = (),
    selected: Iterable[str] = (),
) -> CausalGraph:
    """Nodes in the order they are first named."""
    edges = [(source, target) for source, target in (arrow.split(">") for arrow in arrows.split())]
    marks = {"treatment": [treatment], "outcome": [outcome], "unmeasured": unmeasured, "selected": selected}
    names = dict.fromkeys([*(name for edge in edges for name in edge), treatment, outcome])
    nodes = tuple(Node(name, tuple(role for role, held in marks.items() if name in held)) for name in names)
    return CausalGraph(nodes, tuple(edges))
