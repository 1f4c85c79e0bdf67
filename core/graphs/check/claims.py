"""Each claim and each edge of a graph judged against data: the size of what is left first, then whether it is chance.

A claim is contradicted when the two are associated beyond the floor, given what should separate them, and not by chance
(false discovery rate of Benjamini and Hochberg over all claims). With many rows everything is significant, so what lies
under the floor is called too small to matter; with few, a claim that could not have failed is not counted as held.

Numbers are ranks turned into normal scores, so a test sees monotone dependence, and a partial correlation of two yes-no
variables is a linear measure of theirs. Where a yes-no variable follows its causes in an S-shape, holding these fixed
linearly leaves a little association behind; it stays below the floor in every case that the tests know of.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy import optimize, stats

from core.graphs.causal_graph import CausalGraph
from core.graphs.check.implied import Implication, in_order
from core.graphs.check.moments import Test, Tested, Tester
from core.graphs.sufficient import Moments

HOLDS, CONTRADICTED, SMALL, NO_POWER = "holds", "contradicted", "too small to matter", "no power to tell"
# What an edge may be in place of the first two; not testable where an end is unmeasured.
SUPPORTED, UNSUPPORTED, UNTESTABLE = "supported", "not supported", "not testable"
CLEAR: Final = 0.1  # a size that a test must have a fair chance to see
FAIR_CHANCE: Final = 0.8
FAR: Final = 1e4  # a non-centrality beyond which its distribution is as good as normal


@dataclass(frozen=True)
class Judged:
    """A pair of nodes given others. effect: partial correlation (of blocks: its size, without a sign), low to high its
    95 % interval. gain: of a claim, the size of the edge that is missing if the claim is wrong: given the measured
    causes of the later of the two."""

    one: str
    other: str
    given: tuple[str, ...]
    effect: float | None
    low: float | None
    high: float | None
    p_value: float | None
    q_value: float | None
    verdict: str
    gain: float | None = None

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {**vars(self), "given": list(self.given)}


def judge_claims(
    graph: CausalGraph, claims: Sequence[Implication], moments: Moments, tester: Tester, *, floor: float, share: float
) -> tuple[Judged, ...]:
    """One Judged per claim. floor: partial correlations below it do not matter; share: accepted false discoveries."""
    if not claims:
        return ()
    place = {name: number for number, name in enumerate(moments.names)}
    tests = [_test(place, claim.one, claim.other, claim.given) for claim in claims]
    tested = tester.test(tests)
    causes = _causes_of_later(graph, claims, moments.names)
    gains = tester.test(
        [_test(place, claim.one, claim.other, given) for claim, given in zip(claims, causes, strict=True)]
    )
    q_values = stats.false_discovery_control(tested.p_values)
    powers = tested.power(max(CLEAR, floor))
    judged = []
    for number, claim in enumerate(claims):
        effect, low, high = _interval(moments, tests[number], tested, number)
        significant, large = bool(q_values[number] <= share), bool(tested.sizes[number] >= floor)
        verdict = CONTRADICTED if significant and large else SMALL if significant else HOLDS
        if verdict == HOLDS and not powers[number] >= FAIR_CHANCE:
            verdict = NO_POWER
        judged.append(
            Judged(
                claim.one, claim.other, claim.given, effect, low, high, float(tested.p_values[number]),
                float(q_values[number]), verdict, float(gains.sizes[number]),
            )
        )  # fmt: skip
    return tuple(judged)


def judge_edges(
    graph: CausalGraph, moments: Moments, tester: Tester, *, floor: float, share: float
) -> tuple[Judged, ...]:
    """One Judged per edge, `one` its source: do the two go together, given the other measured causes of its target?

    An edge that the data do not support contradicts nothing: a graph allows an effect, it does not claim one.
    """
    place = {name: number for number, name in enumerate(moments.names)}
    directed = graph.directed()
    seen = [edge for edge in graph.edges if edge[0] in place and edge[1] in place]
    given = {
        (source, target): tuple(name for name in moments.names if name != source and directed.has_edge(name, target))
        for source, target in seen
    }
    tests = [_test(place, source, target, given[source, target]) for source, target in seen]
    tested = tester.test(tests) if tests else None
    q_values = stats.false_discovery_control(tested.p_values) if tested else np.empty(0)
    powers = tested.power(max(CLEAR, floor)) if tested else np.empty(0)
    judged = []
    for edge in graph.edges:
        if edge not in given or tested is None:
            judged.append(Judged(*edge, (), None, None, None, None, None, UNTESTABLE))
            continue
        number = seen.index(edge)
        effect, low, high = _interval(moments, tests[number], tested, number)
        verdict = SUPPORTED if tested.sizes[number] >= floor else SMALL
        if q_values[number] > share:
            verdict = UNSUPPORTED if powers[number] >= FAIR_CHANCE else NO_POWER
        judged.append(
            Judged(
                *edge, given[edge], effect, low, high, float(tested.p_values[number]), float(q_values[number]), verdict
            )
        )
    return tuple(judged)


def _test(place: dict[str, int], one: str, other: str, given: Sequence[str]) -> Test:
    return place[one], place[other], tuple(place[name] for name in given)


def _causes_of_later(
    graph: CausalGraph, claims: Sequence[Implication], measured: Sequence[str]
) -> list[tuple[str, ...]]:
    """Per claim the measured causes of whichever of the two comes later: given them a missing edge would be tested."""
    directed = graph.directed()
    order = {name: number for number, name in enumerate(in_order(graph))}
    causes = {name: set(directed.predecessors(name)) for name in graph.names}
    targets = [max((claim.one, claim.other), key=order.__getitem__) for claim in claims]
    return [tuple(name for name in measured if name in causes[target]) for target in targets]


def _interval(moments: Moments, test: Test, tested: Tested, number: int) -> tuple[float, float, float]:
    """Effect, low and high: Fisher's z of two single columns, else from the non-centrality of Wilks' statistic."""
    factor, statistic = float(tested.factors[number]), float(tested.statistics[number])
    if tested.degrees[number] == 1:
        effect = moments.association(*test).effect
        half = stats.norm.ppf(0.975) / np.sqrt(max(factor - 0.5, 1e-9))  # units - given - 3, as Fisher has it
        centre = np.arctanh(np.clip(effect, -1 + 1e-15, 1 - 1e-15))
        return effect, float(np.tanh(centre - half)), float(np.tanh(centre + half))
    degrees = int(tested.degrees[number])
    ends = (_noncentrality(statistic, degrees, tail) for tail in (0.975, 0.025))
    low, high = (float(np.sqrt(-np.expm1(-end / factor))) if factor > 0 else float(end > 0) for end in ends)
    return float(tested.sizes[number]), low, high if factor > 0 else 1.0


def _noncentrality(statistic: float, degrees: int, tail: float) -> float:
    """The non-centrality under which a smaller statistic has the probability `tail`; 0 where there is none."""
    if stats.chi2.cdf(statistic, degrees) <= tail:
        return 0.0
    if statistic > FAR:
        centre = statistic - degrees
        return float(max(centre - stats.norm.ppf(tail) * np.sqrt(2 * degrees + 4 * centre), 0.0))
    most = statistic + 10 * np.sqrt(statistic) + 50
    return float(optimize.brentq(lambda value: stats.ncx2.cdf(statistic, degrees, value) - tail, 1e-9, most))
