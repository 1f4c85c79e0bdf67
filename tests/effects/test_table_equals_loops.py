"""The analysis table, built by one aggregation in the engine, equals loops over plain rows."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.effects.analysis_table import build
from core.effects.question import CausalQuestion
from core.storage.engine import Log

DAY = 86_400_000_000
MINUTE = 60_000_000
START = pd.Timestamp("2025-01-06").value // 1_000  # a Monday, in microseconds
LogOf = Callable[[pd.DataFrame], Log]


def random_events(seed: int) -> pd.DataFrame:
    """1,600 events of 40 users in 12 days on a grid of five minutes, so that ties and long sessions abound."""
    rng = np.random.default_rng(seed)
    size = 1_600
    ticks = rng.integers(0, 12 * 288, size)
    return pd.DataFrame(
        {
            "user_id": [f"user {number}" for number in rng.integers(0, 40, size)],
            "event_type": rng.choice(["view", "search", "buy", "cart"], size, p=[0.6, 0.14, 0.16, 0.1]),
            "timestamp": pd.to_datetime(START + (ticks // 24 * 24 + ticks % 24 // 3) * 5 * MINUTE, unit="us"),
            "value": rng.integers(-3, 9, size).astype(float),
            "price": np.where(rng.random(size) < 0.4, np.nan, rng.integers(0, 5, size).astype(float)),
        }
    )


def plain_units(events: pd.DataFrame, landmark: int, lookback: int, grace: int, window: int) -> pd.DataFrame:
    """The same table by loops over plain rows."""
    rows = events.assign(us=events["timestamp"].astype("datetime64[us]").astype("int64"), order=range(len(events)))
    first, last = rows["us"].min(), rows["us"].max()
    units = []
    rows = rows.sort_values(["user_id", "us", "order"])
    rows["session"] = (rows.groupby("user_id")["us"].diff().fillna(0) > 30 * MINUTE).cumsum()
    for user, history in rows.groupby("user_id"):
        for number, session in history.groupby("session"):
            if len(session) < landmark:
                continue
            zero = session["us"].iloc[landmark - 1]
            searched = session[(session["event_type"] == "search") & (session["us"] <= zero)]
            if len(searched) or zero - lookback < first or zero + window > last:
                continue
            after = history[history["us"] > zero]
            before = history[(history["us"] < zero) & (history["us"] >= zero - lookback)]
            past, own = before[before["session"] != number], before[before["session"] == number]
            prices = own["price"].dropna() if own["price"].notna().any() else before["price"].dropna()
            units.append(
                {
                    "user_id": user,
                    "treatment": float(((after["event_type"] == "search") & (after["us"] <= zero + grace)).any()),
                    "outcome": float(((after["event_type"] == "buy") & (after["us"] <= zero + window)).any()),
                    "sessions": np.log1p(past["session"].nunique()),
                    "days": np.log1p((past["us"] // DAY).nunique()),
                    "carts": np.log1p((past["event_type"] == "cart").sum()),
                    "own views": np.log1p((own["event_type"] == "view").sum()),
                    "value": np.sign(past["value"].sum()) * np.log1p(abs(past["value"].sum())),
                    "price": prices.iloc[-1] if len(prices) else np.nan,
                    "recency": np.log1p((zero - past["us"].max()) / DAY if len(past) else lookback / DAY),
                    "tenure": np.log1p((zero - history["us"].iloc[0]) / DAY),
                }
            )
    return pd.DataFrame(units)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), landmark=st.sampled_from([2, 3]))
def test_the_table_equals_plain_loops_over_a_random_log_with_ties(log_of: LogOf, seed: int, landmark: int) -> None:
    asked = CausalQuestion.read(
        {
            "treatment": "search",
            "outcome": "buy",
            "design": {"landmark_event": landmark},
            "lookback_days": 3,
            "treatment_window_days": 0.5,
        }
    )
    events = random_events(seed)
    plain = plain_units(events, landmark, 3 * DAY, DAY // 2, DAY)
    if min(plain["treatment"].sum(), (1 - plain["treatment"]).sum()) < 20:
        return
    table = build(log_of(events), asked)
    frame = table.frame
    plain["price"] = plain["price"].fillna(plain["price"].mean())
    compared = {
        "treatment": "treatment",
        "outcome": "outcome",
        "past_activity:sessions": "sessions",
        "past_activity:days": "days",
        "past_activity:cart events": "carts",
        "this_session:view events": "own views",
        "past_activity:value": "value",
        "past_activity:recency": "recency",
        "tenure:days": "tenure",
        "price": "price",
    }
    columns = {name: other for name, other in compared.items() if name in frame}
    assert {"past_activity:sessions", "past_activity:recency", "tenure:days", "price"} <= set(columns)
    ours = frame[["user_id", *columns]].rename(columns=columns)
    keys = ["user_id", "tenure"]  # tenure orders a user's units in time
    pd.testing.assert_frame_equal(
        ours.sort_values(keys, ignore_index=True),
        plain[["user_id", *columns.values()]].sort_values(keys, ignore_index=True),
        check_dtype=False,
        rtol=1e-9,
    )
