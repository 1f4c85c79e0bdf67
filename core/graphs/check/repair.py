"""The one change of a contradicted graph that mends most: an edge more, or an edge turned round.

A claim can fail because an edge is missing, or because an arrow beside it points the wrong way (then the graph claims
the wrong independence). Every missing edge of a contradicted pair is tried in both directions, and every edge that
touches such a pair is tried the other way round; what time or chance (a randomised node) forbids is not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from core.errors import BadSpec
from core.graphs.causal_graph import CausalGraph, Learnt
from core.graphs.check.claims import Judged
from core.graphs.check.falsify import violated
from core.graphs.check.implied import implied_by
from core.graphs.check.moments import BatchTester, Test

EFFORT: Final = 12_000  # pairs of nodes looked at, over all changes
FEWEST: Final = 6
SHORTLIST: Final = 4


@dataclass(frozen=True)
class Change:
    """kind: an edge more, or this edge in place of its reverse. before, after: contradicted claims."""

    kind: Literal["add", "turn"]
    source: str
    target: str
    before: int
    after: int

    @property
    def sentence(self) -> str:
        """The change and what it mends."""
        what = f"An edge {self.source} → {self.target}"
        if self.kind == "turn":
            what = f"Turning {self.target} → {self.source} round"
        if not self.after:
            return f"{what} would mend {'all of it' if self.before > 1 else 'it'}."
        return f"{what} would leave {self.after:,} of {self.before:,} contradictions."

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {**vars(self), "sentence": self.sentence}


def changed_by(graph: CausalGraph, change: Mapping[str, Any]) -> CausalGraph:
    """The graph with a change in its plain form made; the edge counts as learnt, because data asked for it.

    Raises BadSpec where the graph does not allow it.
    """
    edge = (str(change["source"]), str(change["target"]))
    gone = edge[::-1] if change["kind"] == "turn" else None
    return replace(
        graph,
        edges=(*(each for each in graph.edges if each != gone), edge),
        learnt=(*(each for each in graph.learnt if (each.source, each.target) != gone), Learnt(*edge, "check")),
    )


def best_change(
    graph: CausalGraph, wrong: Sequence[Judged], names: Sequence[str], tester: BatchTester,
    count: Callable[[CausalGraph], int], *, floor: float, test_roots: bool,
) -> Change | None:  # fmt: skip
    """The change that leaves the fewest contradictions; None if none mends any. wrong: worst first.

    Straight-line tests pick a few changes, beside the missing edge of the worst claim; `count` says how many
    contradictions a graph really has.
    """
    pairs = len(names) * (len(names) - 1) // 2
    tried = _changes(graph, wrong)[: max(FEWEST, EFFORT // max(pairs, 1))]
    quick = [_violations(changed, names, tester, floor, test_roots) for *_, changed in tried]
    worst = {wrong[0].one, wrong[0].other}
    ranked = sorted(range(len(tried)), key=lambda place: (quick[place], place))[:SHORTLIST]
    ranked += [place for place, (kind, *ends, _) in enumerate(tried) if kind == "add" and set(ends) == worst]
    counted = [(place, count(tried[place][3])) for place in dict.fromkeys(ranked)]
    if not counted:
        return None

    def rank(entry: tuple[int, int]) -> tuple[int, int]:
        """Fewest left; then turning an edge where that mends all, then the missing edge of the worst claim."""
        place, after = entry
        kind, *ends, _ = tried[place]
        return after, 0 if kind == "turn" and not after else 1 if kind == "add" and set(ends) == worst else 2

    place, after = min(counted, key=rank)
    kind, source, target, _ = tried[place]
    return Change(kind, source, target, len(wrong), after) if after < len(wrong) else None


def _violations(graph: CausalGraph, names: Sequence[str], tester: BatchTester, floor: float, test_roots: bool) -> int:
    place = {name: number for number, name in enumerate(names)}
    claims = implied_by(graph, names, test_roots=test_roots).implications
    tests: list[Test] = [
        (place[claim.one], place[claim.other], tuple(place[name] for name in claim.given)) for claim in claims
    ]
    return violated(tester, tests, floor) if tests else 0


def _changes(graph: CausalGraph, wrong: Sequence[Judged]) -> list[tuple[Literal["add", "turn"], str, str, CausalGraph]]:
    """Possible changes, those about the worst contradiction first; turning before adding, as it gives up no claim."""
    found: dict[tuple[Literal["add", "turn"], str, str], CausalGraph] = {}
    for claim in wrong:
        near = {claim.one, claim.other}
        turned = [(target, source) for source, target in graph.edges if {source, target} & near]
        for source, target in turned:
            edges = tuple((source, target) if edge == (target, source) else edge for edge in graph.edges)
            _keep(found, ("turn", source, target), graph, edges)
        for source, target in ((claim.one, claim.other), (claim.other, claim.one)):
            _keep(found, ("add", source, target), graph, (*graph.edges, (source, target)))
    return [(*key, changed) for key, changed in found.items()]


def _keep(
    found: dict[tuple[Literal["add", "turn"], str, str], CausalGraph],
    key: tuple[Literal["add", "turn"], str, str],
    graph: CausalGraph,
    edges: tuple[tuple[str, str], ...],
) -> None:
    try:
        found.setdefault(key, replace(graph, edges=edges, learnt=()))
    except BadSpec:
        return  # a cycle, an edge against time, or one into a randomised node
