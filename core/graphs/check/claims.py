"""Each claim and each edge of a graph judged against data: the size of what is left first, then whether it is chance.

A claim is contradicted when the two are associated beyond the floor, given what should separate them, and not by chance
(false discovery rate of Benjamini and Hochberg over all claims). With many rows everything is significant, so what lies
under the floor is called too small to matter; with few, a claim that could not have failed is not counted as held.

Numbers are ranks turned into normal scores, so neither units nor heavy tails decide; what separates two variables is
taken out of both along bent curves (core.graphs.check.residuals).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from scipy import stats

from core.graphs.causal_graph import CausalGraph
from core.graphs.check.implied import Implication, in_order
from core.graphs.check.residuals import Left, RowTester

HOLDS, CONTRADICTED, SMALL, NO_POWER = "holds", "contradicted", "too small to matter", "no power to tell"
# What an edge may be in place of the first two; not testable where an end is unmeasured.
SUPPORTED, UNSUPPORTED, UNTESTABLE = "supported", "not supported", "not testable"
CLEAR: Final = 0.1  # a size that a test must have a fair chance to see
FAIR_CHANCE: Final = 0.8


@dataclass(frozen=True)
class Judged:
    """A pair of nodes given others. effect: the correlation left between them (of blocks its size, without a sign), low
    to high its 95 % interval. gain: of a claim, the size of the edge that is missing if the claim is wrong: given the
    measured causes of the later of the two."""

    one: str
    other: str
    given: tuple[str, ...]
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    q_value: float | None = None
    verdict: str = UNTESTABLE
    gain: float | None = None

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {**vars(self), "given": list(self.given)}


@dataclass(frozen=True)
class Strictness:
    """floor: associations below it do not matter; false_share: accepted share of false discoveries."""

    floor: float = 0.05
    false_share: float = 0.05


def judge_claims(
    graph: CausalGraph, claims: Sequence[Implication], names: Sequence[str], tester: RowTester, strict: Strictness,
    progress: Callable[[float], None] = lambda share: None,
) -> tuple[Judged, ...]:  # fmt: skip
    """One Judged per claim. names: the variables in the tester's order."""
    place = {name: number for number, name in enumerate(names)}
    causes = _causes_of_later(graph, claims, names)
    found, gains = [], []
    for number, claim in enumerate(claims):
        found.append(tester.test(place[claim.one], place[claim.other], _places(place, claim.given)))
        gains.append(tester.test(place[claim.one], place[claim.other], _places(place, causes[number])))
        progress((number + 1) / len(claims))
    q_values = _q_values(found)
    judged = []
    for claim, left, gain, q_value in zip(claims, found, gains, q_values, strict=True):
        large = abs(left.effect) >= strict.floor
        verdict = _held(left, strict) if q_value > strict.false_share else CONTRADICTED if large else SMALL
        judged.append(_judged(claim.one, claim.other, claim.given, left, q_value, verdict, gain))
    return tuple(judged)


def judge_edges(graph: CausalGraph, names: Sequence[str], tester: RowTester, strict: Strictness) -> tuple[Judged, ...]:
    """One Judged per edge, `one` its source: do the two go together, given the other measured causes of its target?

    An edge that the data do not support contradicts nothing: a graph allows an effect, it does not claim one.
    """
    place = {name: number for number, name in enumerate(names)}
    given = {
        (source, target): tuple(name for name in names if name != source and (name, target) in graph.edges)
        for source, target in graph.edges
        if source in place and target in place
    }
    found = {edge: tester.test(place[edge[0]], place[edge[1]], _places(place, given[edge])) for edge in given}
    q_values = dict(zip(found, _q_values(list(found.values())), strict=True))
    judged = []
    for edge in graph.edges:
        if edge not in found:
            judged.append(Judged(*edge, ()))
            continue
        left = found[edge]
        verdict = SUPPORTED if abs(left.effect) >= strict.floor else SMALL
        if q_values[edge] > strict.false_share:
            verdict = UNSUPPORTED if _held(left, strict) == HOLDS else NO_POWER
        judged.append(_judged(*edge, given[edge], left, q_values[edge], verdict))
    return tuple(judged)


def _judged(
    one: str, other: str, given: tuple[str, ...], left: Left, q_value: float, verdict: str, gain: Left | None = None
) -> Judged:
    return Judged(
        one, other, given, left.effect, left.low, left.high, left.p_value, q_value, verdict,
        None if gain is None else abs(gain.effect),
    )  # fmt: skip


def _held(left: Left, strict: Strictness) -> str:
    """Of what is not significant: could the test have failed?"""
    return HOLDS if left.power(max(CLEAR, strict.floor)) >= FAIR_CHANCE else NO_POWER


def _places(place: dict[str, int], names: Sequence[str]) -> tuple[int, ...]:
    return tuple(place[name] for name in names)


def _q_values(found: Sequence[Left]) -> list[float]:
    """The false discovery rates at which each would be a discovery."""
    return stats.false_discovery_control([left.p_value for left in found]).tolist() if found else []


def _causes_of_later(
    graph: CausalGraph, claims: Sequence[Implication], measured: Sequence[str]
) -> list[tuple[str, ...]]:
    """Per claim the measured causes of whichever of the two comes later: given them a missing edge would be tested."""
    directed = graph.directed()
    order = {name: number for number, name in enumerate(in_order(graph))}
    causes = {name: set(directed.predecessors(name)) for name in graph.names}
    targets = [max((claim.one, claim.other), key=order.__getitem__) for claim in claims]
    return [tuple(name for name in measured if name in causes[target]) for target in targets]
