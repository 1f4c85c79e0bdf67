"""Second moments that tests and scores of a graph are computed from: one pass over the rows, then matrices only.

Numbers become normal scores of their ranks, so that neither units nor heavy tails decide; a category of k levels
becomes k - 1 indicator columns; a group keeps its columns, each as normal scores. A variable is then a block of
columns, and independence of blocks given blocks is Wilks' test, of two single columns Fisher's z.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from core.errors import BadSpec, NotEnoughData
from core.graphs.variables import Floats, Variable, VariableTable

PAIRS: Final = 200
COLLINEAR: Final = 1e-8  # share of a column's variance that the others must leave


@dataclass(frozen=True)
class Association:
    """What is left between two variables once others are held fixed.

    effect: the partial correlation, or the largest partial canonical correlation of two blocks (then without a sign).
    """

    effect: float
    statistic: float
    degrees: int
    p_value: float


@dataclass(frozen=True)
class Embedded:
    """matrix: (rows, columns) float64, standardised; blocks: column numbers per variable, in the order of names.

    clusters: (rows,) codes, None if rows stand alone.
    """

    names: tuple[str, ...]
    matrix: Floats
    blocks: tuple[NDArray[np.int64], ...]
    clusters: NDArray[np.int64] | None = None

    @cached_property
    def units(self) -> int:
        """How many independent rows the rows are worth: fewer where rows of one cluster resemble each other."""
        if self.clusters is None:
            return len(self.matrix)
        return max(1, round(len(self.matrix) / design_effect(self.matrix, self.clusters)))

    def moments(self, weights: Floats | None = None) -> "Moments":
        """The correlation matrix, of weighted rows if weights (rows,) are given. Units count, not rows."""
        if weights is None:
            means, products = self.matrix.mean(axis=0), self.matrix.T @ self.matrix / len(self.matrix)
        else:
            shares = weights / weights.sum()
            means, products = shares @ self.matrix, (self.matrix * shares[:, None]).T @ self.matrix
        covariance = products - np.outer(means, means)
        scale = np.sqrt(np.maximum(np.diag(covariance), 1e-12))
        correlation = covariance / np.outer(scale, scale)
        np.fill_diagonal(correlation, 1.0)
        return Moments(self.names, correlation, self.blocks, self.units)

    def draw(self, seed: int) -> "Moments":
        """Moments of one bootstrap draw, with replacement, of the rows, or of whole clusters."""
        return self.moments(self._times(seed).astype(np.float64))

    def drawn_rows(self, seed: int) -> NDArray[np.int64]:
        """The rows of the same draw, each as often as it was drawn."""
        return np.repeat(np.arange(len(self.matrix)), self._times(seed))

    def _times(self, seed: int) -> NDArray[np.int64]:
        """(rows,) how often each row is drawn."""
        size = len(self.matrix) if self.clusters is None else int(self.clusters.max()) + 1
        times = np.random.default_rng(seed).multinomial(size, np.full(size, 1 / size))
        return np.asarray(times if self.clusters is None else times[self.clusters], dtype=np.int64)


@dataclass(frozen=True)
class Moments:
    """correlation: (columns, columns); units: how many independent rows it was computed from."""

    names: tuple[str, ...]
    correlation: Floats
    blocks: tuple[NDArray[np.int64], ...]
    units: int

    @cached_property
    def single(self) -> bool:
        """Whether every variable is one column."""
        return all(len(block) == 1 for block in self.blocks)

    def columns(self, variables: Sequence[int]) -> NDArray[np.int64]:
        """Column numbers of some variables (given by their places in names)."""
        return np.concatenate([self.blocks[each] for each in variables]) if variables else np.empty(0, np.int64)

    def association(self, one: int, other: int, given: Sequence[int] = ()) -> Association:
        """Dependence of two variables (places in names) given others.

        Fisher's z for single columns, else Wilks' lambda with Bartlett's correction (Anderson 2003, 9.2).
        """
        left, right, fixed = self.blocks[one], self.blocks[other], self.columns(given)
        both = np.concatenate([left, right])
        rest = self._residual(both, fixed)
        size = len(left)
        if len(both) == 2:
            effect = float(np.clip(rest[0, 1] / np.sqrt(max(rest[0, 0] * rest[1, 1], 1e-300)), -1, 1))
            degrees_left = self.units - len(fixed) - 3
            z = np.sqrt(max(degrees_left, 0)) * np.arctanh(min(abs(effect), 1 - 1e-15))
            return Association(effect, float(z), 1, float(2 * stats.norm.sf(z)) if degrees_left > 0 else 1.0)
        squared = _canonical(rest[:size, :size], rest[size:, size:], rest[:size, size:])
        degrees = size * (len(both) - size)
        factor = self.units - 1 - len(fixed) - (len(both) + 1) / 2
        statistic = max(factor, 0.0) * -float(np.log1p(-np.minimum(squared, 1 - 1e-15)).sum())
        p_value = float(stats.chi2.sf(statistic, degrees)) if factor > 0 else 1.0
        return Association(float(np.sqrt(squared.max(initial=0.0))), statistic, degrees, p_value)

    def score(self, child: int, parents: Sequence[int], penalty: float = 1.0) -> float:
        """Local BIC of a variable given its parents, higher is better.

        The degenerate Gaussian score of Andrews, Ramsey, Cooper (2019): Gaussian likelihood over blocks of columns.
        """
        own, above = self.blocks[child], self.columns(parents)
        fit = self.log_determinant(np.concatenate([own, above])) - self.log_determinant(above)
        return -self.units / 2 * fit - penalty / 2 * float(np.log(self.units)) * len(own) * len(above)

    def log_determinant(self, columns: NDArray[np.int64]) -> float:
        """Of the correlation matrix of some columns; 0 for none."""
        return float(np.linalg.slogdet(self.correlation[np.ix_(columns, columns)])[1]) if len(columns) else 0.0

    def _residual(self, columns: NDArray[np.int64], fixed: NDArray[np.int64]) -> Floats:
        """Covariance of columns once `fixed` are regressed out."""
        block = np.asarray(self.correlation[np.ix_(columns, columns)], dtype=np.float64)
        if not len(fixed):
            return block
        cross = self.correlation[np.ix_(fixed, columns)]
        solved = np.linalg.lstsq(self.correlation[np.ix_(fixed, fixed)], cross, rcond=1e-12)[0]
        return np.asarray(block - cross.T @ solved, dtype=np.float64)


def embed(table: VariableTable, *, ranks: bool = True) -> Embedded:
    """The columns of a table, standardised; raises NotEnoughData when they are not fewer than the units.

    ranks: numbers as normal scores of their ranks, or as they are.
    """
    parts = [_columns(variable, ranks) for variable in table.variables]
    ends = np.cumsum([part.shape[1] for part in parts])
    blocks = tuple(np.arange(end - part.shape[1], end) for end, part in zip(ends, parts, strict=True))
    embedded = Embedded(table.names, np.hstack(parts), blocks, table.clusters)
    if embedded.matrix.shape[1] + 3 >= embedded.units:
        raise NotEnoughData(
            f"{embedded.matrix.shape[1]:,} columns of variables and only {embedded.units:,} units: a graph needs more "
            "units than variables; leave variables out."
        )
    return embedded


def design_effect(matrix: Floats, clusters: NDArray[np.int64]) -> float:
    """How much wider correlations of (rows, columns) vary because rows come in clusters; 1 or more.

    Per pair of columns the variance of the correlation's influence summed by cluster over that of rows alone (Kish
    1965, 8.2); the upper quartile over up to PAIRS pairs, so that most pairs are not called surer than they are.
    """
    columns = matrix.shape[1]
    pairs = np.array([(one, other) for other in range(columns) for one in range(other)])
    if len(pairs) > PAIRS:
        pairs = pairs[np.random.default_rng(0).choice(len(pairs), PAIRS, replace=False)]
    found = []
    for one, other in pairs:
        left, right = matrix[:, one], matrix[:, other]
        influence = left * right - (left @ right) / len(matrix) / 2 * (left**2 + right**2)
        alone = float(influence @ influence)
        if alone > 0:
            together = np.bincount(clusters, influence)
            found.append(float(together @ together) / alone)
    return max(1.0, float(np.quantile(found, 0.75))) if found else 1.0


def refuse_collinear(table: VariableTable) -> None:
    """Raise BadSpec naming a variable that follows exactly from others, and those."""
    for ranks in (False, True):
        _refuse_collinear(embed(table, ranks=ranks))


def _refuse_collinear(embedded: Embedded) -> None:
    correlation = embedded.moments().correlation
    owner = [place for place, block in enumerate(embedded.blocks) for _ in block]
    for column in range(len(correlation)):
        known = correlation[:column, :column]
        weights = np.linalg.lstsq(known, correlation[:column, column], rcond=None)[0] if column else np.empty(0)
        if 1 - float(weights @ correlation[:column, column]) < COLLINEAR:
            others = {embedded.names[owner[each]] for each in np.flatnonzero(np.abs(weights) > 1e-6)}
            others.discard(embedded.names[owner[column]])
            raise BadSpec(
                f"'{embedded.names[owner[column]]}' follows exactly from {' and '.join(sorted(others)[:4])} (perfect "
                "collinearity), so no method can tell their edges apart; leave one of them out."
            )


def _columns(variable: Variable, ranks: bool) -> Floats:
    """The standardised columns of one variable: (rows, width)."""
    if variable.kind == "category":
        levels = np.arange(1, len(variable.levels))  # the first level is the one without a column
        parts = (variable.values[:, None] == levels[None, :]).astype(np.float64)
        parts = parts[:, parts.std(axis=0) > 0]
    elif variable.kind == "binary":
        parts = variable.values[:, None]
    else:
        matrix = variable.values if variable.values.ndim == 2 else variable.values[:, None]
        parts = np.column_stack([_normal_scores(column) for column in matrix.T]) if ranks else matrix
    spread = parts.std(axis=0)
    return np.asarray((parts - parts.mean(axis=0)) / np.where(spread > 0, spread, 1.0), dtype=np.float64)


def _normal_scores(column: Floats) -> Floats:
    """Van der Waerden scores of the average ranks."""
    return np.asarray(stats.norm.ppf(stats.rankdata(column) / (len(column) + 1)), dtype=np.float64)


def _canonical(left: Floats, right: Floats, cross: Floats) -> Floats:
    """Squared canonical correlations of two blocks from their covariances."""
    whitened = _inverse_root(left) @ cross @ _inverse_root(right)
    return np.clip(np.linalg.svd(whitened, compute_uv=False) ** 2, 0, 1)


def _inverse_root(matrix: Floats) -> Floats:
    values, vectors = np.linalg.eigh(matrix)
    kept = values > 1e-10 * max(float(values.max()), 1e-300)
    return np.asarray((vectors[:, kept] / np.sqrt(values[kept])) @ vectors[:, kept].T, dtype=np.float64)
