"""The linear effect, taken apart: what the covariates leave of treatment and outcome, in which closed forms live.

Frisch, Waugh and Lovell: the coefficient of treatment in a regression on treatment and covariates is that of what the
covariates leave of the outcome on what they leave of the treatment. Units count by their weight: every column is
multiplied by the root of the weight. Refuters and sensitivity redo the estimate hundreds of times from these parts.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from core.effects.estimate import clustered_error
from core.effects.linear import NOTHING_LEFT, residuals
from core.effects.table import AnalysisTable


@dataclass(frozen=True)
class Partialled:
    """The parts, each row times the root of its unit's weight.

    basis: (n, r) orthonormal columns that span a constant and the covariates; roots: (n,) roots of the weights, whose
    mean is 1; treatment, outcome: (n,) what the basis leaves of them; totals: sums of squares of both before that;
    clusters: (n,) code of each unit's user.
    """

    basis: np.ndarray
    roots: np.ndarray
    treatment: np.ndarray
    outcome: np.ndarray
    totals: tuple[float, float]
    clusters: np.ndarray

    @property
    def freedom(self) -> int:
        """Residual degrees of freedom."""
        return len(self.roots) - int(self.basis.shape[1]) - 1

    @cached_property
    def spread(self) -> float:
        """Sum of squares of what is left of the treatment; NaN where nothing is."""
        squares = float(self.treatment @ self.treatment)
        return squares if squares > NOTHING_LEFT * self.totals[0] and self.freedom > 0 else float("nan")

    @cached_property
    def value(self) -> float:
        """The linear effect in the outcome's unit."""
        return float(self.treatment @ self.outcome) / self.spread

    @cached_property
    def rest(self) -> np.ndarray:
        """(n,) residuals of the regression."""
        return self.outcome - self.value * self.treatment

    @cached_property
    def scale(self) -> float:
        """Spread of the residuals over that of the treatment: a bias is scale times a function of partial R2.

        It is the classical standard error times the root of the degrees of freedom; NaN where nothing is left over.
        """
        squares = float(self.rest @ self.rest)
        tiny = squares <= NOTHING_LEFT * self.totals[1]
        return float("nan") if tiny else float(np.sqrt(squares / self.spread))

    @cached_property
    def partial_f(self) -> float:
        """|t| over the root of the degrees of freedom (Cohen's partial f of the treatment with the outcome)."""
        return abs(self.value) / self.scale

    @cached_property
    def influence(self) -> np.ndarray:
        """(n,) influence of each unit on the value."""
        each: np.ndarray = len(self.roots) * self.treatment * self.rest / self.spread
        return each

    @cached_property
    def se(self) -> float:
        """Standard error, robust to unequal variances and summed by user, widened by the degrees of freedom spent."""
        if not np.isfinite(self.value):
            return float("nan")
        return clustered_error(self.influence, self.clusters) * float(np.sqrt(len(self.roots) / self.freedom))


def partialled(table: AnalysisTable) -> Partialled:
    """Take the table's linear effect apart. Its treatment may be 0 or 1, or an amount."""
    roots = root_weights(table)
    basis = weighted_basis(table.matrix(), roots)
    treatment, outcome = roots * table.treatment, roots * table.outcome
    return Partialled(
        basis=basis,
        roots=roots,
        treatment=residuals(basis, treatment),
        outcome=residuals(basis, outcome),
        totals=(float(treatment @ treatment), float(outcome @ outcome)),
        clusters=table.clusters,
    )


def root_weights(table: AnalysisTable) -> np.ndarray:
    """(n,) roots of the units' weights, scaled so that the weights' mean is 1."""
    weights = table.weights
    roots: np.ndarray = np.sqrt(weights / weights.mean())
    return roots


def weighted_basis(matrix: np.ndarray, roots: np.ndarray) -> np.ndarray:
    """(n, r) orthonormal columns that span roots * (constant, covariates (n, p)); collinear covariates count once."""
    shares = roots**2 / (roots**2).sum()
    centred = matrix - shares @ matrix
    spread = np.sqrt(shares @ centred**2)
    standard = centred / np.where(spread > 0, spread, 1.0) * roots[:, None]
    sizes, vectors = np.linalg.eigh(standard.T @ standard)
    kept = sizes > 1e-10 * max(sizes.max(initial=0.0), 1.0)
    return np.column_stack([roots / np.sqrt(roots @ roots), standard @ (vectors[:, kept] / np.sqrt(sizes[kept]))])


def contrast(table: AnalysisTable) -> tuple[AnalysisTable, str]:
    """The table, and what its linear effect is called; of several arms only the first against the control is looked at.

    That is also what the headline of several arms compares.
    """
    if table.treatment_kind != "arms":
        return table, "the linear effect"
    both = table.only_units(np.isin(table.treatment, (0.0, 1.0)), "in the control or the first arm")
    return replace(
        both, treatment_kind="binary", arms=()
    ), f"the linear effect of {table.arms[1]} against {table.arms[0]}"
