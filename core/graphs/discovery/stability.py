"""Stability: in how many bootstrap draws an edge is found again. A share of draws, not a probability of being true."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.graphs.discovery.contract import Edge, Knowledge, Search

# How kinds that only one method has are told: as one of the three that everybody knows, and a label.
TOLD: Final = {
    "precedes": ("directed", "precedes"),
    "partial": ("undirected", "the target does not cause the source; a hidden common cause may be behind it"),
}
OFTEN: Final = 0.5  # an edge that the full data lack but this share of the draws has is worth naming


@dataclass(frozen=True)
class Stability:
    """How often each edge, and each joined pair, was found in `draws` draws; draws: 0 if none were made."""

    draws: int
    exact: Counter[tuple[str, str, str]]
    joined: Counter[frozenset[str]]

    def plain(self, edge: Edge) -> dict[str, Any]:
        """The edge as JSON: stability is the share of draws with the same edge of the same kind, adjacency the share in
        which its ends were joined at all; null without draws."""
        kind, label = TOLD.get(edge.kind, (edge.kind, ""))
        told = {
            "source": edge.source, "target": edge.target, "kind": kind, "label": label, "strength": edge.strength,
        }  # fmt: skip
        if not self.draws:
            return {**told, "stability": None, "adjacency": None}
        exact = self.exact[edge.source, edge.target, edge.kind] / self.draws
        return {
            **told,
            "stability": exact,
            "adjacency": self.joined[frozenset((edge.source, edge.target))] / self.draws,
        }

    def missed(self, edges: Sequence[Edge]) -> list[dict[str, Any]]:
        """Pairs joined in most draws, though not in the full data, the most frequent first."""
        known = {frozenset((each.source, each.target)) for each in edges}
        rest = [(pair, times / self.draws) for pair, times in self.joined.items() if pair not in known]
        often = sorted(((share, sorted(pair)) for pair, share in rest if share >= OFTEN), reverse=True)
        return [{"between": pair, "adjacency": share} for share, pair in often]


def stability_of(
    search: Search, knowledge: Knowledge, *, draws: int, seed: int, said: Callable[[int], None]
) -> Stability:
    """Run the method on `draws` bootstrap draws of its units; said(number done) is called after each."""
    exact: Counter[tuple[str, str, str]] = Counter()
    joined: Counter[frozenset[str]] = Counter()
    for number in range(draws):
        found = search.drawn(seed + number).edges(knowledge)
        exact.update({(each.source, each.target, each.kind) for each in found})
        joined.update({frozenset((each.source, each.target)) for each in found})
        said(number + 1)
    return Stability(draws, exact, joined)
