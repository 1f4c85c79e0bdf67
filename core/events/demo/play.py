"""The demo log's mechanism: who searches at the landmark, what that does to buying, and when everything happens.

    P(search | visits, intent)      logistic in log(1 + visits), higher the firmer the intent
    P(buy | visits, intent, search) base, linear in log(1 + visits) and intent, plus LIFT[intent] after a search

The lift is added on the probability scale, so the effect does not depend on what else drives buying. `play` runs the
same world under any search decisions: with the same luck, a difference between two runs is caused by the search alone.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.events.demo.world import BUY, CART, EARLY_EVENTS, SEARCH, SECOND_US, SLOTS, World

SEARCH_INTERCEPT: Final = -1.9
SEARCH_PER_LOG_VISIT: Final = 0.62
SEARCH_BY_INTENT: Final = np.array([0.0, 0.7, 1.45])  # browsing, comparing, ready
BUY_BASE: Final = 0.0
BUY_PER_LOG_VISIT: Final = 0.038
BUY_BY_INTENT: Final = np.array([0.0, 0.065, 0.22])
LIFT: Final = np.array([0.073, 0.095, 0.11])  # what a search adds to the probability of buying
CART_WITHOUT_BUYING: Final = 0.14
BUY_AFTER_US: Final = 630 * SECOND_US  # nobody buys within ten and a half minutes of time zero: paying takes thought
LONGEST_THOUGHT_US: Final = 600 * SECOND_US


@dataclass(frozen=True)
class Course:
    """How every session went: (S,) or (S, SLOTS) arrays by session.

    happened: which slots hold an event; at_us: when; time_zero_us: of the third event (meaningless where left_early);
    searched: at the landmark; bought_us: when the session's purchase happened, or -1.
    """

    happened: np.ndarray
    at_us: np.ndarray
    left_early: np.ndarray
    searched_before: np.ndarray
    searched: np.ndarray
    time_zero_us: np.ndarray
    bought_us: np.ndarray


def search_propensity(world: World) -> np.ndarray:
    """(S,) probability of searching at the landmark, for a visitor who is still there and has not searched."""
    logit = SEARCH_INTERCEPT + SEARCH_PER_LOG_VISIT * np.log1p(world.visits) + SEARCH_BY_INTENT[world.intent]
    propensity: np.ndarray = 1.0 / (1.0 + np.exp(-logit))
    return propensity


def buy_probability(world: World, searched: np.ndarray) -> np.ndarray:
    """(S,) probability of buying in the session."""
    base = BUY_BASE + BUY_PER_LOG_VISIT * np.log1p(world.visits) + BUY_BY_INTENT[world.intent]
    probability: np.ndarray = np.clip(base + LIFT[world.intent] * searched, 0.0, 1.0)
    return probability


def natural_searches(world: World) -> np.ndarray:
    """(S,) who searches at the landmark when nobody interferes."""
    return world.luck_search < search_propensity(world)


def play(world: World, decisions: np.ndarray) -> Course:
    """Run every session with the given search decisions (S,); they matter only where the visitor reaches the landmark
    without having searched."""
    left_early = world.early_events < EARLY_EVENTS
    searched_before = world.early_search_slot < SLOTS
    searched = decisions & ~left_early & ~searched_before
    bought = ~left_early & (world.luck_buy < buy_probability(world, searched | searched_before))
    carted = bought | (~left_early & (world.luck_cart < CART_WITHOUT_BUYING))
    happened = _happened(world, left_early, searched, carted, bought)
    at_us = world.started_us[:, None] + np.cumsum(np.where(happened, world.gaps_us, 0), axis=1)
    time_zero_us = at_us[:, EARLY_EVENTS - 1]
    thought_us = np.minimum(3 * world.gaps_us[:, BUY], LONGEST_THOUGHT_US)
    at_us[:, BUY] = np.maximum(at_us[:, BUY], time_zero_us + BUY_AFTER_US + thought_us)
    return Course(
        happened=happened,
        at_us=at_us,
        left_early=left_early,
        searched_before=searched_before,
        searched=searched,
        time_zero_us=time_zero_us,
        bought_us=np.where(bought, at_us[:, BUY], -1),
    )


def _happened(
    world: World, left_early: np.ndarray, searched: np.ndarray, carted: np.ndarray, bought: np.ndarray
) -> np.ndarray:
    """(S, SLOTS) which events take place; a search leads to one more view."""
    slot = np.arange(SLOTS)
    views = np.where(left_early, 0, world.views + searched)
    happened = slot < world.early_events[:, None]
    happened |= (slot > SEARCH) & (slot <= SEARCH + views[:, None])
    happened[:, SEARCH], happened[:, CART], happened[:, BUY] = searched, carted, bought
    return happened
