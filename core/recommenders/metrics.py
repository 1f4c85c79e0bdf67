"""Ranking metrics over the whole catalogue, with intervals over users.

Ties count against the model: a target's rank is the number of items that are not scored below it. An item without a
finite score (never trained, or already seen) cannot be recommended; a target like that is a miss.
"""

from dataclasses import dataclass

import numpy as np

MISS = np.iinfo(np.int32).max  # the rank of a target that cannot be recommended
DRAWS = 1000
AT = 10


@dataclass(frozen=True)
class Interval:
    """A mean over users with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def plain(self) -> dict[str, float]:
        """JSON-ready."""
        return {"value": self.value, "low": self.low, "high": self.high}


def ranks(scores: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Ranks from 1: scores (B, N), item codes of the targets (B,) -> (B,) int64. NaN counts as above the target."""
    own = scores[np.arange(len(targets)), targets][:, None]
    found = (~(scores < own)).sum(axis=1)
    return np.where(np.isfinite(own[:, 0]), found, MISS)


def hit(rank: np.ndarray, at: int = AT) -> np.ndarray:
    """HR@k per user with one target: 1 if the rank is at most k."""
    return (rank <= at).astype(float)


def gain(rank: np.ndarray, at: int = AT) -> np.ndarray:
    """NDCG@k per user with one target: 1 / log2(rank + 1) if the rank is at most k, else 0; the ideal is 1."""
    return np.where(rank <= at, 1 / np.log2(rank.astype(float) + 1), 0.0)


def per_user(rank: np.ndarray) -> dict[str, np.ndarray]:
    """The metrics of every user, by name."""
    return {f"hr@{AT}": hit(rank), f"ndcg@{AT}": gain(rank)}


def intervals(values: np.ndarray, *, seed: int, draws: int = DRAWS) -> list[Interval]:
    """Means of the columns of values (users, m) with percentile bootstrap intervals over users (Efron, 1979)."""
    rng = np.random.default_rng(seed)
    users = len(values)
    block = max(1, 4_000_000 // users)
    means = [
        rng.multinomial(users, np.full(users, 1 / users), size=min(block, draws - start)) @ values / users
        for start in range(0, draws, block)
    ]
    low, high = np.quantile(np.concatenate(means), [0.025, 0.975], axis=0)
    return [Interval(*map(float, triple)) for triple in zip(values.mean(axis=0), low, high, strict=True)]


def summary(rank: np.ndarray, *, seed: int) -> dict[str, dict[str, float]]:
    """Every metric with its interval, JSON-ready."""
    values = per_user(rank)
    found = intervals(np.column_stack(list(values.values())), seed=seed)
    return {name: interval.plain() for name, interval in zip(values, found, strict=True)}


def difference(rank: np.ndarray, other: np.ndarray, *, seed: int) -> dict[str, dict[str, float]]:
    """Metric of `rank` minus metric of `other` on the same users, with paired bootstrap intervals, JSON-ready."""
    ours, theirs = per_user(rank), per_user(other)
    found = intervals(np.column_stack([ours[name] - theirs[name] for name in ours]), seed=seed)
    return {name: interval.plain() for name, interval in zip(ours, found, strict=True)}
