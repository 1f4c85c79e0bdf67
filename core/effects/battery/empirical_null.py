"""The empirical null: how far estimates stray where the truth is 0, and intervals that allow for it.

Schuemie, Ryan, DuMouchel, Suchard and Madigan (2014) and Schuemie et al. (2018): the estimates of null pairs are normal
around a systematic error that is itself normal, each with its own standard error; mean and spread of the systematic
error by maximum likelihood. A calibrated interval moves by the mean and widens by the spread. Effects are in standard
deviations of their outcomes, so that frequent and rare outcomes are on one scale.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from core.effects.interval import Ranged

STEPS = 200  # of the grid that finds the highest peak of the likelihood


@dataclass(frozen=True)
class SystematicError:
    """mean and spread (a standard deviation) of the systematic error, in standard deviations of the outcome."""

    mean: float
    spread: float


@dataclass(frozen=True)
class Calibrated(Ranged):
    """An estimate as it stands beside the null pairs: shifted by their mean error, widened by its spread."""

    value: float
    se: float
    p_value: float


def systematic_error(values: np.ndarray, errors: np.ndarray) -> SystematicError:
    """Maximum likelihood of values (k,) ~ normal(mean, spread^2 + error^2) with standard errors (k,); k at least 2."""

    def mean_at(spread: float) -> float:
        return float(np.average(values, weights=1 / (spread**2 + errors**2)))

    def loss(spread: float) -> float:
        variance = spread**2 + errors**2
        return float((np.log(variance) + (values - mean_at(spread)) ** 2 / variance).sum())

    widest = float(np.abs(values - np.median(values)).max()) + 1e-12
    grid = np.linspace(0.0, widest, STEPS + 1)
    best = int(np.argmin([loss(spread) for spread in grid]))
    around = grid[max(best - 1, 0)], grid[min(best + 1, STEPS)]
    found = float(minimize_scalar(loss, bounds=around, method="bounded", options={"xatol": 1e-9 * widest}).x)
    spread = min((0.0, found, float(grid[best])), key=loss)
    return SystematicError(mean_at(spread), spread)


def calibrated(value: float, se: float, error: SystematicError, *, scale: float = 1.0) -> Calibrated:
    """The estimate with the systematic error taken into account; scale: the outcome's standard deviation."""
    moved = value - error.mean * scale
    wider = float(np.hypot(se, error.spread * scale))
    return Calibrated(moved, wider, p_value(moved, wider))


def p_value(value: float, se: float) -> float:
    """Two-sided; NaN without a standard error."""
    return float(2 * norm.sf(abs(value) / se)) if se > 0 else float("nan")


def left_out_p_values(values: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """(k,) calibrated p-value of each null pair under the systematic error of the others: is the calibration right?"""
    found = []
    for at in range(len(values)):
        others = np.arange(len(values)) != at
        error = systematic_error(values[others], errors[others])
        found.append(calibrated(float(values[at]), float(errors[at]), error).p_value)
    return np.array(found)
