"""The truth of the demo log, by re-simulation: the same units, the same luck, once all searching and once none.

Units are chosen as the question's design says (third event, no search before, full windows) from the log as it was.
Sessions do not influence each other, so under both interventions a user's later sessions go as they went.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.events.demo.play import Course, play
from core.events.demo.world import DAY_US, INTENTS, LOOKBACK_US, World

OUTCOME_WINDOW_US: Final = DAY_US
TREATMENT_WINDOW_DAYS: Final = 1 / 144  # ten minutes

# The default causal question in full, as JSON. Written out because this room knows nothing of studies.
QUESTION: Final[dict[str, Any]] = {
    "population": "all",
    "treatment": "search",
    "control": None,
    "outcome": "buy",
    "treatment_measure": {"kind": "did", "times": 1},
    "outcome_measure": {"kind": "did"},
    "design": {"kind": "landmark", "landmark_event": 3},
    "contrast": "intention_to_treat",
    "uptake": "as_taken",
    "lookback_days": 28.0,
    "treatment_window_days": TREATMENT_WINDOW_DAYS,
    "outcome_window_days": 1.0,
    "covariates": None,
    "history_state": False,
    "graph_id": None,
    "unmeasured": [],
    "instruments": [],
    "placebo_outcome": None,
    "negative_control": None,
    "estimand": "ATE",
    "trim": None,
    "estimators": None,
    "refuters": None,
    "seed": 0,
}


@dataclass(frozen=True)
class Units:
    """The eligible sessions and their outcomes: index (n,) into the world's sessions, the rest (n,) booleans."""

    index: np.ndarray
    treated: np.ndarray
    outcome: np.ndarray
    outcome_if_searched: np.ndarray
    outcome_if_not: np.ndarray


def find_units(world: World, course: Course) -> Units:
    """The units of the default question with their outcomes as they were and under both interventions."""
    first_us, last_us = course.at_us[course.happened].min(), course.at_us[course.happened].max()
    eligible = (
        ~course.left_early
        & ~course.searched_before
        & (course.time_zero_us - LOOKBACK_US >= first_us)
        & (course.time_zero_us + OUTCOME_WINDOW_US <= last_us)
    )
    later = _bought_later(world, course)
    everybody = np.ones(world.sessions, dtype=bool)
    outcomes = [_bought_now(run) | later for run in (course, play(world, everybody), play(world, ~everybody))]
    as_it_was, if_searched, if_not = (outcome[eligible] for outcome in outcomes)
    return Units(np.flatnonzero(eligible), course.searched[eligible], as_it_was, if_searched, if_not)


def state_truth(world: World, course: Course) -> dict[str, Any]:
    """What is known of the log, JSON-ready: the question, its true effects, and how they were computed."""
    units = find_units(world, course)
    effect = units.outcome_if_searched.astype(float) - units.outcome_if_not
    naive = units.outcome[units.treated].mean() - units.outcome[~units.treated].mean()
    return {
        "question": QUESTION,
        "ate": float(effect.mean()),
        "att": float(effect[units.treated].mean()),
        "units": len(units.index),
        "treated": int(units.treated.sum()),
        "naive": float(naive),
        "confounders": ["past_activity", "intent"],
        "sentence": (
            f"The same {len(units.index):,} sessions were simulated twice with the same random numbers, once with a "
            "search within ten minutes of time zero and once without; the truth is the difference in the share that "
            "bought within a day."
        ),
        "effects_by_intent": _effects_by_intent(world, units, effect),
    }


def _bought_now(course: Course) -> np.ndarray:
    """(S,) whether the session's own purchase falls into its outcome window."""
    return (course.bought_us > course.time_zero_us) & (course.bought_us <= course.time_zero_us + OUTCOME_WINDOW_US)


def _bought_later(world: World, course: Course) -> np.ndarray:
    """(S,) whether the user bought in a later session within the outcome window (sessions are sorted)."""
    bought = np.zeros(world.sessions, dtype=bool)
    ahead = 1
    while True:
        same_user = world.user[ahead:] == world.user[:-ahead]
        zero_us = course.time_zero_us[:-ahead]
        within = same_user & (world.started_us[ahead:] <= zero_us + OUTCOME_WINDOW_US)
        if not within.any():
            return bought
        later_us = course.bought_us[ahead:]
        bought[:-ahead] |= within & (later_us > zero_us) & (later_us <= zero_us + OUTCOME_WINDOW_US)
        ahead += 1


def _effects_by_intent(world: World, units: Units, effect: np.ndarray) -> dict[str, float]:
    intent = world.intent[units.index]
    return {name: float(effect[intent == at].mean()) for at, name in enumerate(INTENTS)}
