"""Shapley's (1953) fair shares: what each group changes when it joins, averaged over all orders in which they may join.

For a few groups every set is looked at. For many, orders are drawn, each with its reverse, and the error of drawing is
known. Either way the shares of all groups add up to the effect without any group minus the effect with all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, sqrt

import numpy as np

EXACT_GROUPS = 9  # 512 sets; beyond, orders are drawn
PAIRS = 60  # of an order and its reverse
RAW, ADJUSTED = 0, 1  # places of the empty set and of the set of all groups


@dataclass(frozen=True)
class Game:
    """sets: of groups, the empty one and the full one first; mixes: (groups, sets), a group's share is its mix of the
    sets' effects; steps: (orders, groups, 2), the sets before and after a group joins, empty where all were looked at.
    """

    sets: tuple[frozenset[str], ...]
    mixes: np.ndarray
    steps: np.ndarray

    def drawing_error(self, values: np.ndarray) -> np.ndarray:
        """(groups,) standard error of the shares because orders were drawn, from the sets' effects (sets,)."""
        if not len(self.steps):
            return np.zeros(len(self.mixes))
        changes = values[self.steps[:, :, 0]] - values[self.steps[:, :, 1]]
        pairs = (changes[0::2] + changes[1::2]) / 2
        return np.asarray(pairs.std(axis=0, ddof=1) / sqrt(len(pairs)))


def game(groups: Sequence[str], *, seed: int = 0) -> Game:
    """The sets to adjust for and how their effects make the groups' shares."""
    return _every_set(groups) if len(groups) <= EXACT_GROUPS else _drawn_orders(groups, seed)


def _every_set(groups: Sequence[str]) -> Game:
    """A set S without the group weighs |S|! (G - |S| - 1)! / G! = 1 / (G * C(G - 1, |S|)), with it the negative."""
    count = len(groups)
    sizes = [size for size in range(count + 1) if 0 < size < count]
    sets = (frozenset(), frozenset(groups), *(frozenset(each) for n in sizes for each in combinations(groups, n)))
    mixes = [
        [
            -1 / (count * comb(count - 1, len(each) - 1)) if group in each else 1 / (count * comb(count - 1, len(each)))
            for each in sets
        ]
        for group in groups
    ]
    return Game(sets, np.array(mixes), np.empty((0, count, 2), dtype=int))


def _drawn_orders(groups: Sequence[str], seed: int) -> Game:
    rng = np.random.default_rng(seed)
    place: dict[frozenset[str], int] = {frozenset(): RAW, frozenset(groups): ADJUSTED}
    steps = np.empty((2 * PAIRS, len(groups), 2), dtype=int)
    for pair in range(PAIRS):
        order = rng.permutation(len(groups))
        for at, each in ((2 * pair, order), (2 * pair + 1, order[::-1])):
            path = [frozenset(groups[who] for who in each[:size]) for size in range(len(groups) + 1)]
            known = np.array([place.setdefault(one, len(place)) for one in path])
            steps[at, each, 0], steps[at, each, 1] = known[:-1], known[1:]
    mixes = np.zeros((len(groups), len(place)))
    for at in range(len(groups)):
        np.add.at(mixes[at], steps[:, at, 0], 1 / len(steps))
        np.add.at(mixes[at], steps[:, at, 1], -1 / len(steps))
    return Game(tuple(place), mixes, steps)
