"""The linear effect: the coefficient of treatment in a regression of the outcome on treatment and covariates.

Not the headline (it averages with its own weights), but it has closed forms: sensitivity and the permuted treatment
build on it. Frisch, Waugh and Lovell: residuals of outcome and treatment on the covariates carry all of it.
"""

from dataclasses import dataclass

import numpy as np

from core.effects.table import AnalysisTable

NOTHING_LEFT = 1e-12  # a sum of squares below this share is rounding


@dataclass(frozen=True)
class LinearEffect:
    """value: coefficient in the outcome's unit; se: the classical error; freedom: residual degrees of freedom."""

    value: float
    se: float
    freedom: int

    @property
    def statistic(self) -> float:
        """t value."""
        return self.value / self.se if self.se > 0 else float("nan")


def linear_effect(table: AnalysisTable) -> LinearEffect:
    """Ordinary least squares with a constant; collinear covariates count once.

    NaN where the covariates leave nothing of the treatment; the error is NaN where nothing of the outcome is left over.
    """
    basis = covariate_basis(table.matrix())
    treatment, outcome = residuals(basis, table.treatment), residuals(basis, table.outcome)
    spread = float(treatment @ treatment)
    freedom = table.units - basis.shape[1] - 1
    if spread <= NOTHING_LEFT * table.units or freedom < 1:
        return LinearEffect(float("nan"), float("nan"), freedom)
    value = float(treatment @ outcome) / spread
    rest = outcome - value * treatment
    if rest @ rest <= NOTHING_LEFT * (table.outcome @ table.outcome):
        return LinearEffect(value, float("nan"), freedom)
    return LinearEffect(value, float(np.sqrt(rest @ rest / freedom / spread)), freedom)


def covariate_basis(matrix: np.ndarray) -> np.ndarray:
    """(n, r) orthonormal columns that span a constant and the covariates (n, p)."""
    spread = matrix.std(axis=0)
    standard = (matrix - matrix.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    sizes, vectors = np.linalg.eigh(standard.T @ standard)
    kept = sizes > 1e-10 * max(sizes.max(initial=0.0), 1.0)
    columns = standard @ (vectors[:, kept] / np.sqrt(sizes[kept]))
    return np.column_stack([np.full(len(matrix), 1 / np.sqrt(len(matrix))), columns])


def residuals(basis: np.ndarray, values: np.ndarray) -> np.ndarray:
    """What the orthonormal basis (n, r) leaves of values (n,) or (n, k); projected out twice, for the last digits."""
    once = values - basis @ (basis.T @ values)
    twice: np.ndarray = once - basis @ (basis.T @ once)
    return twice


def partial_r2(inner: np.ndarray, outer: np.ndarray, values: np.ndarray) -> float:
    """Share of what the basis `outer` leaves of values (n,) that the wider basis `inner` explains."""
    rest = residuals(outer, values)
    left = residuals(inner, values)
    total = float(rest @ rest)
    return max(0.0, 1 - float(left @ left) / total) if total > 0 else 0.0
