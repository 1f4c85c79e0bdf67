"""Histories: many users' events in one flat array, each a stretch of it. What every recommender scores."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Histories:
    """B histories: number b is `items[starts[b]:ends[b]]`, oldest first, and belongs to user `users[b]`.

    items: (E,) item codes; users, starts, ends: (B,).
    """

    items: np.ndarray
    users: np.ndarray
    starts: np.ndarray
    ends: np.ndarray

    def __len__(self) -> int:
        return len(self.users)

    def part(self, chosen: np.ndarray | slice) -> "Histories":
        """Some of the histories, over the same flat array."""
        return Histories(self.items, self.users[chosen], self.starts[chosen], self.ends[chosen])

    def latest(self, length: int) -> "Histories":
        """Every history cut to its last `length` events."""
        return Histories(self.items, self.users, np.maximum(self.starts, self.ends - length), self.ends)

    def without_last(self) -> "Histories":
        """Every history without its last event."""
        return Histories(self.items, self.users, self.starts, self.ends - 1)

    def without_first(self) -> "Histories":
        """Every history without its first event."""
        return Histories(self.items, self.users, self.starts + 1, self.ends)

    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """(P,) history numbers and (P,) items, one pair per event, in order."""
        counts = self.ends - self.starts
        rows = np.repeat(np.arange(len(self)), counts)
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return rows, self.items[np.repeat(self.starts, counts) + within]

    def distinct_pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Like `pairs`, with every item of a history once; sorted by history, then item."""
        rows, items = self.pairs()
        if not len(rows):
            return rows, items
        size = int(items.max()) + 1
        return np.divmod(np.unique(rows.astype(np.int64) * size + items), size)
