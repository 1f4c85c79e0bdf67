"""Subsets of users: the estimate from random four fifths of the users should scatter as its standard error promises.

The values of subsets of share f scatter around the full one by se x sqrt((1 - f) / f). More than that, or a sign that
comes and goes, means that few users carry the effect or that the error is too small. On the linear effect, all 200
draws from one pass over the units.
"""

import numpy as np

from core.effects.partialled import contrast, partialled
from core.effects.refutation import Attempt, Refutation, not_told, refutation, sized
from core.effects.refuters.linear_checks import DRAWS, quantiles, redrawn_effects

NAME = "data_subset"
SHARE = 0.8
SPREAD_ALLOWED = 1.5  # times what is due


def refute(attempt: Attempt) -> Refutation:
    """200 random subsets of 80 % of the users, on the linear effect."""
    table, called = contrast(attempt.table)
    parts = partialled(table)
    counts = subsets(int(parts.clusters.max()) + 1, draws=DRAWS, rng=np.random.default_rng(attempt.seed))
    values = redrawn_effects(parts, counts)
    due = parts.se * np.sqrt((1 - SHARE) / SHARE)
    if not (np.isfinite(parts.value) and due > 0):
        return not_told(NAME, "Not told: the linear effect has no value with an error to begin with.")
    lost = int((~np.isfinite(values)).sum())
    if lost:
        said = f"In {lost:,} of {DRAWS} draws {called} has no value without a fifth of the users: few carry it."
        return refutation(NAME, False, said, expected=parts.value, details={"lost": lost})
    low, high = quantiles(values)
    times = float(values.std() / due)
    clear = abs(parts.value) > 1.96 * parts.se
    turns = clear and low <= 0 <= high
    passed = bool(times <= SPREAD_ALLOWED and not turns)
    said = (
        f"Without a random fifth of the users: expected about {sized(table.outcome_unit, parts.value)}, got "
        f"{sized(table.outcome_unit, values.mean(), low, high)} for {called}; it scatters {times:.2g} times as much as "
        "its standard error promises"
    )
    said += ", as it should." if passed else ": few users carry it." if not turns else ", and its sign comes and goes."
    details = {"draws": values.tolist(), "spread_times": times}
    return refutation(
        NAME, passed, said, value=float(values.mean()), low=low, high=high, expected=parts.value, details=details
    )


def subsets(users: int, *, draws: int, rng: np.random.Generator) -> np.ndarray:
    """(draws, users) 1 where a user is in the subset, else 0; every subset has 80 % of the users, rounded."""
    counts = np.ones((draws, users), dtype=np.uint8)
    left_out = users - round(SHARE * users)
    for row in counts:
        row[rng.choice(users, left_out, replace=False, shuffle=False)] = 0
    return counts
