"""Entropy balancing: the weights nearest to equal ones that make the arms' covariate means exactly alike.

For the ATT the controls get the means of the treated, for the ATE both arms get the means of all units (Hainmueller
2012), by Newton's method on the dual. Assumes that the covariates hold every common cause, and that either the outcome
is linear in them or the propensity is log-linear: right if one of the two holds (Zhao and Percival 2017). The standard
error knows that the weights are fitted (M-estimation: the weighted residuals of a weighted regression, plus what that
regression says of the target), and is summed by user.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.effects.estimate import Estimate, clustered_error, effective_units, largest_weight_share
from core.effects.estimators import ESTIMATORS
from core.effects.least_squares import least_squares, with_constant
from core.effects.table import AnalysisTable
from core.errors import NotEnoughData

if TYPE_CHECKING:
    from core.effects.nuisances import Nuisances

STEPS = 200
STEP_HALVINGS = 40
BALANCED = 1e-8  # standard deviations; a mean this near its target is on it


@dataclass(frozen=True)
class _Arm:
    """level: the weighted mean outcome; influence: (n,) on it; weights: (n,) of mean 1, 0 in the other arm."""

    level: float
    influence: np.ndarray
    weights: np.ndarray


def estimate(table: AnalysisTable, *, estimand: str, seed: int = 0, nuisances: "Nuisances | None" = None) -> Estimate:
    """The weighted difference in the outcome's unit; "ATE" or "ATT". Needs neither seed nor nuisances.

    Raises NotEnoughData where no weights reach the means: the target lies outside of what an arm's units span.
    """
    treatment, base = table.treatment, table.weights / table.weights.mean()
    design = with_constant(table.matrix(), base)
    target = base if estimand == "ATE" else base * treatment
    arms = [_balanced(table, design, base, target / target.mean(), treatment == arm) for arm in (1, 0)]
    influence = arms[0].influence - arms[1].influence
    weights = arms[0].weights + arms[1].weights
    return Estimate(
        estimator="entropy_balancing",
        title=ESTIMATORS["entropy_balancing"].title,
        estimand=estimand,
        value=arms[0].level - arms[1].level,
        se=clustered_error(influence, table.clusters),
        effective_units=effective_units(weights, treatment),
        largest_weight_share=largest_weight_share(weights, treatment),
        influence=influence - influence.mean(),
        weights=weights,
        notes=("The arms' weighted covariate means are exactly equal.",) if table.covariates else (),
    )


def _balanced(table: AnalysisTable, design: np.ndarray, base: np.ndarray, target: np.ndarray, arm: np.ndarray) -> _Arm:
    """The mean outcome that an arm's units (n,) have under weights that give them the target's covariate means.

    target: (n,) weights of mean 1 over all units.
    """
    units, outcome = table.units, table.outcome
    away = design[arm, 1:] - target @ design[:, 1:] / units
    own, rest = entropy_weights(away, base[arm])
    if len(rest) and np.abs(rest).max() > BALANCED:
        worst = int(np.argmax(np.abs(rest)))
        raise NotEnoughData(
            f"No weights make the arms alike: the mean of '{table.covariates[worst].title}' stays "
            f"{abs(rest[worst]):.2g} standard deviations off; ask for the overlap population, or "
            "leave out what sets the arms apart."
        )
    fit = least_squares(design[arm], outcome[arm], own)
    level = float(own @ outcome[arm])
    influence = target * (design @ fit.coefficients - level)
    influence[arm] += units * own * fit.honest_residuals(table.clusters[arm])
    weights = np.zeros(units)
    weights[arm] = units * own
    return _Arm(level, influence, weights)


def entropy_weights(away: np.ndarray, base: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n,) weights of sum 1, nearest in entropy to base (n,), under which the columns of away (n, p) have mean 0.

    And the means (p,) that are left, which are not 0 where no weights can do it. Minimises log sum base exp(away tilt).
    """
    shares = np.log(base / base.sum())
    tilt = np.zeros(away.shape[1])
    loss, weights = _tilted(away, shares, tilt)
    lowest = shares.min() - 1.0  # below what any weights that do it can reach: then there are none
    for _ in range(STEPS):
        rest = weights @ away
        if np.abs(rest).max(initial=0.0) < BALANCED / 100 or loss < lowest:
            break
        spread = (away * weights[:, None]).T @ away - np.outer(rest, rest)
        step = -np.linalg.pinv(spread, rcond=1e-13, hermitian=True) @ rest
        scale, before = 1.0, loss
        for _ in range(STEP_HALVINGS):
            loss, weights = _tilted(away, shares, tilt + scale * step)
            if loss <= before + 1e-4 * scale * float(rest @ step) + 1e-15:
                break
            scale /= 2
        tilt = tilt + scale * step
    return weights, weights @ away


def _tilted(away: np.ndarray, shares: np.ndarray, tilt: np.ndarray) -> tuple[float, np.ndarray]:
    score = shares + away @ tilt
    top = float(score.max())
    weights = np.exp(score - top)
    total = float(weights.sum())
    return top + float(np.log(total)), weights / total
