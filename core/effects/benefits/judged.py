"""A learner on trial: do its held-out predictions say more about the effect than one constant number does?

The judge is the doubly robust score of each unit, which is its effect plus noise that no model can know. Loss is the
squared distance to the score; what counts is the difference to the loss of a constant, paired by unit (Nie and Wager
2021 argue for such losses; most published learners do not beat the constant: arXiv:2410.07021).
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.stats import chi2

from core.effects.benefits.inference import (
    Numbers,
    all_at_once,
    average,
    averages,
    group_means,
    regression,
)
from core.effects.interval import Interval

GROUPS = 5
# Folds judge each other's models. Where a learner knows nothing, it predicts the noise of its training units, and the
# noise of two units in different folds meets twice: in the judgement of either. The error of the sum is up to sqrt(2)
# times what it seems (on such tests: Wager, arXiv:2405.05534). Where predictions are right, that vanishes in the rest.
UNPROVEN = float(np.sqrt(2.0))
NO_SPREAD = 1e-9  # of the scores' spread: predictions closer together than this are one number


@dataclass(frozen=True)
class Judge:
    """values (n,): doubly robust scores; weights, clusters, fold (n,): of the units."""

    values: np.ndarray
    weights: np.ndarray
    clusters: np.ndarray
    fold: np.ndarray

    def constant(self) -> np.ndarray:
        """(n,) the average score of the other folds' units: the effect if it does not differ."""
        found = np.zeros(len(self.values))
        for each in np.unique(self.fold):
            rest = self.fold != each
            found[~rest] = np.average(self.values[rest], weights=self.weights[rest])
        return found

    def levelled(self, effects: np.ndarray) -> np.ndarray:
        """(n,) predictions whose average in each fold is the average score of the other folds: a learner is trusted
        with differences between units, and the level is that of the doubly robust estimate."""
        return np.asarray(self.centred(effects) + self.constant())

    def centred(self, effects: np.ndarray) -> np.ndarray:
        """(n,) predictions less the average of their fold: folds have models of their own, whose levels differ."""
        found = effects.astype(float)
        for each in np.unique(self.fold):
            of_fold = self.fold == each
            found[of_fold] -= np.average(effects[of_fold], weights=self.weights[of_fold])
        return found


def beats_constant(judge: Judge, effects: np.ndarray, *, seed: int) -> tuple[list[dict[str, Any]], Numbers]:
    """One row per learner of effects (k, n): its loss, the constant's, and the gain with an interval that holds for all
    learners together; and the losses less the constant's, with their covariance.

    effects: put on the level of the scores (`levelled`), so that a gain can only come from differences between units.
    passed: True where the whole interval of the gain lies above 0, False where it lies below, else None.
    """
    constant = judge.constant()
    alone = (judge.values - constant) ** 2
    losses = np.column_stack([(judge.values - each) ** 2 - alone for each in effects])
    numbers = averages(losses, judge.weights, judge.clusters)
    reach = all_at_once(numbers, seed=seed)
    level = float(np.average(alone, weights=judge.weights))
    rows = []
    for value, se in zip(numbers.values, numbers.errors, strict=True):
        low, high = float(-value - reach * se), float(-value + reach * se)
        rows.append(
            {
                "root_loss": float(np.sqrt(max(level + value, 0.0))),
                "constant_root_loss": float(np.sqrt(level)),
                "gain": float(-value),
                "gain_low": low,
                "gain_high": high,
                "spread_found": float(np.sign(-value) * np.sqrt(abs(value))),
                "passed": True if low > 0 else False if high < 0 else None,
            }
        )
    return rows, numbers


def caution(row: dict[str, Any]) -> float:
    """By what the errors of a learner's other numbers are multiplied: 1 where it beats a constant, else UNPROVEN."""
    return 1.0 if row["passed"] is True else UNPROVEN


def calibration(judge: Judge, effects: np.ndarray, *, widen: float = 1.0) -> dict[str, Any]:
    """Scores regressed on a constant and the centred predictions (Chernozhukov, Demirer, Duflo, Fernández-Val 2018).

    average: the effect in all units; loading: 1 where predicted differences come true in full, 0 where they are noise.
    passed: True where the loading's interval lies above 0 and holds 1; False where it holds 0 or less but not 1.
    """
    centred = judge.centred(effects)
    if centred.std() <= NO_SPREAD * max(judge.values.std(), 1e-300):
        return {"passed": None, "average": None, "loading": None, "sentence": "It predicts one number for everybody."}
    columns = np.column_stack([np.ones(len(centred)), centred])
    found = regression(judge.values, columns, judge.weights, judge.clusters)
    level, loading = (Interval(float(v), widen * float(e)) for v, e in zip(found.values, found.errors, strict=True))
    real, full = loading.low > 0, loading.low <= 1 <= loading.high
    passed = True if real and full else False if not full else None
    if passed:
        said = f"Predicted differences come true: of one predicted, {loading.value:.2f} is found"
    elif real:
        said = f"Predicted differences are real but of the wrong size: of one predicted, {loading.value:.2f} is found"
    elif passed is None:
        said = f"Cannot tell whether predicted differences come true: of one predicted, {loading.value:.2f} is found"
    else:
        said = f"Predicted differences do not come true: of one predicted, {loading.value:.2f} is found"
    sentence = f"{said} in held-out users (95 % interval {loading.low:.2f} to {loading.high:.2f})."
    return {"passed": passed, "average": level.plain(), "loading": loading.plain(), "sentence": sentence}


def sorted_groups(judge: Judge, effects: np.ndarray, *, smallest: int, seed: int, widen: float = 1.0) -> dict[str, Any]:
    """Average effects of units sorted by their prediction (GATES, Chernozhukov et al. 2018), the lowest group first.

    Groups are equal shares of each fold. low, high: for one group; low_together, high_together: for all of them.
    top_less_bottom: the contrast of the ends; chance: of so large distances between predicted and found averages if
    the predictions were right (chi-square).
    """
    order = _places(judge, effects, seed)
    count = max(2, min(GROUPS, len(effects) // max(smallest, 1)))
    which = np.minimum((order * count).astype(int), count - 1)
    members = (which[:, None] == np.arange(count)).astype(float)
    found = group_means(judge.values, members, judge.weights, judge.clusters)
    found = replace(found, covariance=found.covariance * widen**2)
    predicted = (judge.weights * effects) @ members / (judge.weights @ members)
    reach = all_at_once(found, seed=seed)
    rows = []
    for at, (value, se) in enumerate(zip(found.values, found.errors, strict=True)):
        of_group = members[:, at] == 1
        rows.append(
            {
                "group": at + 1,
                "units": int(of_group.sum()),
                "users": len(np.unique(judge.clusters[of_group])),
                "predicted": float(predicted[at]),
                **Interval(float(value), float(se)).plain(),
                "low_together": float(value - reach * se),
                "high_together": float(value + reach * se),
            }
        )
    ends = np.zeros(count)
    ends[[0, -1]] = -1.0, 1.0
    contrast = Interval(float(ends @ found.values), float(np.sqrt(ends @ found.covariance @ ends)))
    distance = found.values - predicted
    statistic = float(distance @ np.linalg.pinv(found.covariance, hermitian=True) @ distance)
    return {
        "rows": rows,
        "top_less_bottom": contrast.plain(),
        "chance": float(chi2.sf(statistic, count)),
        "which": which,
    }


def pair_rows(
    rows: dict[str, dict[str, Any]], losses: Numbers, areas: np.ndarray, area_draws: np.ndarray
) -> list[dict[str, Any]]:
    """Learners two by two: the gain of the first over the second and the difference of their Qini areas, paired.

    rows: of `beats_constant`, by learner. areas (k,), area_draws (draws, k): Qini areas with the bootstrap draws that
    all learners share.
    """
    names, pairs = list(rows), []
    for first in range(len(names)):
        for second in range(first + 1, len(names)):
            ends = np.zeros(len(names))
            ends[[first, second]] = -1.0, 1.0
            widen = max(caution(rows[names[each]]) for each in (first, second))
            error = float(np.sqrt(max(ends @ losses.covariance @ ends, 0.0)))
            gain = Interval(float(ends @ losses.values), widen * error)
            apart = area_draws[:, first] - area_draws[:, second]
            area = Interval(float(areas[first] - areas[second]), widen * float(apart.std(ddof=1)))
            better = names[first] if gain.low > 0 else names[second] if gain.high < 0 else None
            pairs.append(
                {
                    "first": names[first],
                    "second": names[second],
                    "gain": gain.plain(),
                    "qini": area.plain(),
                    "better": better,
                }
            )
    return pairs


def overall(judge: Judge) -> Interval:
    """The average effect in all units."""
    return average(judge.values, judge.weights, judge.clusters)


def _places(judge: Judge, effects: np.ndarray, seed: int) -> np.ndarray:
    """(n,) share of the fold's weight with a lower prediction, 0 to 1; ties are broken by chance."""
    found = np.zeros(len(effects))
    tie = np.random.default_rng(seed).random(len(effects))
    for each in np.unique(judge.fold):
        rows = np.flatnonzero(judge.fold == each)
        rows = rows[np.lexsort((tie[rows], effects[rows]))]
        weights = judge.weights[rows]
        found[rows] = (np.cumsum(weights) - weights / 2) / weights.sum()
    return found


def priority(judge: Judge, effects: np.ndarray, *, seed: int) -> np.ndarray:
    """(n,) positions of the units from the most to the least promising within each fold, folds one after another."""
    return np.lexsort((-_places(judge, effects, seed), judge.fold))
