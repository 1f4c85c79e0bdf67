"""Units that stand for several, the overlap population, and what TMLE and double machine learning add to AIPW."""

from dataclasses import replace

import numpy as np
import pytest

from core.effects.doubly_robust import arm_weights
from core.effects.estimators import aipw, dml, tmle
from core.effects.guard import limits, said_of_guarded
from core.effects.nuisances import Nuisances
from core.effects.sampling_odds import odds_of_sampling
from core.effects.table import WEIGHT, AnalysisTable
from core.errors import NotEnoughData
from tests.effects.planted import as_table, confounded


def fits_of(table: AnalysisTable) -> Nuisances:
    return Nuisances(table, seed=0, splits=1)


def weighted(table: AnalysisTable, weights: np.ndarray) -> AnalysisTable:
    return replace(table, frame=table.frame.assign(**{WEIGHT: weights.astype(float)}))


@pytest.mark.parametrize("estimator", [aipw, tmle, dml])
def test_a_weight_of_two_is_a_unit_that_stands_twice(estimator) -> None:
    table = confounded(units=700, treated_more=0.5, seed=1)
    weights = 1 + (table.matrix()[:, 0] > 0).astype(float)
    rows = np.repeat(np.arange(700), weights.astype(int))
    twice = replace(table, frame=table.frame.iloc[rows].reset_index(drop=True))
    one, other = (
        estimator.estimate(each, estimand="ATE", nuisances=fits_of(each)) for each in (weighted(table, weights), twice)
    )
    assert one.value == pytest.approx(other.value, abs=0.5 * one.se) and one.se == pytest.approx(other.se, rel=0.15)
    plain = estimator.estimate(table, estimand="ATE", nuisances=fits_of(table))
    assert abs(plain.value - one.value) > 2 * abs(one.value - other.value)


def test_controls_that_were_sampled_give_the_effect_in_all_units() -> None:
    # The effect is 1 + x0 and the population's x0 has mean 0. A fifth of the controls is kept: without their weights the
    # kept units have more x0, and so a larger effect.
    table = confounded(units=4000, treated_more=1.0, seed=2)
    treated = table.treatment == 1
    kept = treated | (np.random.default_rng(0).random(4000) < 0.2)
    sampled = weighted(table.only_units(kept, "kept"), np.where(treated[kept], 1.0, 5.0))
    found = aipw.estimate(sampled, estimand="ATE", nuisances=fits_of(sampled))
    assert found.low < 1.0 < found.high and found.se < 0.15
    unweighted = replace(sampled, frame=sampled.frame.drop(columns=WEIGHT))
    assert aipw.estimate(unweighted, estimand="ATE", nuisances=fits_of(unweighted)).low > 1.0
    att = [aipw.estimate(each, estimand="ATT", nuisances=fits_of(each)).value for each in (sampled, unweighted)]
    assert att[0] == pytest.approx(att[1], abs=0.05)  # the treated were not sampled


def test_a_rare_treatment_is_not_near_certainty() -> None:
    # One unit in two thousand is treated: every propensity is under .001, and their differences are the confounding.
    rng = np.random.default_rng(6)
    x = rng.normal(size=(1_000_000, 2))
    treatment = rng.random(len(x)) < 0.0003 * np.exp(x[:, 0])
    kept = treatment | (rng.random(len(x)) < 0.003)
    x, treatment = x[kept], treatment[kept]
    outcome = x[:, 0] + x[:, 1] + treatment + rng.normal(size=len(x))
    table = weighted(as_table(x, treatment, outcome), np.where(treatment, 1.0, 1 / 0.003))
    found = aipw.estimate(table, estimand="ATE", nuisances=fits_of(table))
    assert found.low < 1 < found.high and found.se < 0.25
    assert not any("certainty" in note or "of 0" in note for note in found.notes)
    assert np.ptp(found.weights[table.treatment == 1]) > 1  # weights that differ, not one limit for all
    low, high = limits(table.treatment, table.weights)
    assert low < 0.0001 and high == 0.999
    assert "of 0 or 0.001 of 1" in said_of_guarded(1, table)[0] and said_of_guarded(0, table) == ()


def test_the_overlap_population_counts_the_undecided() -> None:
    # Effects differ by x0, and the treatment is sure for large x0: the ATO is the mean weighted by e (1 - e).
    table = confounded(units=3000, treated_more=1.0, strength=1.0, seed=3)
    shifted = replace(table, frame=table.frame.assign(x0=table.frame["x0"] + 1))
    propensity = 1 / (1 + np.exp(-table.matrix()[:, :2].sum(axis=1) - 1))
    rng = np.random.default_rng(4)
    treatment = rng.random(3000) < propensity
    effect = 1 + table.matrix()[:, 0]
    outcome = table.matrix() @ [1.0, 1.0, 0.5] + effect * treatment + rng.normal(size=3000)
    made = as_table(shifted.matrix(), treatment, outcome)
    truth = np.average(effect, weights=propensity * (1 - propensity))
    assert abs(truth - effect.mean()) > 0.2
    fits = fits_of(made)
    for estimator in (aipw, dml):
        found = estimator.estimate(made, estimand="ATO", nuisances=fits)
        assert found.low < truth < found.high and found.estimand == "ATO" and found.se < 0.1
    assert "overlap population" in " ".join(dml.estimate(made, nuisances=fits).notes)


def test_targeted_outcomes_leave_no_weighted_residual_and_stay_in_range() -> None:
    # Rare outcomes: the targeted expectations are shares, and the weighted residuals of each arm add to nothing.
    rng = np.random.default_rng(5)
    x = rng.normal(size=(800, 2))
    treatment = rng.random(800) < 1 / (1 + np.exp(-x[:, 0]))
    table = as_table(x, treatment, rng.random(800) < 0.05 + 0.05 * treatment, unit="share")
    fits = fits_of(table)
    weights = arm_weights(table.treatment, np.clip(fits.propensity(0), 0.001, 0.999), "ATE")
    for arm in (0, 1):
        own = table.treatment == arm
        targeted = tmle._targeted(table.outcome, fits.outcome(arm, 0), weights, own)
        assert abs(weights[own] @ (table.outcome - targeted)[own]) < 1e-6 and 0 < targeted.min() <= targeted.max() < 1
    found = tmle.estimate(table, estimand="ATE", nuisances=fits)
    assert found.low < 0.05 < found.high and abs(found.value) < 1


def test_nothing_left_of_the_treatment_is_said() -> None:
    table = confounded(units=100)
    fits = fits_of(table)
    fits._known["propensity", 0] = table.treatment
    with pytest.raises(NotEnoughData, match="nothing of it is left"):
        dml.estimate(table, nuisances=fits)


def test_the_odds_of_sampling_follow_the_covariates_that_the_sampling_followed() -> None:
    # Of the controls with x0 > 0 every second was kept, of the others every fifth; all treated: odds 1/2 and 1/5.
    table = confounded(units=6000, seed=4)
    high, treated = table.matrix()[:, 0] > 0, table.treatment == 1
    share = np.where(treated, 1.0, np.where(high, 0.5, 0.2))
    kept = np.random.default_rng(5).random(6000) < share
    sampled = weighted(table.only_units(kept, "kept"), 1 / share[kept])
    odds = odds_of_sampling(sampled)
    assert np.median(odds[high[kept]]) == pytest.approx(1 / 2, rel=0.05)
    assert np.median(odds[~high[kept]]) == pytest.approx(1 / 5, rel=0.05)
    even = weighted(sampled, np.where(sampled.treatment == 1, 1.0, 4.0))
    assert odds_of_sampling(even) == pytest.approx(1 / 4)
