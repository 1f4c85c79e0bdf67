"""Do 95 % intervals hold a planted effect about 95 times in 100? The short version of `tests.benchmarks coverage`.

The bounds are those that an honest interval leaves once in a thousand suites. The closed forms have theirs in
`test_classical`, jumps at a cutoff in `test_discontinuity`.
"""

import numpy as np
from scipy.stats import binom, chi2

from core.effects.estimators import aipw, lin
from core.effects.nuisances import Nuisances
from tests.benchmarks.bench_coverage import counts, linear
from tests.effects.planted import as_table

DRAWS = 200


def test_intervals_of_the_headline_hold_the_effect() -> None:
    found = []
    for draw in range(6):
        table, effect, _ = linear(np.random.default_rng([draw, 5]), 300)
        estimate = aipw.estimate(table, estimand="ATE", seed=draw, nuisances=Nuisances(table, seed=draw, splits=1))
        found.append((estimate.value - effect) / estimate.se)
    away = np.array(found)
    assert (away**2).sum() < chi2.ppf(0.999, len(away)) and abs(away.mean()) < 3.3 / len(away) ** 0.5


def test_a_skewed_outcome_with_many_zeros() -> None:
    away = []
    for draw in range(DRAWS):
        table, effect, _ = counts(np.random.default_rng([draw, 6]), 1000)
        found = lin.estimate(table, estimand="ATE")
        away.append((found.value - effect) / found.se)
    assert (np.abs(away) < 1.96).sum() >= binom.ppf(0.001, DRAWS, 0.93)


def test_users_with_several_units_are_counted_as_users() -> None:
    # Three units of a user share treatment, covariate and noise: taken for independent, the error would be 1.7 too small.
    away = []
    for draw in range(DRAWS):
        rng = np.random.default_rng([draw, 7])
        x, noise = rng.normal(size=(200, 1)), rng.normal(size=200)
        treatment = rng.random(200) < 1 / (1 + np.exp(-x[:, 0]))
        rows = np.repeat(np.arange(200), 3)
        outcome = (x[:, 0] + treatment + noise)[rows] + 0.1 * rng.normal(size=600)
        found = lin.estimate(as_table(x[rows], treatment[rows], outcome, users=rows), estimand="ATE")
        away.append((found.value - 1) / found.se)
    assert (np.abs(away) < 1.96).sum() >= binom.ppf(0.001, DRAWS, 0.93)
