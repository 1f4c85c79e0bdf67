"""Refuters of the method: random common cause, subsets, bootstrap. Each is exact, passes, and finds a planted fault."""

from dataclasses import replace

import numpy as np
import pytest

from core.effects.estimators import ipw
from core.effects.partialled import partialled
from core.effects.refuters import bootstrap, data_subset, random_common_cause
from core.effects.refuters.linear_checks import redrawn_effects
from core.effects.table import WEIGHT, AnalysisTable
from tests.effects.planted import as_table, attempt, confounded


def least_squares(table: AnalysisTable, rows: np.ndarray, *more: np.ndarray) -> float:
    """The coefficient of treatment by numpy, on the given rows (which may repeat), weighted by the table's weights."""
    design = np.column_stack([np.ones(table.units), table.treatment, table.matrix(), *more])[rows]
    roots = np.sqrt(table.weights)[rows]
    return float(np.linalg.lstsq(design * roots[:, None], table.outcome[rows] * roots)[0][1])


def repeated_users() -> AnalysisTable:
    """600 units of 200 users, with weights."""
    table = confounded(units=600, seed=3)
    frame = table.frame.assign(user_id=np.arange(600) % 200, **{WEIGHT: 1.0 + np.arange(600) % 4})
    return replace(table, frame=frame)


def test_the_parts_give_the_weighted_regression_and_its_clustered_error() -> None:
    table = repeated_users()
    parts = partialled(table)
    assert parts.value == pytest.approx(least_squares(table, np.arange(600)), abs=1e-10)
    # Liang and Zeger by hand: sqrt(sum over users of (sum of t~ e)^2) / sum of t~^2, with the small-sample factors.
    sums = np.bincount(table.clusters, weights=parts.treatment * parts.rest)
    by_hand = np.sqrt((sums**2).sum() * 200 / 199 * 600 / parts.freedom) / parts.spread
    assert parts.se == pytest.approx(by_hand, rel=1e-9)


def test_an_effect_with_one_more_covariate_of_noise_equals_its_regression() -> None:
    table = repeated_users()
    values = random_common_cause.effects_with_noise(partialled(table), draws=4, rng=np.random.default_rng(5))
    noise = np.random.default_rng(5).standard_normal((4, 600))
    for value, column in zip(values, noise, strict=True):
        assert value == pytest.approx(least_squares(table, np.arange(600), column), abs=1e-9)


def test_redrawn_effects_equal_regressions_on_the_drawn_users() -> None:
    table = repeated_users()
    counts = np.random.default_rng(0).poisson(1.0, (5, 200)).astype(np.uint8)
    for value, times in zip(redrawn_effects(partialled(table), counts), counts, strict=True):
        rows = np.repeat(np.arange(600), times[table.clusters])
        assert value == pytest.approx(least_squares(table, rows), abs=1e-8)


def test_a_subset_has_four_fifths_of_the_users() -> None:
    counts = data_subset.subsets(101, draws=3, rng=np.random.default_rng(1))
    assert (counts.sum(axis=1) == 81).all() and counts.max() == 1


def test_users_are_drawn_a_poisson_number_of_times() -> None:
    counts = bootstrap.drawn_again(5000, draws=40, rng=np.random.default_rng(1))
    shares = np.bincount(counts.ravel(), minlength=5)[:5] / counts.size
    # exp(-1) / k!, within four of the shares' errors
    assert shares == pytest.approx([0.36788, 0.36788, 0.18394, 0.06131, 0.01533], abs=4 * 0.0011)


@pytest.mark.parametrize("refuter", [random_common_cause, data_subset, bootstrap])
def test_the_method_passes_on_an_ordinary_table(refuter: object) -> None:
    table = confounded(units=800)
    found = refuter.refute(attempt(table, ipw.estimate(table, estimand="ATE")))  # type: ignore[attr-defined]
    assert found.passed is True and found.low < found.expected < found.high


def test_noise_moves_an_estimate_that_spent_its_data_on_covariates() -> None:
    # 40 units, 36 covariates: two degrees of freedom are left, so noise moves the estimate by about its error.
    rng = np.random.default_rng(1)
    table = as_table(rng.normal(size=(40, 36)), np.arange(40) % 2, rng.normal(size=40))
    found = random_common_cause.refute(attempt(table, ipw.estimate(confounded(units=40), estimand="ATE")))
    assert found.passed is False and "2 degrees of freedom" in found.sentence


def test_subsets_find_an_effect_that_a_few_users_carry() -> None:
    # The covariate all but says who is treated: one user on each side decides the contrast, and fits it perfectly.
    rng = np.random.default_rng(4)
    x = np.repeat([0.0, 1.0], 100)
    treatment = x.copy()
    treatment[[0, 199]] = [1.0, 0.0]
    table = as_table(x[:, None], treatment, 4 * treatment - 4 * x + 0.1 * rng.normal(size=200))
    found = data_subset.refute(attempt(table, ipw.estimate(confounded(units=200), estimand="ATE")))
    assert found.passed is False and found.details["lost"] > 0


def test_subsets_find_an_error_that_is_too_small() -> None:
    # Twelve users with one unit in the rare arm each decide the contrast against 3,000 quiet ones.
    rng = np.random.default_rng(4)
    groups = np.zeros((3000, 6))
    groups[np.arange(12), np.arange(12) // 2] = 1.0  # six pairs with a covariate of their own
    treatment = np.zeros(3000)
    treatment[:12:2] = 1.0
    outcome = 0.01 * rng.normal(size=3000)
    outcome[:12:2] += rng.normal(size=6) * 5
    table = as_table(groups, treatment, outcome)
    found = data_subset.refute(attempt(table, ipw.estimate(confounded(units=3000), estimand="ATE")))
    assert found.passed is False, found.sentence


def test_the_bootstrap_finds_an_interval_that_ignores_that_units_belong_together() -> None:
    # Ten units a user with the same noise: an error that takes them as independent is about a third of the real one.
    rng = np.random.default_rng(0)
    users = np.repeat(np.arange(150), 10)
    treatment = np.repeat(rng.random(150) < 0.5, 10)
    outcome = treatment + np.repeat(rng.normal(size=150), 10)
    table = as_table(np.zeros((1500, 0)), treatment, outcome, users=users)
    honest = ipw.estimate(table, estimand="ATE")
    fooled = replace(honest, se=ipw.estimate(as_table(np.zeros((1500, 0)), treatment, outcome), estimand="ATE").se)
    assert bootstrap.refute(attempt(table, honest)).passed is True
    assert bootstrap.refute(attempt(table, fooled)).passed is False


def test_the_bootstrap_finds_a_mean_that_one_user_decides() -> None:
    outcome = np.random.default_rng(0).normal(size=600)
    outcome[7] = 400.0
    table = as_table(np.zeros((600, 0)), np.arange(600) % 2, outcome)
    found = bootstrap.refute(attempt(table, ipw.estimate(table, estimand="ATE")))
    assert found.passed is False and found.details["alarms_share"] > 0.1


def test_an_amount_has_a_linear_effect_and_of_arms_the_first_is_held_against_the_control() -> None:
    rng = np.random.default_rng(2)
    x, dose = rng.normal(size=(300, 1)), rng.gamma(2.0, size=300)
    amount = replace(as_table(x, dose, dose + x[:, 0] + rng.normal(size=300)), treatment_kind="dose")
    headline = ipw.estimate(confounded(units=300), estimand="ATE")
    assert random_common_cause.refute(attempt(amount, headline)).passed is True
    second = 2.0 * (dose > 1) * (dose < 3)
    arms = replace(
        as_table(x, second + (dose >= 3), 5 * (dose >= 3) + 99 * second + rng.normal(size=300)),
        treatment_kind="arms",
        arms=("a", "b", "c"),
    )
    found = random_common_cause.refute(attempt(arms, headline))
    assert found.expected == pytest.approx(5.0, abs=0.6) and "of b against a" in found.sentence  # c is not looked at
