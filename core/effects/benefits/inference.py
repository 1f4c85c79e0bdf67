"""Averages of one score per unit, their errors by user, and what many of them at once may claim.

A row here is a column of influences: what each unit moves a number by. Their covariance by user gives intervals for one
number, for all of them together (the largest of the t values, Montiel Olea and Plagborg-Møller 2019), and p-values
that hold for all (Romano and Wolf 2005, by Gaussian multipliers; Benjamini and Hochberg 1995).
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from core.effects.interval import NORMAL_975, Interval

DRAWS = 10_000
LEVEL = 0.95


@dataclass(frozen=True)
class Numbers:
    """values, errors (k,): numbers with their standard errors; covariance (k, k): of the numbers."""

    values: np.ndarray
    covariance: np.ndarray

    @property
    def errors(self) -> np.ndarray:
        """(k,) standard errors."""
        return np.asarray(np.sqrt(np.maximum(np.diag(self.covariance), 0.0)))

    @property
    def statistics(self) -> np.ndarray:
        """(k,) values in standard errors; 0 where there is no error."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.errors > 0, self.values / self.errors, 0.0)

    @property
    def chances(self) -> np.ndarray:
        """(k,) two-sided p-values, each for itself; NaN where there is no error."""
        return np.where(self.errors > 0, 2 * norm.sf(np.abs(self.statistics)), np.nan)


def averages(columns: np.ndarray, weights: np.ndarray, clusters: np.ndarray) -> Numbers:
    """Weighted means of each column (n, k), whose errors add up the influences of a user's units."""
    means = weights @ columns / weights.sum()
    return Numbers(means, covariance((columns - means) * (weights / weights.mean())[:, None], clusters))


def average(values: np.ndarray, weights: np.ndarray, clusters: np.ndarray) -> Interval:
    """The weighted mean of values (n,)."""
    found = averages(values[:, None], weights, clusters)
    return Interval(float(found.values[0]), float(found.errors[0]))


def group_means(values: np.ndarray, members: np.ndarray, weights: np.ndarray, clusters: np.ndarray) -> Numbers:
    """The weighted mean of values (n,) within each group; members (n, k): 1 where a unit belongs to it."""
    belongs = members * weights[:, None]
    sizes = belongs.sum(axis=0)
    means = values @ belongs / sizes
    influences = belongs * (values[:, None] - means) * (len(values) / sizes)
    return Numbers(means, covariance(influences, clusters))


def regression(values: np.ndarray, columns: np.ndarray, weights: np.ndarray, clusters: np.ndarray) -> Numbers:
    """Weighted least squares of values (n,) on columns (n, k), with errors that hold whatever the spread (by user)."""
    weighted = columns * weights[:, None]
    inverse = np.linalg.pinv(weighted.T @ columns, hermitian=True)
    found = inverse @ (weighted.T @ values)
    rest = values - columns @ found
    return Numbers(found, covariance(weighted * rest[:, None] @ inverse * len(values), clusters))


def covariance(influences: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """(k, k) covariance of the means of influences (n, k), summed by cluster code (n,) first; NaN for one cluster."""
    count = int(clusters.max()) + 1
    sums = np.column_stack([np.bincount(clusters, weights=column, minlength=count) for column in influences.T])
    met = np.count_nonzero(np.bincount(clusters, minlength=count))
    if met < 2:
        return np.full((influences.shape[1], influences.shape[1]), np.nan)
    return np.asarray(met / (met - 1) * (sums.T @ sums) / len(influences) ** 2)


def all_at_once(numbers: Numbers, *, seed: int) -> float:
    """How many standard errors an interval must reach so that all of them hold together in 95 % of samples."""
    return max(float(np.quantile(_draws(numbers, seed).max(axis=1, initial=0.0), LEVEL)), NORMAL_975)


def step_down(numbers: Numbers, *, seed: int) -> np.ndarray:
    """(k,) p-values adjusted for looking at all of them (Romano and Wolf 2005): the largest first."""
    sizes = np.abs(numbers.statistics)
    order = np.argsort(-sizes, kind="stable")
    draws = _draws(numbers, seed)[:, order]
    largest = np.maximum.accumulate(draws[:, ::-1], axis=1)[:, ::-1]  # of this one and the smaller ones
    chances = (1 + (largest >= sizes[order]).sum(axis=0)) / (1 + DRAWS)
    adjusted = np.empty(len(sizes))
    adjusted[order] = np.maximum.accumulate(chances)
    return np.where(numbers.errors > 0, adjusted, np.nan)


def discovery_rates(chances: np.ndarray) -> np.ndarray:
    """(k,) the smallest false discovery rate at which each would be named (Benjamini and Hochberg 1995)."""
    known = np.flatnonzero(np.isfinite(chances))
    rates = np.full(len(chances), np.nan)
    order = known[np.argsort(chances[known], kind="stable")]
    raised = chances[order] * len(known) / np.arange(1, len(known) + 1)
    rates[order] = np.minimum.accumulate(raised[::-1])[::-1].clip(max=1.0)
    return rates


def _draws(numbers: Numbers, seed: int) -> np.ndarray:
    """(DRAWS, k) absolute t values of numbers that are all nothing, correlated like these."""
    errors = np.where(numbers.errors > 0, numbers.errors, np.inf)
    correlation = numbers.covariance / np.outer(errors, errors)
    sizes, vectors = np.linalg.eigh(np.nan_to_num(correlation))
    root = vectors * np.sqrt(np.maximum(sizes, 0.0))
    return np.asarray(np.abs(np.random.default_rng(seed).standard_normal((DRAWS, len(errors))) @ root.T))
