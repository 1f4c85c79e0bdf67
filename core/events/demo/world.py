"""What happens in the demo log before anyone searches or buys: users, when they come, how, and with what intent.

Everything here is drawn once and stays the same in every re-simulation; a session's search decision is the only thing
that an intervention changes. How often a user came in the last 28 days and the intent of the session drive both
searching and buying, so both confound; neither depends on what was searched or bought.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

DAYS: Final = 120
DAY_US: Final = 86_400_000_000
SECOND_US: Final = 1_000_000
START_US: Final = 1_740_960_000_000_000  # Monday 2025-03-03 00:00 UTC
LOOKBACK_US: Final = 28 * DAY_US
APART_US: Final = 9_000 * SECOND_US  # between the starts of two sessions of a user: a session is over in 100 minutes

INTENTS: Final = ("browsing", "comparing", "ready")
INTENT_SHARES: Final = (0.50, 0.32, 0.18)
DEVICES: Final = ("phone", "desktop", "tablet")
DEVICE_SHARES: Final = (0.58, 0.34, 0.08)

HOURLY: Final = (2, 1, 1, 1, 1, 2, 4, 6, 7, 8, 8, 9, 11, 10, 8, 8, 9, 10, 13, 16, 18, 17, 11, 5)  # relative, 0 to 23 h
WEEKLY: Final = (1.0, 0.94, 0.95, 1.0, 1.08, 1.32, 1.28)  # Monday to Sunday
GROWTH: Final = 0.25  # by how much the daily level grows over the whole log

EARLY_EVENTS: Final = 3  # the landmark: time zero is the third event
MORE_VIEWS: Final = 8  # at most this many views after time zero
SLOTS: Final = EARLY_EVENTS + 1 + MORE_VIEWS + 2  # early events, search, views, cart, buy
SEARCH: Final = EARLY_EVENTS
CART, BUY = SLOTS - 2, SLOTS - 1


@dataclass(frozen=True)
class World:
    """Arrays by session, sorted by user and start. `visits` counts the user's sessions of the 28 days before.

    early_events: 1 to 3, with fewer than 3 the visitor leaves; early_searched: searched among them; views: after time
    zero; gaps_us (S, SLOTS): before each event; luck_*: uniform draws that decide together with a probability.
    """

    user: np.ndarray
    started_us: np.ndarray
    visits: np.ndarray
    intent: np.ndarray
    device: np.ndarray
    early_events: np.ndarray
    early_search_slot: np.ndarray
    views: np.ndarray
    gaps_us: np.ndarray
    luck_search: np.ndarray
    luck_cart: np.ndarray
    luck_buy: np.ndarray

    @property
    def sessions(self) -> int:
        return len(self.user)


def draw_world(users: int, rng: np.random.Generator) -> World:
    """Users and their sessions, with everything that does not depend on a search."""
    user, started_us = _session_starts(users, rng)
    sessions = len(user)
    early_events = 1 + rng.choice(EARLY_EVENTS, size=sessions, p=(0.14, 0.12, 0.74))
    early_search_slot = np.where(rng.random(sessions) < 0.13, rng.integers(1, EARLY_EVENTS, sessions), SLOTS)
    habit = rng.choice(len(DEVICES), size=users, p=DEVICE_SHARES)
    other = rng.choice(len(DEVICES), size=sessions, p=DEVICE_SHARES)
    return World(
        user=user,
        started_us=started_us,
        visits=_recent_visits(user, started_us),
        intent=rng.choice(len(INTENTS), size=sessions, p=INTENT_SHARES),
        device=np.where(rng.random(sessions) < 0.8, habit[user], other),
        early_events=early_events,
        early_search_slot=np.where(early_search_slot < early_events, early_search_slot, SLOTS),
        views=np.minimum(rng.poisson(2.9, sessions), MORE_VIEWS - 1),
        gaps_us=_gaps(sessions, rng),
        luck_search=rng.random(sessions),
        luck_cart=rng.random(sessions),
        luck_buy=rng.random(sessions),
    )


def _session_starts(users: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(S,) users and start times: a rate per user, a day by weekday, growth and the user's stay, an hour of the day."""
    level = np.array(WEEKLY)[np.arange(DAYS) % 7] * np.linspace(1.0, 1.0 + GROWTH, DAYS)
    cumulated = np.concatenate([[0.0], np.cumsum(level)])
    joined = np.where(rng.random(users) < 0.6, 0, rng.integers(0, DAYS - 5, users))
    left = np.minimum(joined + 5 + rng.exponential(160, users).astype(int), DAYS)
    rate = rng.lognormal(-2.15, 0.75, users)
    counts = np.maximum(rng.poisson(rate * (cumulated[left] - cumulated[joined])), 1)
    user = np.repeat(np.arange(users), counts)
    point = rng.uniform(cumulated[joined[user]], cumulated[left[user]])
    day = np.clip(np.searchsorted(cumulated, point, side="right") - 1, 0, DAYS - 1)
    hours = np.concatenate([[0.0], np.cumsum(HOURLY)]) / sum(HOURLY)
    hour = np.interp(rng.random(len(user)), hours, np.arange(25))
    started_us = START_US + day * DAY_US + (hour * 3600 * SECOND_US).astype(np.int64)
    order = np.lexsort((started_us, user))
    user, started_us = user[order], started_us[order]
    same_user = np.concatenate([[False], user[1:] == user[:-1]])
    too_soon = same_user & (np.diff(started_us, prepend=started_us[0]) < APART_US)
    return user[~too_soon], started_us[~too_soon]


def _recent_visits(user: np.ndarray, started_us: np.ndarray) -> np.ndarray:
    """(S,) sessions of the same user that started in the 28 days before."""
    key = user * (2 * DAYS * DAY_US) + started_us - START_US  # users lie further apart than a lookback reaches
    visits: np.ndarray = np.arange(len(user)) - np.searchsorted(key, key - LOOKBACK_US)
    return visits


def _gaps(sessions: int, rng: np.random.Generator) -> np.ndarray:
    """(S, SLOTS) microseconds before each event of a session: half a minute to a few minutes, the first one none."""
    seconds = np.clip(rng.lognormal(3.7, 0.8, (sessions, SLOTS)), 3, 400)
    seconds[:, 0] = 0
    seconds[:, SEARCH] = rng.uniform(4, 60, sessions)
    return (seconds * 1_000).astype(np.int64) * 1_000
