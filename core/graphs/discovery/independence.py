"""Tests of independence of two variables given each of many sets of others, as constraint-based methods ask for them.

An effect is a partial correlation; of counts it is the correlation that two normal variables of the same conditional
mutual information would have. Two variables are taken as independent when the p-value is above alpha or the effect is
below the floor: with very many units everything is significant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from scipy import stats

from core.graphs.discovery.counts import Counts, Places
from core.graphs.discovery.evidence import Evidence
from core.graphs.sufficient import Moments
from core.graphs.variables import Floats

RIDGE: Final = 1e-9  # a bootstrap draw may make columns equal


class Test(Protocol):
    """p-values and effects (sets,) of two variables given each of (sets, size) others; all are places in the table."""

    def __call__(self, one: int, other: int, sets: Places) -> tuple[Floats, Floats]: ...


@dataclass(frozen=True)
class Limits:
    """alpha: of each test; floor: the smallest effect that counts as dependence; depth: the largest set tested."""

    alpha: float
    floor: float
    depth: int

    def independent(self, p_values: Floats, effects: Floats) -> "np.typing.NDArray[np.bool_]":
        """Which of the tests say independent."""
        return np.asarray((p_values > self.alpha) | (np.abs(effects) < self.floor))


def test_for(evidence: Evidence) -> Test:
    """The test for the data: of counts where every variable is a category, of blocks or of single columns else."""
    if evidence.counts is not None:
        return CountTest(evidence.counts)
    return ColumnTest(evidence.moments) if evidence.moments.single else BlockTest(evidence.moments)


class ColumnTest:
    """Fisher's z of partial correlations, many at once."""

    def __init__(self, moments: Moments) -> None:
        self._matrix = moments.correlation + RIDGE * np.eye(len(moments.correlation))
        self._places = np.array([block[0] for block in moments.blocks])
        self._units = moments.units

    def __call__(self, one: int, other: int, sets: Places) -> tuple[Floats, Floats]:
        """p-values and partial correlations."""
        both = np.broadcast_to(np.array([one, other]), (len(sets), 2))
        columns = self._places[np.concatenate([both, sets], axis=1)]
        inverse = np.linalg.inv(self._matrix[columns[:, :, None], columns[:, None, :]])
        effects = -inverse[:, 0, 1] / np.sqrt(inverse[:, 0, 0] * inverse[:, 1, 1])
        effects = np.clip(effects, -1 + 1e-15, 1 - 1e-15)
        degrees = max(self._units - sets.shape[1] - 3, 0)
        return np.asarray(2 * stats.norm.sf(np.sqrt(degrees) * np.arctanh(np.abs(effects)))), effects


class BlockTest:
    """Wilks' test of blocks of columns."""

    def __init__(self, moments: Moments) -> None:
        self._moments = moments

    def __call__(self, one: int, other: int, sets: Places) -> tuple[Floats, Floats]:
        """p-values and partial canonical correlations."""
        found = [self._moments.association(one, other, given.tolist()) for given in sets]
        return np.array([each.p_value for each in found]), np.array([each.effect for each in found])


class CountTest:
    """The G-test, with the degrees of freedom of the cells that can be filled."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    def __call__(self, one: int, other: int, sets: Places) -> tuple[Floats, Floats]:
        """p-values and effects."""
        found = [self._one(one, other, given.tolist()) for given in sets]
        return np.array([each[0] for each in found]), np.array([each[1] for each in found])

    def _one(self, one: int, other: int, given: Sequence[int]) -> tuple[float, float]:
        counts = self._counts
        numbers, many = counts.configurations(given)
        left, right = int(counts.levels[one]), int(counts.levels[other])
        cell = (numbers * left + counts.codes[:, one]) * right + counts.codes[:, other]
        cells = np.bincount(cell, weights=counts.weights, minlength=many * left * right).reshape(many, left, right)
        rows, columns = cells.sum(axis=2), cells.sum(axis=1)
        expected = rows[:, :, None] * columns[:, None, :] / np.maximum(rows.sum(axis=1), 1e-300)[:, None, None]
        filled = cells > 0
        statistic = max(2 * float((cells[filled] * np.log(cells[filled] / expected[filled])).sum()), 0.0)
        free = np.maximum((rows > 0).sum(axis=1) - 1, 0) * np.maximum((columns > 0).sum(axis=1) - 1, 0)
        degrees = int(free.sum())
        p_value = float(stats.chi2.sf(statistic, degrees)) if degrees else 1.0
        return p_value, float(np.sqrt(-np.expm1(-statistic / counts.units)))
