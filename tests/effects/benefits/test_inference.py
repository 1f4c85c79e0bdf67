"""Means, regressions and what many of them may claim: beside statsmodels, and with error rates seen over many draws."""

import numpy as np
import pytest
import statsmodels.api as statsmodels

from core.effects.benefits.inference import (
    Numbers,
    all_at_once,
    average,
    averages,
    covariance,
    discovery_rates,
    group_means,
    regression,
    step_down,
)
from core.effects.estimate import clustered_error
from core.effects.interval import NORMAL_975


def test_a_mean_has_the_error_of_the_studies_estimates() -> None:
    rng = np.random.default_rng(0)
    clusters = rng.integers(0, 60, 400)
    clusters = np.unique(clusters, return_inverse=True)[1]
    values = rng.normal(size=400) + rng.normal(size=60)[clusters]
    found = average(values, np.ones(400), clusters)
    assert found.value == pytest.approx(values.mean())
    assert found.se == pytest.approx(clustered_error(values, clusters))


def test_weights_of_two_are_repeated_rows_of_the_same_user() -> None:
    rng = np.random.default_rng(1)
    values, weights, users = rng.normal(size=200), rng.integers(1, 4, 200), np.arange(200)
    rows = np.repeat(np.arange(200), weights)
    weighted, repeated = average(values, weights.astype(float), users), average(values[rows], np.ones(len(rows)), rows)
    assert weighted.value == pytest.approx(repeated.value)
    assert weighted.se == pytest.approx(repeated.se)


def test_regression_equals_statsmodels_with_errors_by_cluster() -> None:
    rng = np.random.default_rng(2)
    clusters = np.repeat(np.arange(80), 5)
    columns = np.column_stack([np.ones(400), rng.normal(size=(400, 2))])
    values = columns @ [1.0, 0.5, 0.0] + rng.normal(size=400) + rng.normal(size=80)[clusters]
    weights = rng.uniform(0.5, 2, 400)
    peer = statsmodels.WLS(values, columns, weights=weights).fit(
        cov_type="cluster", cov_kwds={"groups": clusters, "use_correction": False}
    )
    found = regression(values, columns, weights, clusters)
    assert found.values == pytest.approx(peer.params, rel=1e-9)
    assert found.errors == pytest.approx(peer.bse * np.sqrt(80 / 79), rel=1e-9)


def test_group_means_are_regressions_on_the_groups() -> None:
    rng = np.random.default_rng(3)
    which = rng.integers(0, 3, 300)
    members = (which[:, None] == np.arange(3)).astype(float)
    values, weights = rng.normal(size=300) + which, rng.uniform(0.5, 2, 300)
    found = group_means(values, members, weights, np.arange(300))
    same = regression(values, members, weights, np.arange(300))
    assert found.values == pytest.approx(same.values)
    assert found.errors == pytest.approx(same.errors)


def test_one_cluster_has_no_error() -> None:
    assert np.isnan(covariance(np.ones((5, 1)), np.zeros(5, dtype=int))).all()


def test_reach_for_all_grows_with_numbers_that_differ_and_not_with_the_same_one() -> None:
    apart = Numbers(np.zeros(20), np.eye(20))
    same = Numbers(np.zeros(20), np.ones((20, 20)))
    assert all_at_once(apart, seed=0) == pytest.approx(3.02, abs=0.05)  # Bonferroni says 3.02
    assert all_at_once(same, seed=0) == pytest.approx(NORMAL_975, abs=0.05)


def test_step_down_holds_its_error_rate_and_finds_what_is_planted() -> None:
    rng = np.random.default_rng(4)
    false, found = 0, 0
    for _ in range(80):
        columns = rng.normal(size=(300, 12)) + rng.normal(size=(300, 1))  # alike, and nothing in any of them
        false += bool((step_down(averages(columns, np.ones(300), np.arange(300)), seed=0) < 0.05).any())
        columns[:, 3] += 0.5
        found += bool(step_down(averages(columns, np.ones(300), np.arange(300)), seed=0)[3] < 0.05)
    assert false <= 9  # 4 expected
    assert found >= 76


def test_discovery_rates_by_hand() -> None:
    rates = discovery_rates(np.array([0.01, 0.04, 0.03, np.nan, 0.5]))
    assert rates == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, np.nan, 0.5], nan_ok=True)
