"""Whom to treat first: what is gained by treating a share of the units in the order of a learner's predictions.

The uplift curve at a share q is the effect, per unit of the population, of treating the q most promising; its distance
to the straight line of treating q at random is the Qini curve. Area under that: Qini; with 1 / q as weight: AUTOC
(Yadlowsky, Fleming, Shah, Brunskill and Wager 2021). Errors by a bootstrap that draws one weight per user and ranks
again, the same draws for every learner, so that differences between learners are paired.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.effects.benefits.inference import LEVEL
from core.effects.benefits.judged import Judge, priority
from core.effects.interval import Interval

DRAWS = 200
STEPS = 50  # points of a curve


@dataclass(frozen=True)
class Targeting:
    """qini, autoc (k,) and their draws (DRAWS, k); curves: one JSON-ready dict per learner."""

    qini: np.ndarray
    qini_draws: np.ndarray
    autoc: np.ndarray
    autoc_draws: np.ndarray
    curves: list[dict[str, Any]]

    def plain(self, at: int, *, widen: float = 1.0) -> dict[str, Any]:
        """JSON-ready: both areas of one learner with their intervals, `widen` times as wide, and its curve."""
        qini = Interval(float(self.qini[at]), widen * float(self.qini_draws[:, at].std(ddof=1)))
        autoc = Interval(float(self.autoc[at]), widen * float(self.autoc_draws[:, at].std(ddof=1)))
        return {"qini": qini.plain(), "autoc": autoc.plain(), "curve": self.curves[at]}


def target(judge: Judge, effects: np.ndarray, *, cost: float, seed: int) -> Targeting:
    """Curves and areas of every learner's predictions (k, n), net of the cost of treating one unit.

    A curve has `share` (STEPS + 1 points from 0 to 1), `value` with `low` and `high`, a band that holds along the whole
    curve, and `random`: the straight line.
    """
    gains = judge.values - cost
    qini, autoc, curves = [], [], []
    qini_draws, autoc_draws = np.zeros((DRAWS, len(effects))), np.zeros((DRAWS, len(effects)))
    users = int(judge.clusters.max()) + 1
    for at, predicted in enumerate(effects):
        order = priority(judge, predicted, seed=seed)
        fold, gain, weights, clusters = judge.fold[order], gains[order], judge.weights[order], judge.clusters[order]
        found = _areas(gain, weights, fold)
        rng = np.random.default_rng([seed, DRAWS])
        curve_draws = np.zeros((DRAWS, STEPS + 1))
        for draw in range(DRAWS):
            drawn = weights * rng.standard_exponential(users)[clusters]
            qini_draws[draw, at], autoc_draws[draw, at], curve_draws[draw] = _areas(gain, drawn, fold)
        qini.append(found[0])
        autoc.append(found[1])
        curves.append(_curve(found[2], curve_draws))
    return Targeting(np.array(qini), qini_draws, np.array(autoc), autoc_draws, curves)


def _areas(gain: np.ndarray, weights: np.ndarray, fold: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Qini area, AUTOC and curve (STEPS + 1,) of units that stand in order of priority, fold after fold."""
    ends = np.flatnonzero(np.append(np.diff(fold), 1))
    sums = np.cumsum(weights)
    before = np.concatenate([[0.0], sums[ends[:-1]]])
    sizes = np.diff(np.append(before, sums[-1]))
    which = np.repeat(np.arange(len(ends)), np.diff(np.append(-1, ends)))
    place = np.clip((sums - weights / 2 - before[which]) / sizes[which], 1e-12, 1.0)
    worth = weights * gain / sums[-1]
    step = np.minimum((place * STEPS).astype(int), STEPS - 1)
    curve = np.concatenate([[0.0], np.cumsum(np.bincount(step, weights=worth, minlength=STEPS))])
    return float((0.5 - place) @ worth), float((-np.log(place) - 1) @ worth), curve


def _curve(values: np.ndarray, draws: np.ndarray) -> dict[str, Any]:
    """The curve with a band of equal reach in standard errors, from the bootstrap draws (DRAWS, STEPS + 1)."""
    errors = draws.std(axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        far = np.where(errors > 0, np.abs(draws - draws.mean(axis=0)) / errors, 0.0).max(axis=1)
    reach = float(np.quantile(far, LEVEL))
    share = np.linspace(0, 1, STEPS + 1)
    return {
        "share": [float(each) for each in share],
        "value": [float(each) for each in values],
        "low": [float(each) for each in values - reach * errors],
        "high": [float(each) for each in values + reach * errors],
        "random": [float(each) for each in share * values[-1]],
    }
