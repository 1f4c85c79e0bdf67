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
    """Examples are histories of at least two events."""

    histories: Histories
    batch_size: int

    @classmethod
    def of(cls, histories: Histories, batch_size: int) -> "HistoryBatches":
        """The histories that have something to predict."""
        return cls(histories.part(histories.ends - histories.starts > 1), batch_size)

    @property
    def examples(self) -> int:
        return len(self.histories)

    def take(self, chosen: np.ndarray) -> Histories:
        return self.histories.part(chosen)


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
