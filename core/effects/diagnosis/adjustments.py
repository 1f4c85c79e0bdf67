"""The linear effect adjusted for any set of covariate groups, with the influence of each unit on any mix of them.

ATE: Lin's (2013) regression in each arm, averaged over all units; ATT: the regression of the controls, averaged over
the treated; else one regression with common slopes of the covariates, which serves amounts too. All of them are made of
the same products of columns, so that an effect costs a small system of equations whatever the number of units. Each
influence is a sum of products of two linear forms of (1, covariates, treatment, outcome); a mix of many effects is
therefore one quadratic form, whose matrix is summed over the effects before any unit is looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.effects.table import AnalysisTable

UNITS_PER_COLUMN = 5  # an arm with fewer units a column shares its slopes with the other
RIDGE = 1e-9  # of a standardised column's size: collinear columns have an answer, others do not notice


@dataclass(frozen=True)
class _Piece:
    """A term of the influences: product of two linear forms in the units of a mask; left, right: (sets, columns)."""

    mask: np.ndarray
    left: np.ndarray
    right: np.ndarray


@dataclass(frozen=True)
class Effects:
    """values: (sets,) the effect adjusted for each set; kind: "interacted", "controls" or "common", the regression."""

    values: np.ndarray
    kind: str
    _columns: np.ndarray
    _weights: np.ndarray
    _pieces: tuple[_Piece, ...]

    def influence(self, mix: np.ndarray) -> np.ndarray:
        """(n,) influences, with mean 0, on the sum of the effects times mix (sets,)."""
        total = np.zeros(len(self._columns))
        for piece in self._pieces:
            form = (piece.left * mix[:, None]).T @ piece.right
            total += piece.mask * np.einsum("ij,ij->i", self._columns @ form, self._columns)
        found = self._weights * total
        return np.asarray(found - found.mean())


def regression_for(table: AnalysisTable, estimand: str) -> str:
    """Which regression resembles the estimand's own average over units, and is fed by enough of them."""
    needed = UNITS_PER_COLUMN * (len(table.covariates) + 1)
    controls, treated = int((table.treatment == 0).sum()), int((table.treatment == 1).sum())
    if estimand == "ATE" and min(controls, treated) >= needed:
        return "interacted"
    return "controls" if estimand == "ATT" and controls >= needed else "common"


def effects(table: AnalysisTable, sets: Sequence[frozenset[str]], *, kind: str) -> Effects:
    """The effect adjusted for each set of covariate groups; the empty set gives the raw difference, or slope."""
    weights = table.weights / table.weights.mean()
    matrix = table.matrix()
    centre = np.average(matrix, axis=0, weights=weights)
    spread = np.sqrt(np.average((matrix - centre) ** 2, axis=0, weights=weights))
    standard = (matrix - centre) / np.where(spread > 0, spread, 1.0)
    columns = np.column_stack([np.ones(table.units), standard, table.treatment, table.outcome])
    groups = np.array([covariate.group for covariate in table.covariates], dtype=object)
    chosen = [np.append(0, 1 + np.flatnonzero([group in each for group in groups])) for each in sets]
    if kind == "common":
        values, pieces = _common(columns, weights, chosen)
    else:
        values, pieces = _by_arm(columns, weights, chosen, treated_only=kind == "controls")
    return Effects(values, kind, columns, weights, pieces)


def _common(
    columns: np.ndarray, weights: np.ndarray, chosen: Sequence[np.ndarray]
) -> tuple[np.ndarray, tuple[_Piece, ...]]:
    """Frisch, Waugh and Lovell: what the covariates leave of the treatment (left) and of the outcome (right)."""
    width = columns.shape[1]
    products = _products(columns, weights)
    left, right, values = np.zeros((len(chosen), width)), np.zeros((len(chosen), width)), np.zeros(len(chosen))
    for at, kept in enumerate(chosen):
        on_treatment, on_outcome = _solve(products, kept, products[kept, -2:]).T
        spread = products[-2, -2] - on_treatment @ products[kept, -2]
        values[at] = (products[-2, -1] - on_treatment @ products[kept, -1]) / spread
        left[at, kept], left[at, -2] = -on_treatment / spread, 1 / spread
        right[at, kept], right[at, -2], right[at, -1] = values[at] * on_treatment - on_outcome, -values[at], 1
    return values, (_Piece(np.ones(len(columns)), left, right),)


def _by_arm(
    columns: np.ndarray, weights: np.ndarray, chosen: Sequence[np.ndarray], *, treated_only: bool
) -> tuple[np.ndarray, tuple[_Piece, ...]]:
    """Mean outcomes predicted for the target, from each arm's regression; for the treated alone theirs is known.

    An arm's residuals (left) count by how far they move the prediction for the target (right).
    """
    treatment = columns[:, -2]
    target_mask = treatment if treated_only else np.ones(len(columns))
    target_share = float(np.mean(weights * target_mask))
    target = (weights * target_mask) @ columns / target_share / len(columns)
    values = np.zeros(len(chosen))
    constant, gap = np.zeros((2, len(chosen), columns.shape[1]))
    constant[:, 0] = 1 / target_share
    pieces = []
    for arm, sign in ((0, -1.0),) if treated_only else ((0, -1.0), (1, 1.0)):
        mask = (treatment == arm).astype(float)
        products = _products(columns, weights * mask)
        left, right = np.zeros((2, len(chosen), columns.shape[1]))
        for at, kept in enumerate(chosen):
            slopes, moved = _solve(products, kept, np.column_stack([products[kept, -1], target[kept]])).T
            values[at] += sign * (target[kept] @ slopes)
            gap[at, kept] += sign * slopes
            left[at, kept], left[at, -1] = -slopes, 1
            right[at, kept] = sign * moved
        pieces.append(_Piece(mask, left, right))
    if treated_only:
        values += target[-1]
        gap[:, -1] = 1
    gap[:, 0] -= values
    return values, (*pieces, _Piece(target_mask, constant, gap))


def _products(columns: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.asarray((columns * weights[:, None]).T @ columns / len(columns))


def _solve(products: np.ndarray, kept: np.ndarray, right: np.ndarray) -> np.ndarray:
    ridge = np.full(len(kept), RIDGE * products[0, 0])
    ridge[0] = 0.0  # the constant has no collinear twin, and the raw difference is exact
    return np.linalg.solve(products[np.ix_(kept, kept)] + np.diag(ridge), right)
