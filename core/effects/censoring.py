"""Does who is followed for how long depend on the covariates? If so, each unit followed also stands for those lost.

Leaving follow-up has a hazard that is constant within each of a few stretches of time and proportional in the
covariates and the arm (a Poisson regression with the days at risk as exposure); weights are one over the probability of
having been followed so far (Robins and Finkelstein 2000).
"""

import numpy as np
from scipy.stats import chi2

from core.effects.learners import features
from core.effects.survival_curves import FollowUp
from core.effects.table import AnalysisTable

STRETCHES = 6
CHANCE_LINE = 0.05
FEWEST = 20  # units lost, below which nothing can be learnt about who
STEPS = 50


def censoring_weights(table: AnalysisTable, given: FollowUp) -> tuple[np.ndarray | None, float | None]:
    """(n, k) weights at the times of `given`, None where loss does not depend on covariates or arm; and the p value of
    that test, None where too few were lost to test it."""
    lost = given.censored
    if lost.sum() < FEWEST:
        return None, None
    edges = np.unique([0.0, *np.quantile(given.ended[lost], np.linspace(0, 1, STRETCHES + 1)[1:-1]), given.horizon])
    days = _days_in(given.ended, edges)
    place = np.minimum(np.searchsorted(edges, given.ended, side="left"), len(edges) - 1) - 1
    left = (lost[:, None] & (np.maximum(place, 0)[:, None] == np.arange(len(edges) - 1))).astype(float)
    own = np.column_stack([features(table.matrix()).linear[:, 1:], table.treatment - table.treatment.mean()])
    base = table.weights / table.weights.mean()
    rates, slopes, gain = _fit(own, left, days, base)
    chance = float(chi2.sf(gain, own.shape[1]))
    if chance >= CHANCE_LINE:
        return None, chance
    hazard = _days_in(given.times, edges) @ rates
    return np.exp(np.exp(own @ slopes)[:, None] * hazard), chance


def _days_in(ended: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """(n, s) days that each of (n,) ends spent in each stretch."""
    return np.clip(ended[:, None], edges[:-1], edges[1:]) - edges[:-1]


def _fit(own: np.ndarray, left: np.ndarray, days: np.ndarray, base: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Rates per day of each stretch (s,), log ratios of the columns (p,), and twice the gain in log-likelihood over
    columns that do nothing. Rates have a closed form given the ratios, which Newton's method finds."""
    count, slopes = base @ left, np.zeros(own.shape[1])

    def profile(tried: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        scale = base * np.exp(own @ tried)
        exposure = np.maximum(scale @ days, 1e-300)
        value = float((base * left.sum(axis=1)) @ (own @ tried) - (count * np.log(exposure)).sum())
        return value, scale, exposure

    start, scale, exposure = profile(slopes)
    best = start
    for _ in range(STEPS):
        share = count / exposure
        means = (scale[:, None] * days).T @ own / exposure[:, None]
        pull = own.T @ (base * left.sum(axis=1)) - count @ means
        at_risk = scale * (days @ share)
        curvature = (own * at_risk[:, None]).T @ own - (means * count[:, None]).T @ means
        step = np.linalg.pinv(curvature + 1e-9 * np.eye(len(slopes)), hermitian=True) @ pull
        size = 1.0
        while profile(slopes + size * step)[0] < best and size > 1e-6:
            size /= 2
        slopes = slopes + size * step
        best, scale, exposure = profile(slopes)
        if float(pull @ step) < 1e-9 * count.sum():
            break
    return count / exposure, slopes, max(2 * (best - start), 0.0)
