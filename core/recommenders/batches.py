"""Batches: what one training step sees. An epoch is one pass over all examples."""

from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from core.recommenders.histories import Histories

Batch_co = TypeVar("Batch_co", covariant=True)


class Batches(Protocol[Batch_co]):
    """One pass over the training data in steps."""

    @property
    def batch_size(self) -> int:
        """Examples per step."""

    @property
    def examples(self) -> int:
        """How many examples one epoch holds."""

    def take(self, chosen: np.ndarray) -> Batch_co:
        """The batch of the given example numbers."""


@dataclass(frozen=True)
class HistoryBatches:
    """Examples are histories, or stretches of long ones."""

    histories: Histories
    batch_size: int

    @classmethod
    def of(cls, histories: Histories, length: int, batch_size: int) -> "HistoryBatches":
        """Stretches of at most `length` events, cut from the end of each history backwards.

        A stretch's first event is the last of the one before it, so that each event but the first is predicted once.
        """
        return cls(_stretches(histories, length), batch_size)

    @property
    def examples(self) -> int:
        return len(self.histories)

    def take(self, chosen: np.ndarray) -> Histories:
        return self.histories.part(chosen)


def _stretches(histories: Histories, length: int) -> Histories:
    """Histories of at least two events, the long ones cut."""
    events = histories.ends - histories.starts
    pieces = np.maximum(-(-(events - 1) // (length - 1)), 0)
    which = np.repeat(np.arange(len(histories)), pieces)
    number = np.arange(len(which)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    ends = histories.ends[which] - number * (length - 1)
    starts = np.maximum(histories.starts[which], ends - length)
    return Histories(histories.items, histories.users[which], starts, ends)


@dataclass(frozen=True)
class EdgeBatches:
    """Examples are the edges of the user-item graph: each item of each history once. edge_users, edge_items: (E,)."""

    edge_users: np.ndarray
    edge_items: np.ndarray
    batch_size: int

    @classmethod
    def of(cls, histories: Histories, batch_size: int) -> "EdgeBatches":
        """The edges of histories."""
        rows, items = histories.distinct_pairs()
        return cls(histories.users[rows], items, batch_size)

    @property
    def examples(self) -> int:
        return len(self.edge_users)

    def take(self, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.edge_users[chosen], self.edge_items[chosen]
