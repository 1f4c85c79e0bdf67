"""Gelbach's (2016) decomposition: how much of raw minus adjusted each group explains in one linear regression.

The long regression has treatment and all covariates, the short one treatment alone. Their coefficients differ by the
sum over covariates of (the covariate's coefficient in the long one) times (its difference between the arms, or its
slope on an amount): the formula for omitted variables, in which no order of the covariates enters.
"""

from dataclasses import dataclass

import numpy as np

from core.effects.table import AnalysisTable


@dataclass(frozen=True)
class Decomposition:
    """short, long: the treatment's coefficients; parts: by group, adding up to short minus long; influences: (n,) of
    each part, with mean 0."""

    short: float
    long: float
    parts: dict[str, float]
    influences: dict[str, np.ndarray]


def gelbach(table: AnalysisTable) -> Decomposition:
    """The parts of the groups. Collinear covariates share what they have in common (the smallest coefficients)."""
    weights = table.weights / table.weights.mean()
    treatment, outcome, matrix = table.treatment, table.outcome, table.matrix()
    centre = np.average(matrix, axis=0, weights=weights)
    spread = np.sqrt(np.average((matrix - centre) ** 2, axis=0, weights=weights))
    standard = (matrix - centre) / np.where(spread > 0, spread, 1.0)
    short = np.column_stack([np.ones(table.units), treatment])
    long = np.column_stack([short, standard])
    short_inverse, long_inverse = (np.linalg.pinv(_gram(each, weights), hermitian=True) for each in (short, long))
    gaps = (
        short_inverse @ ((short * weights[:, None]).T @ np.column_stack([standard, outcome])) / table.units
    )  # (2, p+1)
    coefficients = long_inverse @ (long.T @ (weights * outcome)) / table.units
    rest = outcome - long @ coefficients
    towards_gap = (short @ short_inverse[1]) * weights  # how far a unit moves a slope on the treatment
    parts, influences = {}, {}
    groups = np.array([covariate.group for covariate in table.covariates], dtype=object)
    for group in dict.fromkeys(groups):
        own = np.flatnonzero(groups == group)
        slopes, differences = coefficients[2 + own], gaps[1, own]
        parts[group] = float(slopes @ differences)
        unexplained = standard[:, own] @ slopes - short @ (gaps[:, own] @ slopes)
        towards_slopes = (long @ (long_inverse[:, 2 + own] @ differences)) * weights
        influences[group] = towards_gap * unexplained + towards_slopes * rest
    return Decomposition(float(gaps[1, -1]), float(coefficients[1]), parts, influences)


def _gram(columns: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.asarray((columns * weights[:, None]).T @ columns / len(columns))
