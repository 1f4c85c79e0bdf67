"""Diagnostics can pass and can fail, and say which."""

import numpy as np
import pytest

from core.effects.diagnosis.balance import balance
from core.effects.diagnosis.differences import standardised_differences
from core.effects.diagnosis.overlap import BINS, overlap
from core.effects.estimators import ipw
from core.effects.nuisances import Nuisances, deal_folds, mix_shares, mix_squares
from core.effects.sample_ratio import sample_ratio
from core.storage.workspace import jsonable
from tests.effects.planted import as_table, confounded, separated


def test_overlap_passes_where_both_arms_have_comparable_units() -> None:
    table = confounded(units=600)
    found = overlap(table, Nuisances(table, seed=0).propensity(0), estimand="ATE")
    assert found.passed is True and not found.even and found.sentence.startswith("Overlap holds")
    assert len(found.treated_shares) == len(found.control_shares) == BINS == len(found.edges) - 1
    assert sum(found.treated_shares) == pytest.approx(1) and sum(found.control_shares) == pytest.approx(1)
    assert jsonable(found.plain())["effective_units"]["control"] == pytest.approx(found.effective_units[1])


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_overlap_fails_where_a_covariate_decides_who_is_treated(estimand: str) -> None:
    table = separated()
    found = overlap(table, Nuisances(table, seed=0).propensity(0), estimand=estimand)
    assert found.passed is False and f"Poor overlap for the {estimand}" in found.sentence


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_a_rare_treatment_is_not_poor_overlap(estimand: str) -> None:
    # 2 % treated by chance alone: every propensity is 0.02, below 0.05, yet both arms are alike.
    rng = np.random.default_rng(0)
    table = as_table(rng.normal(size=(5000, 2)), np.arange(5000) % 50 == 0, rng.normal(size=5000))
    found = overlap(table, np.full(5000, 0.02), estimand=estimand)
    assert found.passed is True and found.outside_share == 0
    assert found.even and sum(found.treated_shares[9:11]) == pytest.approx(1)  # as likely as not, were the arms equal


def test_overlap_by_hand() -> None:
    # Half treated, so the scale of equal arms changes nothing. Propensities 0.5 but for one treated unit at 0.01:
    # its ATE weight is 1 / 0.01 = 100 against 2 of the 49 others: share 100 / 198 = 0.505; effective units
    # 198^2 / (100^2 + 49 * 4) = 3.845; one of 100 units is outside.
    propensity = np.full(100, 0.5)
    propensity[0] = 0.01
    table = as_table(np.zeros((100, 1)), np.arange(100) < 50, np.zeros(100))
    found = overlap(table, propensity, estimand="ATE")
    assert found.largest_weight_share == pytest.approx(100 / 198)
    assert found.effective_units == pytest.approx((198**2 / 10_196, 50))
    assert found.outside_share == 0.01 and found.passed is False


def test_an_unknown_propensity_is_not_a_pass() -> None:
    table = confounded(units=100)
    propensity = np.full(100, 0.5)
    propensity[3] = np.nan
    assert overlap(table, propensity, estimand="ATE").passed is None


def test_standardised_differences_by_hand() -> None:
    # Treated 1, 3: mean 2, variance 1. Control 0, 2: mean 1, variance 1. (2 - 1) / sqrt((1 + 1) / 2) = 1.
    # Control weights 0.25 and 0.75 give the mean 1.5, so (2 - 1.5) / 1 = 0.5. The constant column differs by 0.
    matrix = np.array([[1.0, 7], [3, 7], [0, 7], [2, 7]])
    treatment = np.array([1, 1, 0, 0])
    assert standardised_differences(matrix, treatment, np.ones(4)) == pytest.approx([1, 0])
    assert standardised_differences(matrix, treatment, np.array([1, 1, 0.25, 0.75])) == pytest.approx([0.5, 0])


def test_balance_fails_before_weighting_and_passes_after() -> None:
    table = confounded(units=1500)
    unweighted = balance(table, np.ones(1500))
    weighted = balance(table, ipw.estimate(table, estimand="ATE").weights)
    assert unweighted.passed is False and "the most is x1" in unweighted.sentence
    assert weighted.passed is True
    assert [row["before"] for row in weighted.rows] == [row["after"] for row in unweighted.rows]


def test_balance_without_covariates_or_with_a_broken_weight_is_not_a_pass() -> None:
    table = confounded(units=100)
    bare = as_table(np.zeros((100, 0)), table.treatment, table.outcome)
    assert balance(bare, np.ones(100)).passed is None
    assert balance(table, np.full(100, np.nan)).passed is None


def test_an_experiment_is_judged_by_chance_not_by_the_line() -> None:
    # 60 units: chance alone makes standardised differences beyond 0.1, and the joint test says so.
    rng = np.random.default_rng(1)
    table = as_table(rng.normal(size=(60, 3)), rng.permutation(60) < 30, rng.normal(size=60))
    assert balance(table, np.ones(60)).passed is False
    assert balance(table, np.ones(60), randomised=True).passed is True
    assert balance(confounded(units=1000), np.ones(1000), randomised=True).passed is False


def test_sample_ratio_by_hand() -> None:
    # 60 of 100 where half were meant: (60 - 50)^2 / 25 = 4, p = 0.0455: chance. 600 of 1000: 40, p = 3e-10: broken.
    def arms(treated: int, units: int) -> np.ndarray:
        return np.arange(units) < treated

    few = as_table(np.zeros((100, 0)), arms(60, 100), np.zeros(100))
    many = as_table(np.zeros((1000, 0)), arms(600, 1000), np.zeros(1000))
    assert sample_ratio(few, 0.5).passed is True and "p = 0.046" in sample_ratio(few, 0.5).sentence
    assert sample_ratio(many, 0.5).passed is False
    assert sample_ratio(many, None).passed is None
    # 1000 units of 100 users, each user wholly in one arm: 60 of 100 users are treated, which chance allows.
    grouped = as_table(np.zeros((1000, 0)), arms(600, 1000), np.zeros(1000), users=np.arange(1000) // 10)
    assert sample_ratio(grouped, 0.5).passed is True


def test_a_users_units_are_never_split_over_folds() -> None:
    rng = np.random.default_rng(0)
    users = rng.integers(0, 60, 300)
    users = np.unique(users, return_inverse=True)[1]
    fold = deal_folds((rng.random(300) < 0.1).astype(float), users, rng)
    assert all(len(set(fold[users == user])) == 1 for user in range(users.max() + 1))
    assert set(fold) == {0, 1, 2, 3, 4}


def test_mixing_prefers_the_learner_that_is_right() -> None:
    rng = np.random.default_rng(0)
    signal, noise = rng.normal(size=500), rng.normal(size=500)
    shares = mix_squares(np.column_stack([noise, signal]), signal + 0.1 * rng.normal(size=500))
    assert shares.sum() == pytest.approx(1) and shares[1] > 0.95 and shares.min() >= 0
    right = 1 / (1 + np.exp(-3 * signal))
    shares = mix_shares(np.column_stack([np.full(500, 0.5), right]), (rng.random(500) < right).astype(float))
    assert shares.sum() == pytest.approx(1) and shares[1] > 0.9
