"""Bootstrap: draw the users again, and see whether the interval comes out as the formula has it.

Two halves. The headline's influences are drawn again by user: their spread should be the headline's standard error,
and the share of draws whose distance to the headline exceeds 1.96 of their own errors should be 5 % (a bootstrap-t;
long tails and few users raise it). The linear effect is estimated anew in every draw: its spread should be its standard
error. Users count a Poisson(1) number of times, which is drawing with replacement without fixing the total.
"""

import numpy as np
from scipy.stats import poisson

from core.effects.interval import NORMAL_975
from core.effects.partialled import contrast, partialled
from core.effects.refutation import Attempt, Refutation, not_told, refutation, sized
from core.effects.refuters.linear_checks import DRAWS, quantiles, redrawn_effects

NAME = "bootstrap"
ALARMS_ALLOWED = 0.10  # 5 % are due; at 200 draws 10 % is beyond three of its standard errors
RATIO_ALLOWED = (0.75, 1.33)
MOST_OFTEN = 20  # a user of a draw: more is rarer than a 16-bit number can say


def refute(attempt: Attempt) -> Refutation:
    """200 draws of the users, on the headline's influences and on the linear effect."""
    headline, table = attempt.headline, attempt.table
    users = int(table.clusters.max()) + 1
    counts = drawn_again(users, draws=DRAWS, rng=np.random.default_rng(attempt.seed))
    if len(headline.influence) != table.units or not np.isfinite(headline.influence).all():
        return not_told(NAME, "Not told: the headline has no influence of each unit to draw from.")
    sums = np.bincount(table.clusters, weights=headline.influence - headline.influence.mean()) / table.units
    values, alarms = redrawn_means(sums, counts)
    values = headline.value + values
    if not (np.isfinite(values).all() and np.isfinite(alarms) and values.std() > 0):
        return not_told(NAME, "Not told: the headline does not vary when users are drawn again.")
    low, high = quantiles(values)
    ratio = _linear_ratio(attempt, counts)
    spread = float(values.std() / headline.se) if headline.se > 0 else float("nan")
    fits = all(RATIO_ALLOWED[0] <= each <= RATIO_ALLOWED[1] for each in (spread, ratio) if each is not None)
    passed = bool(alarms <= ALARMS_ALLOWED and fits)
    unit = headline.unit or table.outcome_unit
    said = (
        f"With the users drawn again: expected {sized(unit, headline.value, headline.low, headline.high)}, got "
        f"{sized(unit, float(values.mean()), low, high)}; the drawn intervals miss in {100 * alarms:.1f} %, where 5 "
        "% are due"
    )
    said += f", and the linear effect scatters {ratio:.2f} times as its error says." if ratio is not None else "."
    if not passed:
        said += " The interval of the headline is not to be trusted."
    details = {"draws": values.tolist(), "alarms_share": alarms, "spread_times": spread, "linear_ratio": ratio}
    return refutation(
        NAME, passed, said, value=float(values.mean()), low=low, high=high, expected=headline.value, details=details
    )


def drawn_again(users: int, *, draws: int, rng: np.random.Generator) -> np.ndarray:
    """(draws, users) how often each user counts: Poisson(1), looked up for a 16-bit number, so that it is quick."""
    upto = poisson.cdf(np.arange(MOST_OFTEN), 1.0)
    quantiles_of = np.searchsorted(upto, (np.arange(1 << 16) + 0.5) / (1 << 16)).astype(np.uint8)
    counts: np.ndarray = quantiles_of[rng.integers(0, 1 << 16, (draws, users), dtype=np.uint16)]
    return counts


def redrawn_means(sums: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, float]:
    """(draws,) redrawn sums of users' influences (users,), and the share beyond 1.96 of its own redrawn error."""
    often = counts.astype(float)
    total, squares = often @ sums, often @ sums**2
    error = np.sqrt(squares - total**2 / np.maximum(often.sum(axis=1), 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        alarms = float((np.abs(total) > NORMAL_975 * error).mean())
    return total, alarms


def _linear_ratio(attempt: Attempt, counts: np.ndarray) -> float | None:
    """Spread of the redrawn linear effect over its standard error; None where there is no linear effect."""
    two_arms, _ = contrast(attempt.table)
    if two_arms.units < attempt.table.units:  # its users are others than those drawn
        return None
    parts = partialled(two_arms)
    values = redrawn_effects(parts, counts)
    usable = values[np.isfinite(values)]
    if len(usable) < 0.9 * len(values) or not parts.se > 0:
        return None
    return float(usable.std() / parts.se)
