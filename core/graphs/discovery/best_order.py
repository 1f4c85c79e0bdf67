"""The best order of variables: every variable's parents come before it, and the sum of scores is highest.

Best order score search (Andrews and others, 2023): move one variable at a time to where it helps most, until no move
helps. What is known holds all along: a move never breaks time or a required edge.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import BadSpec
from core.graphs.discovery.contract import Knowledge
from core.graphs.discovery.grow_shrink import BETTER, GrowShrink
from core.graphs.discovery.local_scores import LocalScores


@dataclass(frozen=True)
class Ordered:
    """order: places of variables, causes first; parents: of each variable by its place."""

    order: tuple[int, ...]
    parents: tuple[tuple[int, ...], ...]
    score: float


class OrderSearch:
    """A search of one score under what is known. names: of the variables, in the order of their places.

    before: bits of the variables that must come before each.
    """

    def __init__(self, scores: LocalScores, names: Sequence[str], knowledge: Knowledge) -> None:
        size = len(names)
        self._names = names
        allowed = [[knowledge.allows(source, target) for target in names] for source in names]
        tier = [knowledge.tier(name) for name in names]
        self.before = [0] * size  # bits of the variables that must come before each
        for source in range(size):
            for target in range(size):
                earlier, later = tier[source], tier[target]
                in_time = earlier is not None and later is not None and earlier < later
                if in_time or (names[source], names[target]) in knowledge.required:
                    self.before[target] |= 1 << source
        self._trees = []
        for child in range(size):
            required = tuple(place for place in range(size) if (names[place], names[child]) in knowledge.required)
            free = [p for p in range(size) if p != child and p not in required and allowed[p][child]]
            self._trees.append(GrowShrink(scores, child, required, sum(1 << place for place in free)))

    def best(self, starts: Sequence[Sequence[int]]) -> Ordered:
        """The best of the orders that the searches from some starting orders end in."""
        found: Ordered | None = None
        for start in starts:
            ended = self._climb(self._lawful(start))
            if found is None or ended.score > found.score + BETTER:
                found = ended
        if found is None:
            raise ValueError("no starting order")
        return found

    def _climb(self, order: list[int]) -> Ordered:
        moved = True
        while moved:
            moved = False
            for variable in list(order):
                moved |= self._move(variable, order)
        return Ordered(tuple(order), tuple(self.parents_in(order)), self.total(order))

    def total(self, order: Sequence[int]) -> float:
        """The score of an order: the sum of its variables' scores with their best parents."""
        before, total = 0, 0.0
        for variable in order:
            total += self._trees[variable].best(before)[1]
            before |= 1 << variable
        return total

    def parents_in(self, order: Sequence[int]) -> list[tuple[int, ...]]:
        """The best parents of each variable (by its place) among those before it in an order."""
        parents: list[tuple[int, ...]] = [()] * len(order)
        before = 0
        for variable in order:
            parents[variable] = self._trees[variable].best(before)[0]
            before |= 1 << variable
        return parents

    def _move(self, variable: int, order: list[int]) -> bool:
        """Put a variable where the score is highest; whether that helped."""
        others = [each for each in order if each != variable]
        own, bit = self._trees[variable], 1 << variable
        size = len(others)
        totals = np.empty(size + 1)
        before, score = 0, 0.0
        for place, other in enumerate(others):
            totals[place] = score + own.best(before)[1]
            score += self._trees[other].best(before)[1]
            before |= 1 << other
        totals[size] = score + own.best(before)[1]
        score = 0.0
        for place in range(size - 1, -1, -1):
            other = others[place]
            before &= ~(1 << other)
            score += self._trees[other].best(before | bit)[1]
            totals[place] += score
        first, last = self._bounds(variable, others)
        here = order.index(variable)
        there = first + int(totals[first : last + 1].argmax())
        if totals[there] <= totals[here] + BETTER:
            return False
        others.insert(there, variable)
        order[:] = others
        return True

    def _bounds(self, variable: int, others: Sequence[int]) -> tuple[int, int]:
        """The first and the last place among the others that what is known leaves a variable."""
        first, last = 0, len(others)
        for place, other in enumerate(others):
            if self.before[variable] >> other & 1:
                first = place + 1
            if self.before[other] >> variable & 1 and place < last:
                last = place
        return first, last

    def _lawful(self, start: Sequence[int]) -> list[int]:
        """The starting order, changed as little as what is known asks."""
        waiting, order, placed = list(start), [], 0
        while waiting:
            ready = next((each for each in waiting if not self.before[each] & ~placed), None)
            if ready is None:
                raise BadSpec(
                    f"Required edges and time tiers lead from '{self._names[waiting[0]]}' back to itself; drop one of "
                    "the edges."
                )
            waiting.remove(ready)
            order.append(ready)
            placed |= 1 << ready
        return order
