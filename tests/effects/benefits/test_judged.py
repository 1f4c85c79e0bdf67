"""Learners on trial: true predictions pass, noise does not, and intervals hold what they should."""

import numpy as np
import pytest

from core.effects.benefits.inference import regression
from core.effects.benefits.judged import UNPROVEN, beats_constant, calibration, pair_rows, sorted_groups
from core.effects.benefits.targeting import target
from core.effects.interval import Interval
from tests.effects.benefits.judges import judge_of

UNITS = 2000


def test_true_effects_beat_a_constant_and_noise_does_not() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=UNITS)
    judge = judge_of(truth, noise=2.0, seed=0)
    rows, _ = beats_constant(judge, np.vstack([truth, rng.normal(size=UNITS), np.full(UNITS, truth.mean())]), seed=0)
    assert [row["passed"] for row in rows] == [True, False, None]
    assert rows[0]["gain_low"] < 1.0 < rows[0]["gain_high"]  # the variance of the effect
    assert rows[0]["spread_found"] == pytest.approx(1.0, abs=0.2)


def test_where_the_effect_does_not_differ_a_learner_passes_hardly_ever() -> None:
    passed = 0
    for seed in range(100):
        judge = judge_of(np.full(500, 0.3), noise=1.0, seed=seed)
        rng = np.random.default_rng(seed)
        effects = np.vstack([judge.levelled(each) for each in 0.05 * rng.normal(size=(4, 500))])
        rows, _ = beats_constant(judge, effects, seed=0)
        passed += any(row["passed"] for row in rows)
    assert passed <= 6  # at most 2.5 expected


def test_a_learner_cannot_pass_by_its_level_alone() -> None:
    judge = judge_of(np.full(UNITS, 0.3), noise=1.0, seed=0)
    shifted = judge.levelled(np.full(UNITS, 99.0))
    assert shifted == pytest.approx(judge.constant())
    rows, _ = beats_constant(judge, shifted[None, :], seed=0)
    assert rows[0]["gain"] == pytest.approx(0.0)
    assert rows[0]["passed"] is None


def test_the_loading_is_one_for_the_truth_half_for_twice_it_and_its_interval_holds() -> None:
    truth = np.random.default_rng(1).normal(size=UNITS)
    held = 0
    for seed in range(200):
        judge = judge_of(truth, noise=2.0, seed=seed)
        found = calibration(judge, truth)["loading"]
        held += found["low"] <= 1 <= found["high"]
    assert held >= 180
    assert calibration(judge, truth)["passed"] is True
    twice = calibration(judge_of(truth, noise=0.5, seed=0), 2 * truth)
    assert twice["loading"]["value"] == pytest.approx(0.5, abs=0.03)
    assert twice["passed"] is False
    assert "wrong size" in twice["sentence"]


def test_a_learner_that_predicts_one_number_has_no_loading() -> None:
    judge = judge_of(np.zeros(300), noise=1.0, seed=0)
    found = calibration(judge, np.repeat([0.1, 0.2, 0.3], 100)[np.argsort(judge.fold, kind="stable")] * 0 + 0.2)
    assert found["passed"] is None
    assert found["loading"] is None


def test_errors_of_the_loading_count_users_and_not_their_units() -> None:
    users = np.repeat(np.arange(200), 10)
    truth = np.random.default_rng(2).normal(size=200)[users]
    judge = judge_of(truth, noise=1.0, seed=0, users=users)
    whole = calibration(judge, truth)["loading"]["se"]
    columns = np.column_stack([np.ones(2000), judge.centred(truth)])
    naive = regression(judge.values, columns, judge.weights, np.arange(2000)).errors[1]
    assert whole > 1.8 * naive


def test_sorted_groups_rise_with_the_effect_and_fit_a_right_prediction() -> None:
    truth = np.random.default_rng(3).normal(size=UNITS)
    found = sorted_groups(judge_of(truth, noise=1.0, seed=1), truth, smallest=100, seed=0)
    values = [row["value"] for row in found["rows"]]
    assert values == sorted(values)
    assert [row["units"] for row in found["rows"]] == pytest.approx([400] * 5, abs=5)
    assert found["top_less_bottom"]["low"] > 2.0
    assert found["chance"] > 0.01
    wrong = sorted_groups(judge_of(truth, noise=1.0, seed=1), 3 * truth, smallest=100, seed=0)
    assert wrong["chance"] < 1e-6


def test_few_units_make_few_groups() -> None:
    truth = np.random.default_rng(4).normal(size=250)
    assert len(sorted_groups(judge_of(truth, noise=1.0, seed=0), truth, smallest=100, seed=0)["rows"]) == 2


def test_areas_of_a_perfect_order_of_even_effects_are_those_of_the_formulas() -> None:
    truth = np.random.default_rng(5).permutation(np.linspace(0, 1, 4000))
    found = target(judge_of(truth, noise=0.0, seed=0), np.vstack([truth, -truth]), cost=0.0, seed=0)
    assert found.qini == pytest.approx([1 / 12, -1 / 12], abs=2e-3)
    assert found.autoc == pytest.approx([1 / 4, -1 / 4], abs=5e-3)
    curve = found.curves[0]
    assert curve["value"][25] == pytest.approx(0.375, abs=2e-3)  # the better half has a mean of 3/4
    assert curve["random"][25] == pytest.approx(0.25, abs=2e-3)


def test_area_intervals_hold_nothing_where_the_order_is_chance() -> None:
    holds = {"qini": 0, "autoc": 0}
    rng = np.random.default_rng(6)
    for seed in range(40):
        found = target(judge_of(np.full(400, 0.2), noise=1.0, seed=seed), rng.normal(size=(1, 400)), cost=0.0, seed=0)
        for name in holds:
            told = found.plain(0)[name]
            holds[name] += told["low"] <= 0 <= told["high"]
    assert min(holds.values()) >= 33  # 38 expected


def test_a_tie_is_broken_by_chance_and_the_cost_is_taken_off() -> None:
    judge = judge_of(np.full(1000, 0.5), noise=0.1, seed=0)
    found = target(judge, np.zeros((1, 1000)), cost=0.2, seed=0)
    assert found.autoc[0] == pytest.approx(0.0, abs=0.02)
    assert found.curves[0]["value"][-1] == pytest.approx(0.3, abs=0.01)


def test_learners_are_compared_in_pairs_and_alike_ones_are_not_ranked() -> None:
    rng = np.random.default_rng(7)
    truth = rng.normal(size=UNITS)
    effects = np.vstack([truth, truth + 0.05 * rng.normal(size=UNITS), -truth])
    judge = judge_of(truth, noise=2.0, seed=0)
    tried, losses = beats_constant(judge, effects, seed=0)
    aims = target(judge, effects, cost=0.0, seed=0)
    pairs = pair_rows(dict(zip("abc", tried, strict=True)), losses, aims.qini, aims.qini_draws)
    rows = {(row["first"], row["second"]): row for row in pairs}
    assert rows["a", "b"]["better"] is None
    assert rows["a", "c"]["better"] == "a"
    assert rows["a", "c"]["qini"]["low"] > 0
    paired = rows["a", "b"]["qini"]["se"]
    alone = Interval(0.0, float(aims.qini_draws[:, 0].std())).se
    assert paired < alone / 3  # the same draws: what both share cancels


def test_folds_that_judge_each_other_meet_the_same_noise_twice() -> None:
    """A straight line learnt on the other folds where the effect does not differ: its t values are too large, and with
    wider errors hardly any draw claims a difference."""
    statistics, claimed = [], 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        matrix = np.column_stack([np.ones(250), rng.normal(size=(250, 3))])
        judge = judge_of(np.zeros(250), noise=1.0, seed=seed)
        effects = np.zeros(250)
        for fold in range(5):
            rest = judge.fold != fold
            line = np.linalg.lstsq(matrix[rest], judge.values[rest], rcond=None)[0]
            effects[~rest] = matrix[~rest] @ line
        loading = calibration(judge, effects)["loading"]
        statistics.append(loading["value"] / loading["se"])
        claimed += calibration(judge, effects, widen=UNPROVEN)["loading"]["low"] > 0
    assert np.std(statistics) > 1.2
    assert claimed <= 5  # at most 2.5 % of 200
