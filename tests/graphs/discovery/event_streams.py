"""Events whose causes are known: users who differ, a daily rhythm, and types that set off others (branching)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

HOUR_US = 3_600_000_000
FIRST_US = 1_735_776_000_000_000  # 2025-01-02, midnight


def simulated_events(
    *, users: int, hours: int, rates: Mapping[str, float], effects: Mapping[tuple[str, str], float],
    mean_delay_hours: float = 0.5, seed: int = 0,
) -> pd.DataFrame:  # fmt: skip
    """(user_id, timestamp_us, kind), sorted. rates: per hour and user on average, gamma over users; effects: events of
    the second type that one of the first sets off, after an exponential delay."""
    chance = np.random.default_rng(seed)
    daily = 1 + 0.9 * np.sin(2 * np.pi * np.arange(24) / 24)
    generation = []
    for kind, rate in rates.items():
        own = chance.gamma(0.5, 2, users) * chance.gamma(2, 0.5, users) * rate
        user = np.repeat(np.arange(users), chance.poisson(own * hours))
        hour = chance.choice(24, len(user), p=daily / daily.sum())
        at = chance.integers(0, hours // 24, len(user)) * 24 + hour + chance.random(len(user))
        generation.append(pd.DataFrame({"user": user, "at": at, "kind": kind}))
    everything = []
    parents = pd.concat(generation)
    while len(parents):
        everything.append(parents)
        children = []
        for (source, target), mean in effects.items():
            causes = parents[parents["kind"] == source]
            born = causes.loc[causes.index.repeat(0)] if causes.empty else _born(causes, target, mean, chance)
            born["at"] += chance.exponential(mean_delay_hours, len(born))
            children.append(born[born["at"] < hours])
        parents = pd.concat(children) if children else parents.iloc[:0]
    found = pd.concat(everything, ignore_index=True)
    return pd.DataFrame({
        "user_id": "u" + found["user"].astype(str).str.zfill(6),
        "timestamp_us": FIRST_US + (found["at"] * HOUR_US).astype("int64"), "kind": found["kind"],
    }).sort_values(["user_id", "timestamp_us"], ignore_index=True)  # fmt: skip


def _born(causes: pd.DataFrame, target: str, mean: float, chance: np.random.Generator) -> pd.DataFrame:
    rows = np.repeat(np.arange(len(causes)), chance.poisson(mean, len(causes)))
    return causes.iloc[rows].assign(kind=target)
