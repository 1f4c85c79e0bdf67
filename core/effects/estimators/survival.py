"""Time until the outcome: how much later (or sooner) it comes, within the window, in days.

Both arms' curves (the share still without the outcome) are means over all units of m_a + 1{A = a} / e_a (Y - m_a), as
in aipw, with Y the unit's pseudo-values (`survival_curves`), e the shared cross-fitted propensity and m a cross-fitted
ridge regression for all times at once. The area between the curves is the difference in restricted mean time (Royston
and Parmar 2013). Assumes that the covariates hold every common cause, and that follow-up ends for reasons unrelated to
the outcome: given the arm, or given the covariates too where loss depends on them (`censoring`).
"""

from typing import Any

import numpy as np

from core.effects.censoring import censoring_weights
from core.effects.crossfit import Scored, averaged, finished, over_splits
from core.effects.doubly_robust import arm_weights
from core.effects.estimate import Estimate, clustered_error
from core.effects.guard import guard
from core.effects.interval import Interval
from core.effects.learners import features
from core.effects.nuisances import Nuisances, deal_folds
from core.effects.survival_curves import FollowUp, follow_up, pseudo_values
from core.effects.table import AnalysisTable
from core.errors import NotEnoughData

FEWEST_OUTCOMES = 10
PENALTY = 10.0  # of the ridge regression, on standardised covariates
DRAWN = 40  # points of a curve in the details


def estimate(
    table: AnalysisTable, *, estimand: str = "RMTL", seed: int = 0, nuisances: Nuisances | None = None
) -> Estimate:
    """Mean days until the outcome, treated minus control, within the window; details: `curves`, `risk_difference`,
    `arms` (mean days), `unadjusted`, `horizon_days`, `censored`, `censoring_p`.

    Raises NotEnoughData for under 10 outcomes.
    """
    given = follow_up(table)
    if given.had.sum() < FEWEST_OUTCOMES:
        raise NotEnoughData(
            f"Only {int(given.had.sum()):,} units had the outcome within {given.horizon:g} days; a curve needs "
            f"{FEWEST_OUTCOMES}."
        )
    fits = nuisances or Nuisances(table, seed=seed)
    kept, chance = censoring_weights(table, given)
    pseudo = np.zeros((table.units, len(given.times)))
    for arm in (0, 1):
        chosen = table.treatment == arm
        pseudo[chosen] = pseudo_values(given, chosen, table.weights, kept)
    middle, se, values = over_splits(table, lambda split: _one_split(table, given, pseudo, fits, seed, split))
    details = {
        **middle.details,
        "horizon_days": given.horizon,
        "censored": int(given.censored.sum()),
        "censoring_p": chance,
    }
    noted = Scored(middle.value, middle.influence, middle.weights, details, _notes(table, given, kept is not None))
    return finished("survival", table, "RMTL", noted, se=se, split_values=values, unit="days")


def _one_split(
    table: AnalysisTable, given: FollowUp, pseudo: np.ndarray, fits: Nuisances, seed: int, split: int
) -> Scored:
    base, treatment = table.weights, table.treatment
    propensity = guard(fits.propensity(split), "ATE", table)
    weights = arm_weights(treatment, propensity, "ATE")
    shares, influences, raw, moved = [], [], [], []
    for arm in (0, 1):
        chosen = treatment == arm
        inverse = chosen / (propensity if arm else 1 - propensity)
        inverse /= np.average(inverse, weights=base)
        learnt = _learnt(table, pseudo, chosen, seed, split)
        share, influence = averaged(learnt + inverse[:, None] * (pseudo - learnt), base)
        shares.append(share)
        influences.append(influence)
        plain = chosen / np.average(chosen, weights=base)
        raw.append((base / base.sum() * plain) @ pseudo)
        moved.append(base[:, None] / base.mean() * plain[:, None] * (pseudo - raw[-1]))
    constant, lengths = given.mean_days()
    value, change = float((shares[1] - shares[0]) @ lengths), (influences[1] - influences[0]) @ lengths
    plain_change = (moved[1] - moved[0]) @ lengths
    risk = influences[0][:, -1] - influences[1][:, -1]
    details: dict[str, Any] = {
        "curves": [_curve(table, given, arm, shares[arm], influences[arm]) for arm in (0, 1)],
        "arms": [_mean(table, constant + float(shares[arm] @ lengths), influences[arm] @ lengths) for arm in (0, 1)],
        "risk_difference": _mean(table, float(shares[0][-1] - shares[1][-1]), risk),
        "unadjusted": _mean(table, float((raw[1] - raw[0]) @ lengths), plain_change),
    }
    return Scored(value, change, base * weights, details)


def _learnt(table: AnalysisTable, pseudo: np.ndarray, chosen: np.ndarray, seed: int, split: int) -> np.ndarray:
    """(n, k) cross-fitted expectation of the pseudo-values of an arm's units, given the covariates."""
    made = features(table.matrix())
    design = np.hstack([made.linear, made.curves])
    fold = deal_folds(table.treatment, table.clusters, np.random.default_rng([seed, split]))
    penalty = PENALTY * np.eye(design.shape[1])
    penalty[0, 0] = 0.0
    learnt = np.zeros_like(pseudo)
    for which in range(fold.max() + 1):
        train, test = chosen & (fold != which), fold == which
        weighted = design[train] * table.weights[train][:, None]
        learnt[test] = (
            design[test]
            @ np.linalg.lstsq(weighted.T @ design[train] + penalty, weighted.T @ pseudo[train], rcond=1e-12)[0]
        )
    return learnt


def _mean(table: AnalysisTable, value: float, influence: np.ndarray) -> dict[str, float]:
    return Interval(value, clustered_error(influence, table.clusters)).plain()


def _curve(
    table: AnalysisTable, given: FollowUp, arm: int, shares: np.ndarray, influence: np.ndarray
) -> dict[str, Any]:
    """The share still without the outcome: `rows` of days, value, low, high, from 1 at time zero."""
    shown = np.unique(np.linspace(0, len(shares) - 1, min(DRAWN, len(shares))).round().astype(int))
    rows: list[dict[str, float]] = [{"days": 0.0, "value": 1.0, "se": 0.0, "low": 1.0, "high": 1.0}]
    rows += [
        {"days": float(given.times[place]), **_mean(table, float(shares[place]), influence[:, place])}
        for place in shown
    ]
    rows.append({**rows[-1], "days": given.horizon})
    title = table.treatment_title if arm else f"no {table.treatment_title}"
    return {"arm": arm, "title": title, "rows": rows}


def _notes(table: AnalysisTable, given: FollowUp, weighted: bool) -> tuple[str, ...]:
    notes = [
        f"Days until the outcome count up to {given.horizon:g}; above 0 it comes later with {table.treatment_title}."
    ]
    lost = int(given.censored.sum())
    if lost:
        how = "depended on covariates and is weighted for" if weighted else "is taken to be unrelated to the outcome"
        notes.append(f"{lost:,} of {table.units:,} units were not followed to the end; their loss {how}.")
    if table.window_days and given.horizon < table.window_days:
        notes.append(f"No unit of an arm is followed longer, so the window of {table.window_days:g} days is cut short.")
    return tuple(notes)
