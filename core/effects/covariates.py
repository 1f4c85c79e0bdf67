"""Covariates as numeric columns: what becomes of numbers with gaps, of text, and of columns that say nothing new.

Every estimator gets float columns without nulls, linearly independent of each other and of a constant, so that a
regression on them has one answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.linalg import solve_triangular

from core.effects.table import Covariate

TEXT_LEVELS: Final = 10  # the most frequent ones get a column each, the rest share "other"
RARE_SHARE: Final = 0.01  # a level rarer than this goes to "other"
SAME_SHARE: Final = 1e-8  # a column with less variance of its own than this repeats the columns before it


@dataclass(frozen=True)
class Column:
    """One covariate and its values, (n,) float without nulls."""

    covariate: Covariate
    values: np.ndarray


def number_columns(values: pd.Series, name: str, title: str, group: str) -> list[Column]:
    """A number as it is, its gaps filled with the mean; with gaps, a second column that marks them."""
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    missing = ~np.isfinite(numbers)
    mean = float(numbers[~missing].mean()) if not missing.all() else 0.0
    columns = [Column(Covariate(name, title, group), np.where(missing, mean, numbers))]
    if missing.any():
        columns.append(_flag(missing, f"{name}:missing", f"{title}: missing", group))
    return columns


def text_columns(values: pd.Series, name: str, title: str, group: str) -> list[Column]:
    """A column (0 or 1) per frequent level, and for "other" and "missing"; the most frequent level is the reference.

    Empty when no level covers 1 % of the rows: such a text is an id, not a covariate.
    """
    missing = values.isna().to_numpy()
    shares = values.value_counts(sort=False) / max(len(values), 1)
    ranked = sorted(shares.index, key=lambda level: (-shares[level], str(level)))
    levels = [level for level in ranked if shares[level] >= RARE_SHARE][:TEXT_LEVELS]
    if not levels:
        return []
    columns = [
        _flag(
            (values == level).to_numpy(dtype=bool, na_value=False),
            f"{name}={level}",
            f"{title}: {_short(level)}",
            group,
        )
        for level in levels[1:]
    ]
    other = ~missing & ~values.isin(levels).to_numpy()
    columns.append(_flag(other, f"{name}:other", f"{title}: other", group))
    columns.append(_flag(missing, f"{name}:missing", f"{title}: missing", group))
    return [column for column in columns if column.values.any()]


def independent(columns: Sequence[Column]) -> tuple[list[Column], tuple[str, ...]]:
    """The columns that vary and are no linear combination of those before them, and a sentence for each kind left out.

    Sequential Cholesky factorisation of the correlation matrix: the rest of a column's variance after the columns kept
    before it is 1 - |L^-1 c|^2.
    """
    varying = [column for column in columns if np.ptp(column.values) > 0] if columns and len(columns[0].values) else []
    kept = [varying[at] for at in _independent_positions(varying)]
    names = {column.covariate.name for column in varying}
    constant = [column.covariate.title for column in columns if column.covariate.name not in names]
    kept_names = {column.covariate.name for column in kept}
    repeated = [column.covariate.title for column in varying if column.covariate.name not in kept_names]
    notes = []
    if constant:
        notes.append(f"Left out because every unit has the same value: {'; '.join(constant)}.")
    if repeated:
        notes.append(f"Left out because other covariates already say it exactly: {'; '.join(repeated)}.")
    return kept, tuple(notes)


def _independent_positions(columns: list[Column]) -> list[int]:
    if not columns:
        return []
    matrix = np.column_stack([column.values for column in columns])
    matrix = (matrix - matrix.mean(0)) / matrix.std(0)
    correlations = matrix.T @ matrix / len(matrix)
    kept: list[int] = []
    factor = np.zeros((len(columns), len(columns)))
    for at in range(len(columns)):
        size = len(kept)
        row = solve_triangular(factor[:size, :size], correlations[kept, at], lower=True) if kept else np.zeros(0)
        rest = 1.0 - float(row @ row)
        if rest > SAME_SHARE:
            factor[size, :size], factor[size, size] = row, np.sqrt(rest)
            kept.append(at)
    return kept


def _flag(marked: np.ndarray, name: str, title: str, group: str) -> Column:
    return Column(Covariate(name, title, group), marked.astype(float))


def _short(level: object) -> str:
    text = str(level)
    return text if len(text) <= 40 else text[:37] + "..."
