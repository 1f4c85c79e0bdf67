"""Does who is followed for how long depend on the covariates? If so, each unit followed also stands for those lost.

Weights are one over the probability of having been followed so far, given the covariates and the arm (Robins and
Finkelstein 2000).
"""

import numpy as np
from scipy.stats import chi2

from core.effects.hazard import fit_hazard, stretches
from core.effects.learners import features
from core.effects.survival_curves import FollowUp
from core.effects.table import AnalysisTable

STRETCHES = 6
CHANCE_LINE = 0.05
FEWEST = 20  # units lost, below which nothing can be learnt about who


def censoring_weights(table: AnalysisTable, given: FollowUp) -> tuple[np.ndarray | None, float | None]:
    """(n, k) weights at the times of `given`, None where loss does not depend on covariates or arm; and the p value of
    that test, None where too few were lost to test it."""
    lost = given.censored
    if lost.sum() < FEWEST:
        return None, None
    own = np.column_stack([features(table.matrix()).linear[:, 1:], table.treatment])
    edges = stretches(0.0, given.horizon, given.ended[lost], STRETCHES)
    fit = fit_hazard(own, given.ended, lost, edges, table.weights)
    chance = float(chi2.sf(fit.gain, own.shape[1]))
    if chance >= CHANCE_LINE:
        return None, chance
    return np.asarray(np.exp(fit.ratio[:, None] * fit.base(given.times))), chance
