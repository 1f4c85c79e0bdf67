"""Weights of units that keep to a strategy of taking the treatment up or not, when uptake comes some time after time
zero; and the difference in outcome between two weighted groups.

A unit stays in a strategy until it deviates. One that stays stands for those like it that left: its weight is one over
the probability of staying, from the hazard of uptake given the covariates.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.effects.hazard import Hazard, fit_hazard, stretches
from core.effects.learners import features
from core.effects.table import EVENT_DAYS, FOLLOWED_DAYS, UPTAKE_DAYS, AnalysisTable

STRETCHES = 6
EFFECTIVE_NEEDED = 0.5  # of a strategy's units


@dataclass(frozen=True)
class Times:
    """(n,) days since time zero, infinite where it never came: uptake of the treatment; settled: the moment from which
    the outcome is known whatever follows (its first event, for an outcome that is about the first)."""

    uptake: np.ndarray
    settled: np.ndarray


@dataclass(frozen=True)
class Kept:
    """weights: (n,) of the units in a strategy, 0 for those that left it; gradient: (n, q) of their logarithms with
    respect to the parameters whose influence is (n, q)."""

    weights: np.ndarray
    gradient: np.ndarray
    influence: np.ndarray


def times_of(table: AnalysisTable) -> Times:
    """From UPTAKE_DAYS and, where the outcome is about the first event (0 or 1, or days until it), EVENT_DAYS."""
    uptake = table.frame[UPTAKE_DAYS].to_numpy(dtype=float)
    settled = np.full(table.units, np.inf)
    if EVENT_DAYS in table.frame:
        event = table.frame[EVENT_DAYS].to_numpy(dtype=float)
        if table.outcome_unit == "days" or np.array_equal(table.outcome == 1, np.isfinite(event)):
            settled = np.where(np.isfinite(event), event, np.inf)
    return Times(np.where(np.isfinite(uptake), uptake, np.inf), settled)


def uptake_hazard(
    table: AnalysisTable, times: Times, start: float, end: float, among: np.ndarray | None = None
) -> Hazard:
    """The hazard of uptake from start to end among units that had neither uptake nor a settled outcome before."""
    first = np.minimum(times.uptake, times.settled)
    at_risk = first >= start if among is None else among & (first >= start)
    until = np.where(at_risk, np.clip(first, start, end), start)
    happened = at_risk & (times.uptake < times.settled) & (times.uptake <= end)
    edges = stretches(start, end, until[happened], STRETCHES)
    return fit_hazard(features(table.matrix()).linear[:, 1:], until, happened, edges, table.weights)


def staying_out(fit: Hazard, times: Times, start: float, end: float) -> Kept:
    """The strategy of no uptake between start and end."""
    left = (times.uptake < times.settled) & (times.uptake >= start) & (times.uptake <= end)
    until = np.clip(np.minimum(times.uptake, times.settled), start, end)
    weights = np.where(left, 0.0, np.exp(fit.ratio * fit.base(until)))
    return Kept(weights, fit.gradient(until), fit.influence)


def starting(fit: Hazard, times: Times, end: float) -> Kept:
    """The strategy of uptake between time zero and end, at the moments at which a unit with average covariates starts.

    Who starts at u has weight f(u) / (h(u) S(u)), with the strategy's density f and the unit's own hazard and share
    not started; who had the outcome at t before starting has F(still to start at t) / S(t); the rest have left.
    """
    started = (times.uptake < times.settled) & (times.uptake <= end)
    settled = ~started & (times.settled <= end)
    until = np.minimum(np.minimum(times.uptake, times.settled), end)
    base, whole = fit.base(until), fit.base(np.array([end]))[0]
    ever = -np.expm1(-whole)
    own = fit.ratio * base
    log_start = -np.log(fit.ratio) + own - base - np.log(ever)
    to_start = (np.exp(-base) - np.exp(-whole)) / ever
    weights = np.where(
        started, np.exp(np.where(started, log_start, 0.0)), np.where(settled, np.exp(own) * to_start, 0.0)
    )
    gradient = fit.gradient(until) - started[:, None] * fit.gradient_at(until)
    return Kept(weights, gradient, fit.influence)


def contrast(table: AnalysisTable, treated: Kept, control: Kept) -> tuple[float, np.ndarray]:
    """The weighted mean outcome of one strategy minus that of the other, and each unit's influence on it."""
    (high, first), (low, second) = (_mean(table, kept) for kept in (treated, control))
    return high - low, first - second


def curve(table: AnalysisTable, treated: Kept, control: Kept, points: int = 30) -> list[dict[str, Any]]:
    """The share with the outcome by each of so many days, under both strategies; [] where its moment is not known."""
    if EVENT_DAYS not in table.frame or table.window_days is None:
        return []
    event = table.frame[EVENT_DAYS].to_numpy(dtype=float)
    rows = []
    for day in np.linspace(0, table.window_days, points):
        shares = [float(np.average(event <= day, weights=kept.weights * table.weights)) for kept in (treated, control)]
        rows.append({"days": float(day), "treated": shares[0], "control": shares[1]})
    return rows


def sizes(table: AnalysisTable, treated: Kept, control: Kept) -> Mapping[str, Any]:
    """Units in each strategy, what they are worth, and the largest weight."""
    found: dict[str, Any] = {}
    for name, kept in (("treated", treated), ("control", control)):
        weights = (kept.weights * table.weights)[kept.weights > 0]
        worth = float(weights.sum() ** 2 / (weights**2).sum()) if len(weights) else 0.0
        largest = float(weights.max() / weights.mean()) if len(weights) else 0.0
        found[name] = {"units": len(weights), "effective_units": worth, "largest_weight": largest}
    return found


def heavy(table: AnalysisTable, treated: Kept, control: Kept) -> tuple[str, ...]:
    """A note on a strategy whose units are worth under EFFECTIVE_NEEDED of themselves: errors then come out small."""
    return tuple(
        f"Few stand for many: {found['units']:,} units with the {name} strategy are worth "
        f"{found['effective_units']:,.0f}, and the interval may be too narrow."
        for name, found in sizes(table, treated, control).items()
        if found["effective_units"] < EFFECTIVE_NEEDED * found["units"]
    )


def unfollowed(table: AnalysisTable) -> tuple[str, ...]:
    """A note on units whose follow-up ends before the window and before an outcome."""
    if FOLLOWED_DAYS not in table.frame or EVENT_DAYS not in table.frame or table.window_days is None:
        return ()
    short = table.frame[FOLLOWED_DAYS].to_numpy(dtype=float) < table.window_days
    lost = int((short & table.frame[EVENT_DAYS].isna().to_numpy()).sum())
    return (
        (f"{lost:,} units were not followed to the end and count as without the outcome from then on.",) if lost else ()
    )


def _mean(table: AnalysisTable, kept: Kept) -> tuple[float, np.ndarray]:
    weights = kept.weights * table.weights
    share = weights / weights.mean()
    value = float(np.average(table.outcome, weights=weights))
    own = share * (table.outcome - value)
    return value, own + kept.influence @ (kept.gradient.T @ own / table.units)
