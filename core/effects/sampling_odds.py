"""How sampling changed the odds of treatment: units that stand for many count for many, at the same covariates.

The odds in the population are those among the units times E[w | treated, x] / E[w | control, x], with w = 1 / share.
"""

from typing import Final

import numpy as np

from core.effects.outcome_model import outcome_model
from core.effects.table import AnalysisTable

ENOUGH: Final = 10_000  # units that the weights of an arm are learnt from, drawn at random


def odds_of_sampling(table: AnalysisTable, seed: int = 0) -> np.ndarray | float:
    """By how much the odds of treatment in the population exceed those among the units: one number where each arm was
    sampled alike, else (n,)."""
    if not table.sampled or table.treatment_kind != "binary":
        return 1.0
    return _expected(table, 1, seed) / _expected(table, 0, seed)


def _expected(table: AnalysisTable, arm: int, seed: int) -> np.ndarray | float:
    """Mean weight of an arm at each unit's covariates, within the range of the arm's weights."""
    rows = np.flatnonzero(table.treatment == arm)
    weights = table.weights[rows]
    if np.ptp(weights) < 1e-9 * weights.mean() or not table.covariates:
        return float(weights.mean())
    matrix = table.matrix()
    if len(rows) > ENOUGH:
        chosen = np.random.default_rng(seed).choice(len(rows), ENOUGH, replace=False)
        rows, weights = rows[chosen], weights[chosen]
    learnt = outcome_model(matrix[rows], weights, is_share=False, seed=seed)(matrix)
    return np.asarray(np.clip(learnt, weights.min(), weights.max()))
