"""Is the graph closer to the data than the same graph with its names shuffled?

A graph may be contradicted here and there and still be far better than chance, or be held up by data that would hold up
any graph of its shape. So the share of its claims that the data violate is compared with that of graphs whose measured
nodes have swapped names (Eulig, Mastakouri, Blöbaum, Hardt, Janzing 2023, "Toward falsifying causal graphs using a
permutation-based test"). As there, the comparison tells only if few shuffled graphs claim the same as the graph does.

It differs from theirs in the tests (second moments instead of kernels, and a floor under which a violation does not
count) and in the claims: each missing edge is tested once, given a minimal separating set.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations
from math import factorial
from typing import Any, Final

import networkx as nx
import numpy as np
from scipy import stats

from core.graphs.check.implied import Implied
from core.graphs.check.moments import BatchTester, Test
from core.graphs.identification.separation import separated

LEVEL: Final = 0.05  # of one test, and of the comparison


@dataclass(frozen=True)
class Falsification:
    """violations: of `claims`, those the data violate, and per shuffled graph how many it violates.

    p_value: the share of graphs, this one included, that violate as few or fewer. equivalent_share: of the shuffled
    ones, those that claim nothing else; rival_share: of those that claim something else, the ones that violate as few
    or fewer. passed None: not told apart, or the data would hold up any such graph.
    """

    passed: bool | None
    sentence: str
    claims: int
    violations: int | None = None
    permuted_violations: tuple[int, ...] = ()
    p_value: float | None = None
    equivalent_share: float | None = None
    rival_share: float | None = None

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {**vars(self), "permuted_violations": list(self.permuted_violations)}


def falsify(
    implied: Implied, names: Sequence[str], tester: BatchTester, *, floor: float, times: int, seed: int,
    progress: Callable[[float], None] = lambda share: None,
) -> Falsification:  # fmt: skip
    """Compare the graph with `times` shuffled ones (all there are, if they are fewer). names: the measured nodes."""
    place = {name: number for number, name in enumerate(names)}
    tests: list[Test] = [
        (place[claim.one], place[claim.other], tuple(place[name] for name in claim.given))
        for claim in implied.implications
    ]
    if not tests:
        return Falsification(None, "Nothing to compare: the graph claims no independence that could be tested.", 0)
    shuffles, exhaustive = _shuffles(len(names), times, seed)
    own = violated(tester, tests, floor)
    counts, equivalent = [], []
    for done, order in enumerate(shuffles):
        swapped = [_swapped(test, order) for test in tests]
        counts.append(violated(tester, swapped, floor))
        equivalent.append(_claims_all(implied.assumed, swapped, names))
        progress((done + 1) / len(shuffles))
    as_few = np.array(counts) <= own
    others = ~np.array(equivalent)
    # Chance alone would put the graph anywhere among the shuffled ones, so it counts as one of them.
    p_value = (int(as_few.sum()) + 1) / (len(counts) + 1)
    rivals = float(as_few[others].mean()) if others.any() else 1.0
    by_chance = own <= stats.binom.ppf(1 - LEVEL, len(tests), LEVEL)
    passed = None if others.mean() < 1 - LEVEL or (by_chance and p_value > LEVEL) else p_value <= LEVEL
    said = _counted(own, len(tests), len(counts), int(as_few.sum()), exhaustive)
    return Falsification(
        passed, said + _meant(passed, int((~others).sum())), len(tests), own, tuple(counts), p_value,
        float(1 - others.mean()), rivals,
    )  # fmt: skip


def _shuffles(names: int, times: int, seed: int) -> tuple[list[tuple[int, ...]], bool]:
    """Orders of the names other than their own, and whether these are all there are."""
    own = tuple(range(names))
    if names <= 7 and factorial(names) - 1 <= times:
        return [order for order in permutations(own) if order != own], True
    rng = np.random.default_rng(seed)
    found: list[tuple[int, ...]] = []
    while len(found) < times:
        order = tuple(int(each) for each in rng.permutation(names))
        if order != own:
            found.append(order)
    return found, False


def _swapped(test: Test, order: Sequence[int]) -> Test:
    one, other, given = test
    return order[one], order[other], tuple(order[each] for each in given)


def violated(tester: BatchTester, tests: Sequence[Test], floor: float) -> int:
    """How many claims are violated: significant one by one, and beyond the floor."""
    tested = tester.test(tests)
    return int(((tested.p_values <= LEVEL) & (tested.sizes >= floor)).sum())


def _claims_all(assumed: "nx.DiGraph[str]", tests: Sequence[Test], names: Sequence[str]) -> bool:
    """Whether the graph itself claims everything that a shuffled one does: then they are equivalent."""
    return all(
        separated(assumed, names[one], names[other], (names[each] for each in given)) for one, other, given in tests
    )


def _counted(own: int, claims: int, shuffled: int, as_few: int, exhaustive: bool) -> str:
    which = f"all {shuffled:,} ways to swap its names" if exhaustive else f"{shuffled:,} graphs with swapped names"
    return (
        f"By straight-line tests the data violate {own:,} of {claims:,} claims; of {which}, {as_few:,} violate as few "
        "or fewer"
    )


def _meant(passed: bool | None, equivalent: int) -> str:
    if passed:
        return ": the graph fits far better than chance."
    if passed is False:
        return ": the graph fits no better than one with its names shuffled, so it is falsified."
    if equivalent:
        return f", and {equivalent:,} claim the very same: the comparison cannot single this graph out."
    return ": these data would hold up other graphs of this shape as well."
