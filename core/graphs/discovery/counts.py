"""Counts of a table whose variables are all categories: equal rows are kept once, with how often they occur."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.graphs.variables import Floats, VariableTable

MOST_VALUES: Final = 10  # a count with more is a number rather than a category
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Counts:
    """codes: (distinct rows, variables) from 0; levels: (variables,) how many values each has; weights: (distinct
    rows,) how many units have such a row. units: independent units, which weights sum to."""

    codes: Places
    levels: Places
    weights: Floats
    units: int
    owners: tuple[Places, Places] | None = None  # (cluster, distinct row) of each row, if rows belong together

    def configurations(self, variables: Sequence[int]) -> tuple[Places, int]:
        """(distinct rows,): a number from 0 for the values of some variables together, and how many there are."""
        numbers, count = np.zeros(len(self.codes), np.int64), 1
        for variable in variables:
            numbers = numbers * self.levels[variable] + self.codes[:, variable]
            count *= int(self.levels[variable])
            if count > len(self.codes):  # most do not occur
                seen, numbers = np.unique(numbers, return_inverse=True)
                count = len(seen)
        return numbers, count

    def drawn(self, seed: int) -> "Counts":
        """Counts of one bootstrap draw of the units, with replacement."""
        chance = np.random.default_rng(seed)
        if self.owners is None:
            times = chance.multinomial(self.units, self.weights / self.weights.sum()).astype(np.float64)
        else:
            clusters, rows = self.owners
            size = int(clusters.max()) + 1
            often = chance.multinomial(size, np.full(size, 1 / size))
            repeats = np.bincount(rows, weights=often[clusters], minlength=len(self.codes))
            times = np.asarray(repeats * (self.units / repeats.sum()), dtype=np.float64)
        kept = times > 0
        return replace(self, codes=self.codes[kept], weights=times[kept], owners=None)


def counts_of(table: VariableTable, units: int) -> Counts:
    """Counts of a table for which `countable` holds, whose rows are worth so many independent ones."""
    codes = np.column_stack([_codes(variable.values) for variable in table.variables])
    distinct, rows, times = np.unique(codes, axis=0, return_inverse=True, return_counts=True)
    weights = np.asarray(times * (units / len(codes)), dtype=np.float64)
    owners = None if table.clusters is None else (table.clusters, rows.reshape(-1))
    return Counts(distinct, distinct.max(axis=0) + 1, weights, units, owners)


def countable(table: VariableTable) -> bool:
    """Whether every variable is a category, or a yes or no or a count of few values."""
    return all(
        each.kind == "category" or (each.kind in ("binary", "count") and len(np.unique(each.values)) <= MOST_VALUES)
        for each in table.variables
    )


def _codes(values: Floats) -> Places:
    return np.asarray(np.unique(values, return_inverse=True)[1].reshape(-1), dtype=np.int64)
