"""Which variables stay dependent whatever others are held fixed: the undirected edges of PC and FCI.

PC-stable (Colombo and Maathuis 2014): within a round, sets are chosen from the neighbours at its start, so that the
order of variables does not matter.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

import numpy as np

from core.graphs.discovery.contract import Knowledge
from core.graphs.discovery.counts import Places
from core.graphs.discovery.independence import Limits, Test
from core.graphs.discovery.pattern import bits

BATCH: Final = 512  # tests at once


@dataclass
class Skeleton:
    """adjacent: bits of the neighbours of each variable; apart: the set that separated a pair (one < other);
    weakest: the smallest effect seen for a pair that stayed."""

    adjacent: list[int]
    apart: dict[tuple[int, int], tuple[int, ...]] = field(default_factory=dict)
    weakest: dict[tuple[int, int], float] = field(default_factory=dict)

    def separate(self, one: int, other: int, given: tuple[int, ...]) -> None:
        """Take the edge out and remember what separated its ends."""
        self.adjacent[one] &= ~(1 << other)
        self.adjacent[other] &= ~(1 << one)
        self.apart[min(one, other), max(one, other)] = given

    def separator(self, one: int, other: int) -> tuple[int, ...] | None:
        """What separated two variables, None if they are joined or were never tested."""
        return self.apart.get((min(one, other), max(one, other)))


class Tried:
    """Runs tests of one pair given many sets, and remembers the weakest effect."""

    def __init__(self, test: Test, limits: Limits, skeleton: Skeleton) -> None:
        self._test, self._limits, self._skeleton = test, limits, skeleton

    def separates(self, one: int, other: int, pool: Sequence[int], size: int) -> tuple[int, ...] | None:
        """Of the sets of that size the one with the highest p-value, if it separates the pair."""
        sets = as_places(list(combinations(pool, size)))
        best: tuple[float, tuple[int, ...]] | None = None
        pair = min(one, other), max(one, other)
        for start in range(0, len(sets), BATCH):
            part = sets[start : start + BATCH]
            p_values, effects = self._test(one, other, part)
            apart = np.flatnonzero(self._limits.independent(p_values, effects))
            if len(apart):
                top = apart[np.lexsort((np.abs(effects[apart]), -p_values[apart]))[0]]
                if best is None or p_values[top] > best[0]:
                    best = float(p_values[top]), tuple(int(each) for each in part[top])
            least = float(effects[np.abs(effects).argmin()])
            if abs(least) < abs(self._skeleton.weakest.get(pair, np.inf)):
                self._skeleton.weakest[pair] = least
        return None if best is None else best[1]


def skeleton_of(
    test: Test, limits: Limits, names: Sequence[str], knowledge: Knowledge, pool: Callable[[int, int, int], bool]
) -> Skeleton:
    """Join all, then separate pairs by sets of growing size; required edges stay, pairs forbidden both ways go first.

    pool: whether a variable may be in a set that separates two, by (variable, one, other).
    """
    size = len(names)
    skeleton = Skeleton([((1 << size) - 1) & ~(1 << place) for place in range(size)])
    kept = set()
    for one, other in combinations(range(size), 2):
        a, b = names[one], names[other]
        if (a, b) in knowledge.required or (b, a) in knowledge.required:
            kept.add((one, other))
        elif not knowledge.allows(a, b) and not knowledge.allows(b, a):
            skeleton.adjacent[one] &= ~(1 << other)
            skeleton.adjacent[other] &= ~(1 << one)
    tried = Tried(test, limits, skeleton)
    for depth in range(limits.depth + 1):
        before = list(skeleton.adjacent)
        if depth and max(each.bit_count() for each in before) - 1 < depth:
            break
        for one, other in combinations(range(size), 2):
            if not before[one] >> other & 1 or (one, other) in kept:
                continue
            ends = ((one, other),) if depth == 0 else ((one, other), (other, one))
            for start, end in ends:
                around = [each for each in bits(before[start]) if each != end and pool(each, start, end)]
                if len(around) >= depth and (given := tried.separates(start, end, around, depth)) is not None:
                    skeleton.separate(one, other, given)
                    break
    return skeleton


class Colliders:
    """Tells whether two variables that are apart meet in a third (a collider), by the majority rule of Colombo and
    Maathuis (2014): most of the sets of neighbours that separate them leave it out.

    pool: as for skeleton_of.
    """

    def __init__(self, test: Test, limits: Limits, skeleton: Skeleton, pool: Callable[[int, int, int], bool]) -> None:
        self._test, self._limits, self._skeleton, self._pool = test, limits, skeleton, pool

    def meet(self, one: int, middle: int, other: int) -> bool:
        """Whether they meet; False also where the sets are split evenly."""
        without = within = 0
        tried: set[tuple[int, ...]] = set()
        for start, end in ((one, other), (other, one)):
            around = bits(self._skeleton.adjacent[start] & ~(1 << end))
            near = [each for each in around if each == middle or self._pool(each, start, end)]
            for size in range(min(self._limits.depth, len(near)) + 1):
                sets = [given for given in combinations(near, size) if given not in tried]
                if not sets:
                    continue
                tried.update(sets)
                apart = self._limits.independent(*self._test(start, end, as_places(sets)))
                for given, separated in zip(sets, apart, strict=True):
                    within += int(separated and middle in given)
                    without += int(separated and middle not in given)
        if not within and not without:  # what separated them are no neighbours any more
            far = self._skeleton.separator(one, other)
            return far is not None and middle not in far
        return without > within

    def all(self) -> Iterator[tuple[int, int, int]]:
        """(one, middle, other) of all that meet."""
        for middle, around in enumerate(self._skeleton.adjacent):
            for one, other in combinations(bits(around), 2):
                if not self._skeleton.adjacent[one] >> other & 1 and self.meet(one, middle, other):
                    yield one, middle, other


def as_places(sets: Sequence[Sequence[int]]) -> Places:
    """(sets, size) of sets of one size."""
    return np.array(sets, dtype=np.int64).reshape(len(sets), len(sets[0]) if sets else 0)
