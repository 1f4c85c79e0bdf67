"""Matching: each unit asked about is compared with the nearest units of the other arm, which may be used many times.

Units at the same place are one cell, and all units that are equally near share the match: so the answer depends
neither on the order of the rows nor on how a tie is broken, and a row that stands for two counts like two rows.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.effects.estimate import Estimate, clustered_error, effective_units, largest_weight_share
from core.effects.estimators import ESTIMATORS
from core.effects.least_squares import LeastSquares, least_squares, with_constant
from core.effects.table import AnalysisTable

ENOUGH = 3  # units per coefficient that a regression among matched units needs


@dataclass(frozen=True)
class Cells:
    """Where units are. of_unit: (n,) the cell of each unit; nearest: from two sets of cells (codes), pairs (m,), (m,)
    of a cell of the first set and one of the second that is nearest to it, several where several are equally near."""

    of_unit: np.ndarray
    nearest: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def cells_on_a_line(positions: np.ndarray, same: float = 1e-10) -> Cells:
    """Cells of positions (n,), joined where the gap to the next one is at most `same`: what rounding leaves."""
    order = np.argsort(positions, kind="stable")
    ordered = positions[order]
    codes = np.concatenate([[0], np.cumsum(np.diff(ordered) > same)])
    of_unit = np.empty(len(positions), dtype=int)
    of_unit[order] = codes
    places = ordered[np.concatenate([[True], np.diff(codes) > 0])]

    def nearest(asking: np.ndarray, offered: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        right = np.searchsorted(offered, asking)
        below, above = np.maximum(right - 1, 0), np.minimum(right, len(offered) - 1)
        to_below = np.abs(places[asking] - places[offered[below]])
        to_above = np.abs(places[asking] - places[offered[above]])
        takes_below = to_below <= to_above + same
        takes_above = (to_above <= to_below + same) & (above != below)
        return (
            np.concatenate([asking[takes_below], asking[takes_above]]),
            np.concatenate([offered[below[takes_below]], offered[above[takes_above]]]),
        )

    return Cells(of_unit, nearest)


def matching_weights(cells: Cells, asking: np.ndarray, offered: np.ndarray, base: np.ndarray) -> np.ndarray:
    """(n,) how much of the weight `asking` (n,) each unit of the mask `offered` (n,) gets by being the nearest.

    Equally near units share by their own weight `base` (n,).
    """
    size = int(cells.of_unit.max()) + 1
    wanted = np.bincount(cells.of_unit, weights=asking, minlength=size)
    held = np.bincount(cells.of_unit, weights=base * offered, minlength=size)
    one, other = cells.nearest(np.flatnonzero(wanted > 0), np.flatnonzero(held > 0))
    at_hand = np.bincount(one, weights=held[other], minlength=size)
    given = np.bincount(other, weights=wanted[one] / at_hand[one], minlength=size)
    return np.asarray(base * offered * given[cells.of_unit])


def matched_estimate(
    table: AnalysisTable, cells: Cells, *, estimator: str, estimand: str, notes: tuple[str, ...] = ()
) -> Estimate:
    """The bias-corrected matching estimate for the "ATE" or the "ATT" (Abadie and Imbens 2011).

    What differs between a unit and its match is corrected by a regression of each arm's outcome on the covariates among
    the matched units. Then the estimate is, exactly, the mean of the units' predicted effects plus the residuals times
    how often they are used (which add up to 0), and that sum's spread by user is its error (Abadie and Imbens 2012,
    Otsu and Rai 2017): the variance of Abadie and Imbens (2006), but for clusters too.
    """
    treatment, outcome, clusters = table.treatment, table.outcome, table.clusters
    base = table.weights / table.weights.mean()
    population = base if estimand == "ATE" else base * treatment
    population = population / population.mean()
    design = with_constant(table.matrix(), base)
    predicted, influence, weights = np.zeros(table.units), np.zeros(table.units), np.zeros(table.units)
    for sign in (1, -1):
        arm = treatment == (1 if sign == 1 else 0)
        used = population * arm + matching_weights(cells, population * ~arm, arm, base)
        fit = _correction(design, outcome, used, arm)
        if fit.rank < design[arm].any(axis=0).sum():
            notes = (*notes, f"Too few {'treated' if sign == 1 else 'control'} units were used to correct matches.")
        predicted += sign * (design @ fit.coefficients)
        rows = arm & (used > 0)
        influence[rows] = sign * used[rows] * fit.honest_residuals(clusters[rows])
        weights += used
    value = float((population * predicted).mean())
    influence += population * (predicted - value)
    return Estimate(
        estimator=estimator,
        title=ESTIMATORS[estimator].title,
        estimand=estimand,
        value=value,
        se=clustered_error(influence, clusters),
        effective_units=effective_units(weights, treatment),
        largest_weight_share=largest_weight_share(weights, treatment),
        influence=influence - influence.mean(),
        weights=weights,
        notes=notes,
    )


def _correction(design: np.ndarray, outcome: np.ndarray, used: np.ndarray, arm: np.ndarray) -> LeastSquares:
    """The arm's regression among the units used; on a constant alone where there are too few of them."""
    rows = arm & (used > 0)
    fit = least_squares(design[rows], outcome[rows], used[rows])
    if rows.sum() >= ENOUGH * fit.rank:
        return fit
    return least_squares(design[rows] * (np.arange(design.shape[1]) == 0), outcome[rows], used[rows])
