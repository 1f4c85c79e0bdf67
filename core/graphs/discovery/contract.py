"""What every discoverer takes and gives.

A discoverer is a function `search(input, settings) -> Search`: the input is a VariableTable, a Series or an event log
(`needs` in DISCOVERERS). A Search holds its data in the form it works on, so that a bootstrap draw costs little.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from core.errors import BadSpec

# directed: source causes target. undirected: the data do not tell the direction. bidirected: a hidden common cause.
# partial: of FCI, an arrow into the target whose other end is open. precedes: one event type follows the other sooner
# than its base rate, rhythm and users explain.
EdgeKind = Literal["directed", "undirected", "bidirected", "partial", "precedes"]


@dataclass(frozen=True, order=True)
class Edge:
    """One suggested edge. source and target of an undirected or bidirected one are in alphabetical order.

    strength: in the method's own unit (a partial correlation, events caused per event, ...), None if it has none.
    """

    source: str
    target: str
    kind: EdgeKind
    strength: float | None = None


def edge(source: str, target: str, kind: EdgeKind, strength: float | None = None) -> Edge:
    """An edge whose ends stand in the order that its kind asks for."""
    if kind in ("undirected", "bidirected") and source > target:
        source, target = target, source
    return Edge(source, target, kind, strength)


@dataclass(frozen=True)
class Knowledge:
    """What is known before looking: time tiers (earliest first), edges that must and must not be there."""

    tiers: tuple[tuple[str, ...], ...] = ()
    required: frozenset[tuple[str, str]] = frozenset()
    forbidden: frozenset[tuple[str, str]] = frozenset()

    def tier(self, name: str) -> int | None:
        """The number of a variable's tier from 0, None if it has none."""
        return next((number for number, names in enumerate(self.tiers) if name in names), None)

    def allows(self, source: str, target: str) -> bool:
        """Whether source → target may be: not forbidden, not against time, not against a required edge."""
        if (source, target) in self.forbidden or (target, source) in self.required:
            return False
        earlier, later = self.tier(source), self.tier(target)
        return earlier is None or later is None or earlier <= later

    def check(self, names: Collection[str]) -> None:
        """Raise BadSpec for an unknown name, a required edge that is also forbidden or against time."""
        for source, target in sorted(self.required | self.forbidden):
            for name in (source, target):
                if name not in names:
                    raise BadSpec(f"The edge {source} → {target} names '{name}', which is no variable of the data.")
            if source == target:
                raise BadSpec(f"The edge {source} → {target} is a loop; name two variables.")
        for source, target in sorted(self.required):
            if (target, source) in self.required:
                raise BadSpec(f"The edges {source} → {target} and {target} → {source} are both required; drop one.")
            if not self.allows(source, target):
                raise BadSpec(f"The edge {source} → {target} is required, but forbidden or against time; drop one.")


class Search(Protocol):
    """A method with its data, ready to run."""

    def edges(self, knowledge: Knowledge) -> Sequence[Edge]:
        """What the method suggests."""
        ...

    def drawn(self, seed: int) -> "Search":
        """The same method on one bootstrap draw of the units."""
        ...


def adjacent(edges: Iterable[Edge]) -> set[frozenset[str]]:
    """The pairs that are joined, whatever the direction."""
    return {frozenset((each.source, each.target)) for each in edges}
