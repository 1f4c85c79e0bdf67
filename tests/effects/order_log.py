"""A log in which the order of events drives treatment and outcome, and counts say nothing: "tip" does a known thing.

Every session has an open, a compare and a view, then a read (event 4, time zero). Who compares before viewing is keen:
more likely to take a tip and more likely to buy. Earlier sessions of a user are as many keen ones as chance gives.
"""

from typing import Any, Final

import numpy as np
import pandas as pd

QUESTION: Final[dict[str, Any]] = {
    "treatment": "tip",
    "outcome": "buy",
    "design": {"landmark_event": 4},
    "lookback_days": 14,
    "outcome_window_days": 0.1,
}


def order_log(
    users: int = 800, *, effect: float = 0.0, push: float = 0.35, seed: int = 0, sessions: int = 8, since: int = 0
) -> pd.DataFrame:
    """user_id, event_type, timestamp, over 40 days. push: how much more often the keen take a tip, and how much more
    often they buy; effect: how much a tip adds to the chance of a buy; since: how many sessions ago the order was that
    makes keen."""
    rng = np.random.default_rng(seed)
    user = np.repeat(np.arange(users), sessions)
    day = np.concatenate([np.sort(rng.choice(40, sessions, replace=False)) for _ in range(users)])
    start = day * 86_400 + rng.integers(0, 43_200, len(user))
    compares = rng.random(len(user)) < 0.5
    keen = np.roll(compares, since)
    tip = rng.random(len(user)) < 0.25 + push * keen
    buy = rng.random(len(user)) < 0.15 + push * keen + effect * tip
    more = rng.random(len(user)) < 0.5
    happened = [
        ("open", np.ones_like(keen), start),
        ("compare", np.ones_like(keen), start + np.where(compares, 20, 40)),
        ("view", np.ones_like(keen), start + np.where(compares, 40, 20)),
        ("read", np.ones_like(keen), start + 60),
        ("tip", tip, start + 120),
        ("read", more, start + 200),
        ("buy", buy, start + 300),
    ]
    frames = [
        pd.DataFrame({"user_id": user[who], "event_type": kind, "seconds": at[who]}) for kind, who, at in happened
    ]
    events = pd.concat(frames, ignore_index=True)
    moments = pd.Timestamp("2024-01-01") + pd.to_timedelta(events.pop("seconds"), unit="s")
    return events.assign(user_id=events["user_id"].map("u{}".format), timestamp=moments)
