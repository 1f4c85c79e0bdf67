"""A simulated log in which a hidden trait of users may drive all they do, and an offer adds a known effect or none."""

import numpy as np
import pandas as pd

DAY_SECONDS = 86_400
KINDS = ("read", "listen", "share", "buy")


def hidden_trait_log(
    *, users: int = 900, days: int = 30, strength: float = 0.0, effect: float = 0.0, busy: bool = False, seed: int = 0
) -> pd.DataFrame:
    """A session a day with chance 1/2 (or another for each user, mostly far less, if `busy`): two "open" events, perhaps an "offer", then each kind of KINDS with its chance.

    strength: how much the trait (half of the users have it) adds to the chance of the offer and of every kind; effect:
    how much the offer adds to the chance of "buy". Rows: user_id, event_type, timestamp, in no order.
    """
    rng = np.random.default_rng(seed)
    trait = np.repeat(rng.random(users) < 0.5, days)
    user, day = np.repeat(np.arange(users), days), np.tile(np.arange(days), users)
    here = rng.random(users * days) < (np.repeat(rng.beta(0.7, 4, size=users), days) if busy else 0.5)
    trait, user, day = trait[here], user[here], day[here]
    start = day * DAY_SECONDS + rng.integers(0, DAY_SECONDS // 2, size=len(user))
    offered = rng.random(len(user)) < 0.25 + strength * trait
    rows = [(user, "open", start), (user, "open", start + 20), (user[offered], "offer", start[offered] + 60)]
    for at, kind in enumerate(KINDS):
        chance = 0.2 + 0.1 * at / len(KINDS) + strength * trait + effect * offered * (kind == "buy")
        did = rng.random(len(user)) < chance
        rows.append((user[did], kind, start[did] + 120 + 30 * at))
    frames = [pd.DataFrame({"user_id": who, "event_type": kind, "seconds": at}) for who, kind, at in rows]
    events = pd.concat(frames, ignore_index=True)
    moments = pd.Timestamp("2024-01-01") + pd.to_timedelta(events.pop("seconds"), unit="s")
    return events.assign(user_id=events["user_id"].map("u{}".format), timestamp=moments)
