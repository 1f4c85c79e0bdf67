"""Dose-response: what one unit more of the treatment does on average, and the curve over all doses.

The slope: mean of t(X) + (A - m(X)) / v(X) * (Y - g(X) - t(X) (A - m(X))), where m and v are mean and variance of the
dose given the covariates, g the mean of the outcome and t(X) a regression of one residual on the other whose slope may
differ by covariates (Graham and Pinto 2022, average linear regression coefficient; residuals as in Robinson 1988). It
is the units' own slopes averaged with equal weight; the partially linear regression beside it weights them by how much
their dose varies. Both assume that the covariates hold every common cause of dose and outcome. The curve: `dose_curve`.
"""

from dataclasses import replace

import numpy as np

from core.effects.crossfit import Scored, averaged, expected, finished, over_splits
from core.effects.dose_curve import curve
from core.effects.estimate import Estimate, clustered_error
from core.effects.interval import Interval
from core.effects.learners import features
from core.effects.nuisances import Nuisances, deal_folds
from core.effects.table import AnalysisTable
from core.errors import NotEnoughData

LEAST_VARIANCE = 0.1  # of its mean: a unit whose dose hardly varies would get all the weight; counted and said
LEAST_LEFT = 1e-3  # share of the dose's variance that the covariates must leave
FEWEST_UNITS = 40


def estimate(
    table: AnalysisTable, *, estimand: str = "SLOPE", seed: int = 0, nuisances: Nuisances | None = None
) -> Estimate:
    """The average slope in outcome units per unit of the treatment; details: `curve` and `partially_linear`.

    Raises NotEnoughData for under 40 units, a dose that never varies, or one that the covariates all but determine.
    """
    _refuse(table)
    moments: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def one(split: int) -> Scored:
        moments[split] = _moments(table, seed, split)
        return _one_split(table, *moments[split], seed, split)

    middle, se, values = over_splits(table, one)
    centre, variance = moments[0]
    details = {**middle.details, "curve": curve(table, centre, np.sqrt(_kept(variance)), seed=seed)}
    return finished("dose_response", table, "SLOPE", replace(middle, details=details), se=se, split_values=values)


def _refuse(table: AnalysisTable) -> None:
    if table.units < FEWEST_UNITS:
        raise NotEnoughData(f"There are {table.units:,} units; a dose-response needs {FEWEST_UNITS}.")
    if np.ptp(table.treatment) == 0:
        raise NotEnoughData(
            f"Every unit has the same amount of {table.treatment_title}, {table.treatment[0]:g}; it needs to vary."
        )


def _moments(table: AnalysisTable, seed: int, split: int) -> tuple[np.ndarray, np.ndarray]:
    """(n,) cross-fitted mean and variance of the dose given the covariates."""
    dose, matrix = table.treatment, table.matrix()
    centre = expected(table, matrix, dose, seed=seed, split=split)
    squares = (dose - centre) ** 2
    if np.average(squares, weights=table.weights) < LEAST_LEFT * dose.var():
        raise NotEnoughData(
            f"The covariates determine {table.treatment_title} almost wholly, so that nothing is left to compare; "
            "leave out the covariate that repeats it."
        )
    return centre, expected(table, matrix, squares, seed=seed, split=split)


def _kept(variance: np.ndarray) -> np.ndarray:
    return np.asarray(np.maximum(variance, LEAST_VARIANCE * variance.mean()))


def _one_split(table: AnalysisTable, centre: np.ndarray, variance: np.ndarray, seed: int, split: int) -> Scored:
    base, matrix = table.weights, table.matrix()
    kept = _kept(variance)
    dose = table.treatment - centre
    outcome = table.outcome - expected(table, matrix, table.outcome, seed=seed, split=split)
    slopes = _own_slopes(table, dose, outcome, seed, split)
    value, influence = averaged(slopes + dose / kept * (outcome - slopes * dose), base)
    partial = float((base * dose) @ outcome / ((base * dose) @ dose))
    moved = base * dose * (outcome - partial * dose)
    moved = moved / np.average(dose**2, weights=base) / base.mean()
    details = {"partially_linear": Interval(partial, clustered_error(moved, table.clusters)).plain()}
    guarded = int((kept > variance + 1e-12).sum())
    notes = (f"{guarded:,} of {table.units:,} units have doses that hardly vary; their weight was limited.",)
    return Scored(float(value), influence, base * dose**2 / kept, details, notes if guarded else ())


def _own_slopes(table: AnalysisTable, dose: np.ndarray, outcome: np.ndarray, seed: int, split: int) -> np.ndarray:
    """(n,) cross-fitted slope of each unit: outcome residuals on dose residuals times (1, covariates), light ridge."""
    linear = features(table.matrix()).linear
    columns = linear * dose[:, None]
    fold = deal_folds(np.ones(table.units), table.clusters, np.random.default_rng([seed, split]))
    penalty = np.eye(linear.shape[1]) * np.average(dose**2)
    penalty[0, 0] = 0.0
    slopes = np.zeros(table.units)
    for which in range(fold.max() + 1):
        train, test = fold != which, fold == which
        weighted = columns[train] * table.weights[train][:, None]
        fitted = np.linalg.lstsq(columns[train].T @ weighted + penalty, weighted.T @ outcome[train], rcond=1e-12)[0]
        slopes[test] = linear[test] @ fitted
    return slopes
