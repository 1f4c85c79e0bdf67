"""A log in which the item of a purchase changes nothing, and having bought anything does: the session mostly ends.

Keen users come more often, buy more, and buy item "a" more; so do all users at weekends. Plan and day stand in the log.
"""

from typing import Any, Final

import numpy as np
import pandas as pd

START: Final = pd.Timestamp("2025-01-06")  # a Monday
DAYS: Final = 60
# The sale of one item among all sales, in a log of two event types or of one.
QUESTION: Final[dict[str, Any]] = {
    "treatment": "buy where item_id = 'a' as sale",
    "outcome": "buy",
    "outcome_measure": {"kind": "count"},
    "design": {"kind": "first_exposure", "active_days": 14},
    "lookback_days": 10,
    "outcome_window_days": 5,
}


def shared_log(users: int = 500, seed: int = 0, *, ends: float = 0.7) -> pd.DataFrame:
    """user_id, event_type (view, buy), item_id, timestamp, plan; ends: how often a session is over with a purchase."""
    rng = np.random.default_rng(seed)
    plan = rng.choice(3, users, p=[0.5, 0.3, 0.2])
    sessions = rng.poisson((0.15 + 0.1 * plan) * DAYS)
    user = np.repeat(np.arange(users), sessions)
    lengths = rng.geometric(1 / 6, len(user))
    session = np.repeat(np.arange(len(user)), lengths)
    owner, day = user[session], rng.uniform(0, DAYS, len(user))[session]
    gaps = rng.exponential(60, len(session))
    before = np.cumsum(gaps)
    passed = before - before[np.searchsorted(session, session)]
    push = plan[owner] + (np.floor(day) % 7 >= 5)
    bought = rng.random(len(session)) < 0.08 + 0.05 * push
    item = np.where(rng.random(len(session)) < 0.05 + 0.04 * push, "a", rng.choice(["b", "c", "d"], len(session)))
    over = np.cumsum(bought & (rng.random(len(session)) < ends))
    starts = np.searchsorted(session, session)
    ended = np.concatenate([[0], over])[:-1] - np.concatenate([[0], over])[starts] > 0
    frame = pd.DataFrame(
        {
            "user_id": [f"u{number}" for number in owner],
            "event_type": np.where(bought, "buy", "view"),
            "item_id": item,
            "timestamp": START + pd.to_timedelta((day * 86_400 + passed).round(3), unit="s"),
            "plan": np.array(["free", "plus", "team"])[plan[owner]],
        }
    )
    return frame[~ended].reset_index(drop=True)
