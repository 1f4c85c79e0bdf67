"""The best parents of a variable among those that come before it in an order, found once and remembered.

Grow-shrink trees of Andrews, Ramsey, Sanchez-Romero, Camchong, Kummerfeld (2023), "Fast scalable and accurate discovery
of DAGs using the best order score search and grow-shrink trees". Sets of variables are bits of an integer.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from core.graphs.discovery.local_scores import LocalScores

BETTER: Final = 1e-6  # a score that is higher by less is a tie, which rounding must not decide


@dataclass
class _Node:
    """A set of parents on the way from none to many. branches: (bit, node) of each addition that helps, best first."""

    parents: tuple[int, ...]
    score: float
    available: int
    branches: list[tuple[int, "_Node"]] | None = None
    shrunk: tuple[tuple[int, ...], float] | None = None


@dataclass
class GrowShrink:
    """The tree of one variable. required: parents it always has; allowed: bits of those it may have besides."""

    scores: LocalScores
    child: int
    required: tuple[int, ...]
    allowed: int
    found: dict[int, tuple[tuple[int, ...], float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._root = _Node(self.required, self.scores.score(self.child, self.required), self.allowed)

    def best(self, before: int) -> tuple[tuple[int, ...], float]:
        """The parents, and their score, when the variables of those bits come before it."""
        before &= self.allowed
        known = self.found.get(before)
        if known is None:
            known = self.found[before] = self._trace(before)
        return known

    def _trace(self, before: int) -> tuple[tuple[int, ...], float]:
        node = self._root
        while True:
            if node.branches is None:
                node.branches = self._grow(node)
            for bit, branch in node.branches:
                if before & bit:
                    node = branch
                    break
            else:
                if node.shrunk is None:
                    node.shrunk = self._shrink(node)
                return node.shrunk

    def _grow(self, node: _Node) -> list[tuple[int, _Node]]:
        candidates = [place for place in range(self.scores.variables) if node.available >> place & 1]
        if not candidates:
            return []
        scores = self.scores.added(self.child, node.parents, candidates)
        helping = [(float(score), place) for score, place in zip(scores, candidates, strict=True)]
        helping = sorted((-score, place) for score, place in helping if score > node.score + BETTER)
        branches, available = [], node.available
        for score, place in helping:
            available &= ~(1 << place)  # whoever comes by here had none of the better ones before it
            branches.append((1 << place, _Node((*node.parents, place), -score, available)))
        return branches

    def _shrink(self, node: _Node) -> tuple[tuple[int, ...], float]:
        parents, score = node.parents, node.score
        while len(parents) > len(self.required):
            without = self.scores.dropped(self.child, parents)
            without[: len(self.required)] = -np.inf
            worst = int(without.argmax())
            if without[worst] <= score + BETTER:
                break
            parents, score = (*parents[:worst], *parents[worst + 1 :]), float(without[worst])
        return parents, score
