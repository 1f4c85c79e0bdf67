"""Graphs of what survives hidden common causes: each end of an edge is an arrow, a tail or open.

Orientation rules of Zhang (2008), "On the completeness of orientation rules for causal discovery in the presence of
latent confounders and selection bias", without R5 to R7, which are for selection.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from core.graphs.discovery.pattern import bits
from core.graphs.discovery.skeleton import Colliders, Skeleton

OPEN: Final = 1
ARROW: Final = 2  # this end is no cause of the other
TAIL: Final = 3  # this end is a cause of the other


class Ancestral:
    """end[a][b]: the mark at b of the edge between a and b, 0 if there is none."""

    def __init__(self, skeleton: Skeleton) -> None:
        self.size = len(skeleton.adjacent)
        self.skeleton = skeleton
        self.end = [[OPEN if around >> other & 1 else 0 for other in range(self.size)] for around in skeleton.adjacent]

    def around(self, node: int) -> list[int]:
        """Neighbours."""
        return list(bits(self.skeleton.adjacent[node]))

    def joined(self, one: int, other: int) -> bool:
        """Whether there is an edge."""
        return bool(self.end[one][other])

    def mark(self, start: int, end: int, mark: int) -> bool:
        """Mark an open end; whether it was open."""
        if self.end[start][end] != OPEN:
            return False
        self.end[start][end] = mark
        return True

    def parent(self, source: int, target: int) -> bool:
        """Whether source → target."""
        return self.end[source][target] == ARROW and self.end[target][source] == TAIL

    def collide(self, colliders: Colliders) -> None:
        """R0: arrows where two neighbours of a node meet in it."""
        for one, middle, other in colliders.all():
            self.mark(one, middle, ARROW)
            self.mark(other, middle, ARROW)

    def close(self) -> None:
        """All that follows from the marks there are."""
        changed = True
        while changed:
            changed = False
            for one in range(self.size):
                for other in self.around(one):
                    if self.end[one][other] == OPEN:
                        changed |= (
                            self._onward(one, other) or self._arrows(one, other) or self._discriminated(one, other)
                        )
                    if self.end[one][other] == OPEN:
                        changed |= self._tails(other, one)

    def _onward(self, c: int, b: int) -> bool:
        """R1 for the open end at b of an edge from c: else what points at b would meet c there."""
        if any(self.end[a][b] == ARROW and not self.joined(a, c) for a in self.around(b) if a != c):
            self.mark(b, c, ARROW)
            return self.mark(c, b, TAIL)
        return False

    def _arrows(self, b: int, c: int) -> bool:
        """R2 and R3 for the open end at c of an edge from b."""
        for m in self.around(b):  # R2: b → m *→ c, or b *→ m → c
            arrows = m != c and self.end[m][c] == ARROW and self.end[b][m] == ARROW
            if arrows and (self.parent(b, m) or self.parent(m, c)):
                return self.mark(b, c, ARROW)
        # R3: two that are apart point into c, and both are joined to b by an open end at b's side of them
        into = [a for a in self.around(c) if a != b and self.end[a][c] == ARROW and self.joined(a, b)]
        for a, other in combinations(into, 2):
            if not self.joined(a, other) and self.end[a][b] == OPEN and self.end[other][b] == OPEN:
                return self.mark(b, c, ARROW)
        return False

    def _discriminated(self, c: int, b: int) -> bool:
        """R4 for the open end at b of an edge from c: a path that tells whether b is a collider on it."""
        for a in self.around(b):
            if a == c or self.end[b][a] != ARROW or not self.parent(a, c):
                continue
            for far in self._far_ends(a, b, c):
                apart = self.skeleton.separator(far, c)
                if apart is None:
                    continue
                if b in apart:
                    self.mark(b, c, ARROW)
                    return self.mark(c, b, TAIL)
                for start, end in ((a, b), (c, b), (b, c)):
                    self.mark(start, end, ARROW)
                return True
        return False

    def _far_ends(self, a: int, b: int, c: int) -> Iterator[int]:
        """Ends of discriminating paths (end, ..., a, b, c) for b: all between are colliders and parents of c."""
        seen, waiting = {a, b, c}, [a]
        while waiting:
            node = waiting.pop(0)
            for before in self.around(node):
                if before in seen or self.end[before][node] != ARROW:
                    continue
                seen.add(before)
                if not self.joined(before, c):
                    yield before
                elif self.end[node][before] == ARROW and self.parent(before, c):
                    waiting.append(before)

    def _tails(self, a: int, c: int) -> bool:
        """R8 to R10 for the open end at a of a o→ c."""
        if self.end[a][c] != ARROW:
            return False
        if any(self.parent(a, b) and self.parent(b, c) for b in self.around(a)):
            return self.mark(c, a, TAIL)
        firsts = [b for b in self.around(a) if b != c and self._may_cause(a, b)]
        if any(not self.joined(b, c) and c in self._led_to(a, b) for b in firsts):
            return self.mark(c, a, TAIL)
        causes = [b for b in self.around(c) if b != a and self.parent(b, c)]
        if len(causes) > 1:
            led = {first: self._led_to(a, first) for first in firsts}
            for u, w in combinations(firsts, 2):
                if not self.joined(u, w) and any(
                    (b in led[u] and d in led[w]) or (d in led[u] and b in led[w]) for b, d in combinations(causes, 2)
                ):
                    return self.mark(c, a, TAIL)
        return False

    def _may_cause(self, one: int, other: int) -> bool:
        """Whether the edge could be one → other."""
        return self.end[other][one] in (OPEN, TAIL) and self.end[one][other] in (OPEN, ARROW)

    def _led_to(self, a: int, first: int) -> set[int]:
        """Ends of uncovered paths from a by `first` on which every edge could point onward."""
        seen, waiting = {(a, first)}, [(a, first)]
        while waiting:
            before, node = waiting.pop(0)
            for after in self.around(node):
                step = node, after
                if after in (a, before) or step in seen or self.joined(before, after):
                    continue
                if self._may_cause(node, after):
                    seen.add(step)
                    waiting.append(step)
        return {end for _, end in seen}
