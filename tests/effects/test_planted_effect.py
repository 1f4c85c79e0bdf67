"""The planted-effect check: estimators that cannot adjust for these covariates fail it, those that can pass it."""

import json
from typing import Any

import numpy as np
import pytest

from core.effects.planted_effect import Planted, planted_effect
from core.effects.planted_outcomes import plants
from core.effects.table import AnalysisTable
from tests.effects.planted import as_table, confounded


def bent(*, units: int = 900, seed: int = 0) -> AnalysisTable:
    """Both ends of x0 are treated more and have more of the outcome: a logistic regression sees nothing of it."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(units, 3))
    away = np.abs(matrix[:, 0])
    treatment = rng.random(units) < 1 / (1 + np.exp(1.6 - 2 * away))
    return as_table(matrix, treatment, 2 * away + treatment + rng.normal(size=units))


def row(found: Planted, name: str) -> dict[str, Any]:
    return next(each.plain() for each in found.rows if each.estimator == name)


def test_the_raw_difference_fails_under_confounding_and_adjusting_passes() -> None:
    found = planted_effect(confounded(units=700), ["raw", "ipw", "aipw"], seconds=600)
    assert row(found, "raw")["passed"] is False and row(found, "raw")["low"] > 3
    assert row(found, "ipw")["passed"] is not False
    assert row(found, "aipw")["passed"] is not False and abs(row(found, "aipw")["bias_in_se"]) < 0.5
    assert found.headline == "aipw" and found.passed is row(found, "aipw")["passed"]
    assert "silent on hidden causes" in found.sentence


def test_a_logistic_propensity_fails_where_the_real_one_is_bent_and_aipw_does_not() -> None:
    found = planted_effect(bent(), ["ipw", "aipw"], seconds=600)
    assert row(found, "ipw")["passed"] is False
    assert row(found, "aipw")["passed"] is not False
    assert abs(row(found, "aipw")["bias"]) < 0.15 * abs(row(found, "ipw")["bias"])


def test_without_confounding_the_raw_difference_passes_in_every_kind_of_outcome() -> None:
    rng = np.random.default_rng(1)
    matrix, treatment = rng.normal(size=(4000, 2)), np.arange(4000) % 2
    noise = rng.normal(size=4000)
    for outcome in (noise + 0.1 * treatment, (noise > 0.5 - 0.1 * treatment).astype(float)):
        found = planted_effect(as_table(matrix, treatment, outcome), ["raw"], headline="raw", seconds=600)
        assert found.passed is True, found.sentence


def test_what_is_planted_is_what_is_said_and_keeps_shares_between_0_and_1() -> None:
    table = confounded(units=800)
    made = plants(table, seed=0)
    raw = table.outcome[table.treatment == 1].mean() - table.outcome[table.treatment == 0].mean()
    everybody = np.ones(800)
    assert made["none"].effect(everybody) == 0
    assert made["even"].effect(everybody) == pytest.approx(raw)
    assert made["uneven"].effect(everybody) == pytest.approx(raw)
    assert np.ptp(made["uneven"].treated - made["uneven"].control) > 0.5 * raw
    shares = as_table(table.matrix(), table.treatment, (table.outcome > 1).astype(float), unit="share")
    for plant in plants(shares, seed=0).values():
        assert plant.control.min() >= 0.01 and plant.treated.max() <= 1
        assert set(plant.draw(shares.treatment, np.random.default_rng(0))) <= {0.0, 1.0}


def test_made_up_outcomes_depend_on_the_covariates_as_the_real_ones_do() -> None:
    table = confounded(units=3000)
    made = plants(table, seed=0)["none"].control
    for column, real in enumerate([1.0, 1.0, 0.5]):  # the slopes of `confounded`
        slope = np.polyfit(table.matrix()[:, column], made, 1)[0]
        assert slope == pytest.approx(real, abs=0.25)


def test_it_is_the_same_for_a_seed_and_says_what_time_did_not_allow() -> None:
    table = confounded(units=400)
    first, second = (planted_effect(table, ["raw", "ipw"], seed=3, seconds=600).plain() for _ in range(2))
    assert first == second
    assert planted_effect(table, ["raw", "ipw"], seed=4, seconds=600).plain() != first
    cut = planted_effect(table, ["raw", "ipw"], seconds=0)
    assert cut.passed is None and "not reached" in cut.notes[0]
    json.dumps(cut.plain(), allow_nan=False)
    json.dumps(first, allow_nan=False)


def test_a_dose_and_estimators_that_do_not_adjust_are_not_checked() -> None:
    from dataclasses import replace

    table = confounded(units=200)
    assert planted_effect(replace(table, treatment_kind="dose"), ["raw"]).passed is None
    assert planted_effect(table, ["instrument"]).passed is None


def test_a_large_table_is_tried_on_whole_users_and_that_is_said() -> None:
    table = confounded(units=9000)
    users = as_table(table.matrix(), table.treatment, table.outcome, users=np.arange(9000) // 3)
    found = planted_effect(users, ["raw", "ipw"], headline="ipw", seconds=600)
    assert "chance sample" in found.notes[0]
    assert found.rows[0].units <= 8000 and found.rows[0].units % 3 == 0
