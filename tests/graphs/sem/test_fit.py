"""Measures of fit: by hand on two columns, and the interval of RMSEA where the misfit is known."""

import numpy as np
import pytest
from scipy import stats

from core.graphs.noncentral import noncentrality
from core.graphs.sem.fit import fit_of
from core.graphs.sufficient import Moments


def moments(correlation: list[list[float]], units: int) -> Moments:
    size = len(correlation)
    names = tuple("abcdef"[:size])
    return Moments(names, np.array(correlation), tuple(np.array([place]) for place in range(size)), units)


def test_two_columns_called_independent() -> None:
    fit = fit_of(moments([[1, 0.3], [0.3, 1]], 101), np.eye(2), 1)
    # F = -ln(1 - .09) = .0943107; χ² = 101 F = 9.5254; RMSEA = √((9.5254 - 1) / 101) = .2905; SRMR = √(.09 / 3)
    assert fit.chi2 == pytest.approx(9.52538, abs=1e-4)
    assert fit.rmsea == pytest.approx(0.29053, abs=1e-4)
    assert fit.srmr == pytest.approx(0.03**0.5)
    assert fit.cfi == pytest.approx(0)  # it is the model of independence itself
    assert fit.p_value == pytest.approx(stats.chi2.sf(9.52538, 1), rel=1e-4)
    assert fit.rmsea_low is not None and fit.rmsea_high is not None
    assert fit.rmsea_low < fit.rmsea < fit.rmsea_high


def test_a_perfect_fit() -> None:
    fit = fit_of(moments([[1, 0.3, 0.15], [0.3, 1, 0.5], [0.15, 0.5, 1]], 5000), np.array(
        [[1, 0.3, 0.15], [0.3, 1, 0.5], [0.15, 0.5, 1]]), 1)  # fmt: skip
    assert fit.passed is True
    assert fit.cfi == 1
    assert fit.rmsea == 0


def test_a_model_that_claims_nothing_cannot_fail() -> None:
    assert fit_of(moments([[1, 0.3], [0.3, 1]], 50), np.array([[1, 0.3], [0.3, 1]]), 0).passed is None


@pytest.mark.parametrize(("degrees", "truth"), [(1, 5.0), (10, 30.0), (3, 40_000.0)])
def test_the_interval_of_a_non_centrality_covers_it(degrees: int, truth: float) -> None:
    drawn = stats.ncx2.rvs(degrees, truth, size=200, random_state=1)
    covered = sum(noncentrality(x, degrees, 0.975) <= truth <= noncentrality(x, degrees, 0.025) for x in drawn)
    assert 180 <= covered <= 199
