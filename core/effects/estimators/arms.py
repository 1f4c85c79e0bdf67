"""Several arms: the mean outcome if every unit had been given each arm, and all differences between them.

Per arm a: mean of m_a + 1{A = a} / e_a (Y - m_a), with cross-fitted super learners for e_a = P(A = a | X), normalised
over the arms, and m_a = E(Y | A = a, X) (Cattaneo 2010; AIPW for more than two arms). Assumes that the covariates hold
every common cause of arm and outcome. Intervals of the differences also come adjusted for their number: the largest
|z| of the same joint normal law (max-t; Westfall and Young 1993), from the influences summed by user.
"""

from itertools import combinations
from typing import Any

import numpy as np

from core.effects.crossfit import Scored, averaged, expected, finished, over_splits
from core.effects.estimate import Estimate, clustered_error
from core.effects.guard import GUARD, least, share_of
from core.effects.interval import Interval
from core.effects.nuisances import Nuisances
from core.effects.table import AnalysisTable
from core.errors import NotEnoughData

SMALLEST_ARM = 10
EFFECTIVE_NEEDED = 0.1  # of an arm's units, before its mean over all units is called unsupported
DRAWS = 20_000  # of the largest |z|


def estimate(
    table: AnalysisTable, *, estimand: str = "ATE", seed: int = 0, nuisances: Nuisances | None = None
) -> Estimate:
    """The first arm against the control; details: `means` of every arm, `against_control` and `pairs` of differences.

    Raises NotEnoughData for an arm with under 10 units.
    """
    _refuse_small_arms(table)
    middle, se, values = over_splits(table, lambda split: _one_split(table, seed, split))
    first = np.where(table.treatment == 1, 1.0, np.where(table.treatment == 0, 0.0, -1.0))
    return finished("arms", table, "ATE", middle, se=se, split_values=values, treated=first)


def _refuse_small_arms(table: AnalysisTable) -> None:
    for number, title in enumerate(table.arms):
        count = int((table.treatment == number).sum())
        if count < SMALLEST_ARM:
            raise NotEnoughData(
                f"The arm '{title}' has {count:,} units; each needs {SMALLEST_ARM}: leave it out or join it to another."
            )


def scores_of_arms(table: AnalysisTable, seed: int, split: int) -> tuple[np.ndarray, np.ndarray, int]:
    """(n, k) doubly robust scores whose weighted mean is each arm's mean; (n,) each unit's weight within its own arm,
    with mean 1; how many propensities were moved to the least of their arm."""
    matrix, outcome, base = table.matrix(), table.outcome, table.weights
    propensity = np.column_stack(
        [
            expected(table, matrix, (table.treatment == arm).astype(float), seed=seed, split=split)
            for arm in range(len(table.arms))
        ]
    )
    propensity = propensity * _odds_of_sampling(table)
    propensity = np.maximum(propensity / np.maximum(propensity.sum(axis=1, keepdims=True), GUARD), 0.0)
    guarded = np.maximum(propensity, _leasts(table))
    scores, weights = np.zeros_like(guarded), np.zeros(table.units)
    for arm in range(len(table.arms)):
        given = table.treatment == arm
        learnt = expected(table, matrix, outcome, seed=seed, split=split, among=given)
        inverse = given / guarded[:, arm]
        inverse /= np.average(inverse, weights=base)
        scores[:, arm] = learnt + inverse * (outcome - learnt)
        weights[given] = (base * inverse)[given] / (base * inverse)[given].mean()
    return scores, weights, int((guarded > propensity + 1e-9).sum())


def _leasts(table: AnalysisTable) -> list[float]:
    """The least propensity of each arm."""
    return [least(share_of(table.treatment == arm, table.weights)) for arm in range(len(table.arms))]


def _odds_of_sampling(table: AnalysisTable) -> np.ndarray:
    """(k,) how many units of the population a unit of each arm stands for, where arms were sampled; else all 1."""
    weights = [table.weights[table.treatment == arm] for arm in range(len(table.arms))]
    by_arm = all(np.ptp(own) <= 1e-9 * own.max() for own in weights)
    return np.array([own.mean() for own in weights]) if by_arm else np.ones(len(weights))


def _one_split(table: AnalysisTable, seed: int, split: int) -> Scored:
    scores, weights, moved = scores_of_arms(table, seed, split)
    means, influence = averaged(scores, table.weights)
    details = _details(table, means, influence, weights, seed)
    value, moves = float(means[1] - means[0]), influence[:, 1] - influence[:, 0]
    gaps = influence[:, 1:] - influence[:, :1]
    return Scored(value, moves, weights, details, _notes(table, moved, details), gaps)


def _details(
    table: AnalysisTable, means: np.ndarray, influence: np.ndarray, weights: np.ndarray, seed: int
) -> dict[str, Any]:
    rows = []
    for arm, title in enumerate(table.arms):
        given = weights[table.treatment == arm]
        size = float(given.sum() ** 2 / (given**2).sum())
        rows.append(
            {
                "arm": title,
                **Interval(float(means[arm]), clustered_error(influence[:, arm], table.clusters)).plain(),
                "units": len(given),
                "effective_units": size,
                "supported": bool(size >= EFFECTIVE_NEEDED * len(given)),
            }
        )
    against = [(arm, 0) for arm in range(1, len(table.arms))]
    every = [(second, first) for first, second in combinations(range(len(table.arms)), 2)]
    return {
        "means": rows,
        "against_control": differences(table, means, influence, against, seed),
        "pairs": differences(table, means, influence, every, seed),
    }


def differences(
    table: AnalysisTable, means: np.ndarray, influence: np.ndarray, pairs: list[tuple[int, int]], seed: int
) -> list[dict[str, Any]]:
    """One row per pair of arms: `low, high` alone; `adjusted_low, adjusted_high, adjusted_p` all together hold in 95 %.

    means (k,), influence (n, k) of the arms' means.
    """
    gaps = np.column_stack([influence[:, arm] - influence[:, other] for arm, other in pairs])
    errors = np.array([clustered_error(gap, table.clusters) for gap in gaps.T])
    sums = np.column_stack([np.bincount(table.clusters, weights=gap) for gap in gaps.T])
    lengths = np.sqrt((sums**2).sum(axis=0))
    standard = sums / np.where(lengths > 0, lengths, 1.0)
    sizes, vectors = np.linalg.eigh(standard.T @ standard)
    normal = np.random.default_rng([seed, len(pairs)]).normal(size=(DRAWS, len(pairs)))
    largest = np.abs(normal @ (vectors * np.sqrt(np.maximum(sizes, 0.0))).T).max(axis=1)
    reach = float(np.quantile(largest, 0.95))
    rows = []
    for (arm, other), se in zip(pairs, errors, strict=True):
        value = float(means[arm] - means[other])
        beyond = float((1 + (largest * se >= abs(value)).sum()) / (1 + DRAWS))
        rows.append(
            {
                "arm": table.arms[arm],
                "against": table.arms[other],
                **Interval(value, float(se)).plain(),
                "adjusted_low": value - reach * float(se),
                "adjusted_high": value + reach * float(se),
                "adjusted_p": beyond,
            }
        )
    return rows


def _notes(table: AnalysisTable, moved: int, details: dict[str, Any]) -> tuple[str, ...]:
    notes = [f"This number is {table.arms[1]} against {table.arms[0]}; the other arms stand beside it."]
    if moved:
        low, *_, high = sorted(_leasts(table))
        limit = f"{low:.2g}" if low == high else f"{low:.2g} to {high:.2g}, by how rare the arm is,"
        notes.append(f"{moved:,} propensities of an arm lay under {limit} and were moved to that limit.")
    thin = [row["arm"] for row in details["means"] if not row["supported"]]
    if thin:
        notes.append(f"Hardly comparable with all units, because few of them were likely to get it: {', '.join(thin)}.")
    return tuple(notes)
