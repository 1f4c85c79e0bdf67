"""What the editor shows beside the graph itself: suggested edges, and what Python derived about nodes and edges.

Suggested   an edge that a discovery found and nobody accepted yet; drawn dotted, with its stability
Marks       paths in colour, derived roles with one sentence of explanation, the adjusted nodes filled
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from core.errors import BadSpec
from core.figures.theme import ACCENT, BETTER, CONTRAST, WORSE

SUGGESTED_KINDS: Final = ("directed", "undirected", "bidirected")

# The palette of the figures, by what a colour says in the editor.
COLOURS: Final = {
    "treatment": ACCENT,
    "outcome": BETTER,
    "unmeasured": CONTRAST,
    "causal": BETTER,
    "biasing": WORSE,
}


@dataclass(frozen=True)
class Suggested:
    """A suggested edge; undirected has no order, bidirected means a hidden common cause.

    stability: share of bootstrap draws that had it. method, halved: as in core.graphs.causal_graph.Learnt.
    """

    source: str
    target: str
    kind: str = "directed"
    stability: float | None = None
    method: str = "discovery"
    halved: bool = False

    def __post_init__(self) -> None:
        if self.kind not in SUGGESTED_KINDS:
            raise BadSpec(
                f"The suggested edge {self.source} → {self.target} is of the kind '{self.kind}'; kinds are "
                f"{', '.join(SUGGESTED_KINDS)}."
            )

    def plain(self) -> dict[str, Any]:
        """As the browser reads it."""
        return {
            "source": self.source, "target": self.target, "kind": self.kind,
            "stability": self.stability, "method": self.method, "halved": self.halved,
        }  # fmt: skip


@dataclass(frozen=True)
class Marks:
    """What follows from the graph.

    edges: {(source, target): mark}; "causal" is on an open causal path, "biasing" on an open back-door path, "blocked"
    on a closed one. roles: {node: derived roles}. sentences: {node: one sentence that explains them}, shown when the
    node is pointed at or focused. adjusted: nodes that the estimate conditions on.
    """

    edges: Mapping[tuple[str, str], str] = field(default_factory=dict)
    roles: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sentences: Mapping[str, str] = field(default_factory=dict)
    adjusted: frozenset[str] = frozenset()

    def plain(self) -> dict[str, Any]:
        """As the browser reads it."""
        return {
            "edges": [[source, target, mark] for (source, target), mark in self.edges.items()],
            "roles": {name: list(roles) for name, roles in self.roles.items()},
            "sentences": dict(self.sentences),
            "adjusted": sorted(self.adjusted),
        }
