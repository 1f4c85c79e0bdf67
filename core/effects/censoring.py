"""Does who is followed for how long depend on the covariates? If so, each unit followed also stands for those lost.

Weights are one over the probability of having been followed so far, given the covariates and the arm (Robins and
Finkelstein 2000). The date of time zero is left out: a log that ends decides by it who is lost, and tells nothing else
about them.
"""

import numpy as np
from scipy.stats import chi2

from core.effects.groups import CALENDAR
from core.effects.hazard import fit_hazard, stretches
from core.effects.learners import features
from core.effects.survival_curves import FollowUp
from core.effects.table import AnalysisTable
from core.errors import NotEnoughData

STRETCHES = 6
CHANCE_LINE = 0.05
MOST = 1e6  # a weight beyond it is no weight
FEWEST = 20  # units lost, below which nothing can be learnt about who


def censoring_weights(table: AnalysisTable, given: FollowUp) -> tuple[np.ndarray | None, float | None]:
    """(n, k) weights at the times of `given`, None where loss does not depend on covariates or arm; and the p value of
    that test, None where too few were lost to test it."""
    lost = given.censored
    if lost.sum() < FEWEST:
        return None, None
    known = table.keep({each.group for each in table.covariates} - {CALENDAR})
    own = np.column_stack([features(known.matrix()).linear[:, 1:], table.treatment])
    edges = stretches(0.0, given.horizon, given.ended[lost], STRETCHES)
    fit = fit_hazard(own, given.ended, lost, edges, table.weights)
    chance = float(chi2.sf(fit.gain, own.shape[1]))
    if chance >= CHANCE_LINE:
        return None, chance
    with np.errstate(over="ignore"):
        weights = np.asarray(np.exp(fit.ratio[:, None] * fit.base(given.times)))
    if not np.isfinite(weights).all() or weights.max() > MOST:
        raise NotEnoughData(
            "Who was followed for how long is all but decided by the covariates, so nobody stands for those lost; "
            "leave out the covariate that decides it, or shorten the window."
        )
    return weights, chance
