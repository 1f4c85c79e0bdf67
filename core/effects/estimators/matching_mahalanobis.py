"""Mahalanobis matching: each unit is compared with the units of the other arm whose covariates are nearest.

Distance in covariates that were made uncorrelated and of variance 1; one neighbour with replacement, all of those that
tie. Assumes that the covariates hold every common cause, and no form for the propensity; what still differs within
matches, more with every covariate, is corrected by a regression (Abadie and Imbens 2006, 2011).
"""

from typing import TYPE_CHECKING

import numpy as np

from core.effects.estimate import Estimate
from core.effects.least_squares import with_constant
from core.effects.matching import Cells, matched_estimate
from core.effects.nearest import nearest_pairs
from core.effects.table import AnalysisTable

if TYPE_CHECKING:
    from core.effects.nuisances import Nuisances

REPEATED = 1e-8  # share of the largest variance below which a direction repeats the others


def estimate(table: AnalysisTable, *, estimand: str, seed: int = 0, nuisances: "Nuisances | None" = None) -> Estimate:
    """The matched difference in the outcome's unit; "ATE" or "ATT". Needs neither seed nor nuisances."""
    base = table.weights / table.weights.mean()
    cells = cells_in_space(with_constant(table.matrix(), base)[:, 1:], base)
    return matched_estimate(table, cells, estimator="matching_mahalanobis", estimand=estimand)


def cells_in_space(matrix: np.ndarray, base: np.ndarray) -> Cells:
    """Cells of equal covariates (n, p) of weighted mean 0; their distances are Mahalanobis's."""
    places, of_unit = np.unique(matrix, axis=0, return_inverse=True)
    sizes, vectors = np.linalg.eigh((matrix * base[:, None]).T @ matrix / base.sum())
    kept = sizes > REPEATED * sizes.max(initial=0.0)
    places = places @ (vectors[:, kept] / np.sqrt(sizes[kept])) if kept.any() else np.zeros((len(places), 1))

    def nearest(asking: np.ndarray, offered: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        one, other = nearest_pairs(places[asking], places[offered])
        return asking[one], offered[other]

    return Cells(of_unit.reshape(-1), nearest)
