"""Calibration: what the learnt outcomes miss along the propensity, and the propensity along the outcomes, is mended.

The bias of a doubly robust estimate is what both nuisances miss together. Both are learnt by methods that flatten
peaks, and where confounding is strong they flatten the same ones. So the outcomes' residuals are regressed on the
propensity, and the treatment on the outcomes, by curves of one variable, cross-fitted once more: those misses can be
seen, because they lie along one axis each (the reduced-dimension regressions of Benkeser, Carone, van der Laan and
Gilbert, "Doubly robust nonparametric inference on the average treatment effect", 2017).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from core.effects.mixing import mix_shares, mix_squares
from core.effects.nuisances import Nuisances
from core.effects.table import AnalysisTable

Mix = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
NEAR_CERTAIN = 1e-3  # the curve along the propensity is drawn no further out
PENALTY = 5.0  # on standardised curves: as if so many units said that there is nothing to put right
KNOTS = (-1.0, 0.0, 1.0)
CLIP = 3.0
STEPS = 8


@dataclass(frozen=True)
class Calibrated:
    """propensity, control, treated (n,) after calibration; treated repeats control where it was not asked for."""

    propensity: np.ndarray
    control: np.ndarray
    treated: np.ndarray


def calibrated(table: AnalysisTable, fits: Nuisances, split: int, *, arms: tuple[int, ...] = (0, 1)) -> Calibrated:
    """The nuisances of a split, calibrated to each other; arms: whose outcomes are asked for (the ATT needs only 0)."""
    propensity, fold, base = fits.propensity(split), fits.fold(split), table.weights / table.weights.mean()
    learnt = {arm: fits.outcome(arm, split) for arm in arms}
    likely = logit(np.clip(propensity, NEAR_CERTAIN, 1 - NEAR_CERTAIN))
    along = _curve(likely)
    by_outcome = np.column_stack([likely, *(_curve(each) for each in learnt.values())])
    better = {arm: each.copy() for arm, each in learnt.items()}
    shifted = np.zeros(table.units)
    for which in range(fold.max() + 1):
        train, test = fold != which, fold == which
        shifted[test] = _shift(by_outcome, likely, table.treatment, base, train)[test]
        for arm, each in learnt.items():
            own = train & (table.treatment == arm)
            if own.any():
                columns = np.column_stack([along, each])
                better[arm][test] += _line(columns, table.outcome - each, base, own)[test]
    if np.isin(table.outcome, (0.0, 1.0)).all():
        better = {arm: np.clip(each, 0.0, 1.0) for arm, each in better.items()}
    told = {
        arm: _as_it_predicts(mix_squares, each, better[arm], table.outcome, base * (table.treatment == arm))
        for arm, each in learnt.items()
    }
    moved = np.asarray(expit(logit(np.clip(propensity, 1e-12, 1 - 1e-12)) + shifted))
    return Calibrated(
        propensity=_as_it_predicts(mix_shares, propensity, moved, table.treatment, base),
        control=told.get(0, told[arms[0]]),
        treated=told.get(1, told[arms[0]]),
    )


def _as_it_predicts(
    mix: Mix, before: np.ndarray, after: np.ndarray, target: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """(n,) the mixture of both that predicts the weighted target best: what does not help is not taken."""
    both, counted = np.column_stack([before, after]), weights > 0
    return np.asarray(both @ mix(both[counted], target[counted], weights[counted]))


def _curve(values: np.ndarray) -> np.ndarray:
    spread = values.std()
    bent = np.clip((values - values.mean()) / (spread if spread > 0 else 1.0), -CLIP, CLIP)
    return np.column_stack([bent, bent**2, *(np.maximum(bent - knot, 0.0) for knot in KNOTS)])


def _line(columns: np.ndarray, target: np.ndarray, base: np.ndarray, train: np.ndarray) -> np.ndarray:
    """(n,) ridge regression of the target on columns (n, k), learnt on a mask of units."""
    standard = _standard(columns, train)
    level = np.average(target[train], weights=base[train])
    weighted = standard[train] * base[train][:, None]
    penalty = PENALTY * np.eye(columns.shape[1])
    slopes = np.linalg.solve(weighted.T @ standard[train] + penalty, weighted.T @ (target[train] - level))
    return np.asarray(level + standard @ slopes)


def _shift(
    columns: np.ndarray, offset: np.ndarray, treatment: np.ndarray, base: np.ndarray, train: np.ndarray
) -> np.ndarray:
    """(n,) what a logistic ridge regression on columns (n, k) adds to the log-odds, by a few Newton steps."""
    design = np.column_stack([np.ones(len(columns)), _standard(columns, train)])
    penalty = PENALTY * np.eye(design.shape[1])
    penalty[0, 0] = NEAR_CERTAIN
    inner, slopes = design[train], np.zeros(design.shape[1])
    for _ in range(STEPS):
        share = expit(offset[train] + inner @ slopes)
        curvature = (inner * (base[train] * share * (1 - share))[:, None]).T @ inner + penalty
        step = np.linalg.solve(curvature, inner.T @ (base[train] * (treatment[train] - share)) - penalty @ slopes)
        slopes = slopes + step / max(1.0, float(np.abs(step).max()))  # at most one unit of log-odds a step
    return np.asarray(design @ slopes)


def _standard(columns: np.ndarray, train: np.ndarray) -> np.ndarray:
    spread = columns[train].std(axis=0)
    return np.asarray((columns - columns[train].mean(axis=0)) / np.where(spread > 0, spread, 1.0))
