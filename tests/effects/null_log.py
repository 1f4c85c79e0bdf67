"""A log in which the treatment does nothing, and everything speaks for it: `promo` and `buy` share their causes.

Keen users come more often, stay longer, see more promos and buy more; so do all users at weekends and late in a session.
What an event is depends on the user's plan, the day and the place in the session, never on the events before it: a
promo takes no other event's place and changes nothing after it. Plan and day stand in the log.
"""

from typing import Final

import numpy as np
import pandas as pd

START: Final = pd.Timestamp("2025-01-06")  # a Monday
DAYS: Final = 70
PLANS: Final = ("free", "plus", "team")
QUESTION: Final = {
    "treatment": "promo",
    "outcome": "buy",
    "design": {"kind": "first_exposure"},
    "lookback_days": 14,
    "outcome_window_days": 14,
}


def null_log(users: int = 600, seed: int = 0) -> pd.DataFrame:
    """user_id, event_type, timestamp, plan: about 70 events per user."""
    rng = np.random.default_rng(seed)
    plan = rng.choice(3, users, p=[0.5, 0.3, 0.2])
    joined, stays = rng.uniform(-40, 30, users), rng.exponential(60, users)
    sessions = rng.poisson((0.12 + 0.12 * plan) * DAYS)
    user = np.repeat(np.arange(users), sessions)
    day = rng.uniform(0, DAYS, len(user))
    kept = (day > joined[user]) & (day < joined[user] + stays[user])
    user, day = user[kept], day[kept]
    lengths = rng.geometric(1 / (4 + 2 * plan[user]))
    at = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    owner, moment = np.repeat(user, lengths), np.repeat(day, lengths)
    gaps = rng.exponential(45, len(at))
    gaps[at == 0] = 0
    passed = np.cumsum(gaps) - np.repeat(np.cumsum(gaps)[np.cumsum(lengths) - lengths], lengths)
    weekend, late, keen = np.floor(moment) % 7 >= 5, at >= 3, plan[owner]
    push = 0.5 * keen + 0.5 * weekend + 0.5 * late
    shares = np.column_stack([0.010 * np.exp(push), 0.02 * np.exp(push), np.full(len(at), 0.15)])
    drawn = (rng.random(len(at))[:, None] > shares.cumsum(axis=1)).sum(axis=1)
    return pd.DataFrame(
        {
            "user_id": [f"u{number}" for number in owner],
            "event_type": np.array(["promo", "buy", "cart", "view"])[drawn],
            "timestamp": START + pd.to_timedelta((moment * 86_400 + passed).round(3), unit="s"),
            "plan": np.array(PLANS)[plan[owner]],
        }
    )
