"""Who benefits, end to end: a planted difference is found, none is not, and what cannot be told is refused."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.effects.benefits.scored import scored_users
from core.effects.benefits.who_benefits import Benefits, Watch, benefits, who_benefits
from core.effects.nuisances import Nuisances
from core.effects.table import AnalysisTable
from core.errors import BadSpec, NotEnoughData
from core.storage.workspace import jsonable
from tests.effects.planted import as_table, confounded, separated

FAST = ("t",)
SHOWN: list[dict[str, Any]] = []  # while it went on


def differing(*, units: int = 800) -> AnalysisTable:
    """The effect is 0.3 + x0; two units a user."""
    table = confounded(units=units, effect=0.3, treated_more=1.0, seed=1)
    return as_table(table.matrix(), table.treatment, table.outcome, users=np.arange(units) // 2)


def quickly(table: AnalysisTable, **settings: object) -> Benefits:
    return benefits(table, Nuisances(table, seed=0, splits=1), learners=FAST, **settings)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def found() -> Benefits:
    return quickly(differing(), cost_per_treated=0.1, watch=Watch(show=SHOWN.append))


def test_a_planted_difference_is_found_by_every_part(found: Benefits) -> None:
    told = found.found
    assert told["heterogeneity"]["passed"] is True
    best = next(row for row in told["learners"] if row["learner"] == told["heterogeneity"]["learner"])
    assert best["offered"] and best["gain_low"] > 0
    assert best["autoc"]["low"] > 0 and best["qini"]["low"] > 0
    assert best["calibration"]["loading"]["low"] < 1 < best["calibration"]["loading"]["high"]
    values = [row["value"] for row in best["groups"]["rows"]]
    assert values == sorted(values)
    assert told["segments"]["found"] is True and "x0" in told["segments"]["sentence"]
    assert told["projection"]["rows"][0]["covariate"] == "x0"
    assert told["policy"]["passed"] is True
    assert told["policy"]["tree"]["covariate"] == "x0"
    assert told["average"]["low"] < 0.3 < told["average"]["high"]


def test_held_out_effects_follow_the_truth(found: Benefits) -> None:
    assert found.effects is not None
    truth = 0.3 + found.table.matrix()[:, 0]
    assert np.sqrt(np.mean((found.effects - truth) ** 2)) < 0.4
    assert np.corrcoef(found.effects, truth)[0, 1] > 0.95


def test_the_answer_is_ready_for_json_and_names_no_user(found: Benefits) -> None:
    text = str(jsonable(found.found))
    assert "user_id" not in text
    assert "nan" not in text


def test_scored_users_are_ranked_one_row_each(found: Benefits) -> None:
    users = scored_users(found)
    assert users is not None
    assert len(users) == 400 and users["user_id"].is_unique
    assert users["rank"].tolist() == list(range(1, 401))
    assert users["predicted_effect"].is_monotonic_decreasing
    assert set(users["units"]) == {2}
    assert {"group_low", "group_high"} <= set(users.columns)  # this learner is calibrated
    calibration = found.found["learners"][0]["calibration"]
    calibration["passed"], kept = None, calibration["passed"]
    without = scored_users(found)
    calibration["passed"] = kept
    assert without is not None and "group_low" not in without.columns


def test_where_nothing_differs_no_learner_is_offered_and_no_user_is_scored() -> None:
    offered = 0
    for seed in range(2):
        table = confounded(units=400, effect=0.3, seed=seed)
        told = benefits(table, Nuisances(table, seed=seed, splits=1), learners=("t",), seed=seed)
        offered += told.found["heterogeneity"]["passed"] is True
        if told.effects is None:
            assert "No evidence that the effect differs" in told.found["heterogeneity"]["sentence"]
            assert scored_users(told) is None
            assert [row["rule"] for row in told.found["policy"]["rows"]] == ["all", "tree"]
    assert offered == 0


def test_a_seed_decides_everything_and_the_table_is_left_alone() -> None:
    table = differing(units=240)
    before = table.frame.copy()
    told = [who_benefits(table, Nuisances(table, seed=0, splits=1), learners=("t",)) for _ in range(2)]
    assert jsonable(told[0]) == jsonable(told[1])
    assert table.frame.equals(before)


def test_a_cost_above_the_effect_treats_nobody() -> None:
    table = confounded(units=300, effect=0.3, seed=0)
    rows = {row["rule"]: row for row in quickly(table, cost_per_treated=3.0).found["policy"]["rows"]}
    assert rows["tree"]["share_treated"] == 0
    assert rows["all"]["over_none"]["high"] < 0


def test_poor_overlap_leaves_out_units_and_says_how_many() -> None:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(700, 2))
    treatment = (rng.random(700) < 1 / (1 + np.exp(-4 * matrix[:, 0]))).astype(float)
    table = as_table(matrix, treatment, matrix[:, 0] + treatment + rng.normal(size=700))
    told = quickly(table).found
    assert told["units"] < 700
    assert f"{700 - told['units']:,} of 700 units have next to no comparable unit" in told["notes"][0]
    assert "with comparable units in the other arm" in told["population"]


def test_what_cannot_be_told_is_refused_in_words() -> None:
    table = confounded(units=400)
    with pytest.raises(BadSpec, match="an amount"):
        who_benefits(replace(table, treatment_kind="dose"))
    with pytest.raises(BadSpec, match="one of several arms"):
        who_benefits(replace(table, treatment_kind="arms", arms=("a", "b", "c")))
    with pytest.raises(NotEnoughData, match="no covariate"):
        who_benefits(replace(table, covariates=()))
    with pytest.raises(NotEnoughData, match="50 of each"):
        who_benefits(confounded(units=60))
    with pytest.raises(NotEnoughData, match="50 of each"):
        who_benefits(separated(units=400))


def test_an_outcome_that_the_arm_decides_is_refused() -> None:
    table = confounded(units=400)
    decided = replace(table, frame=table.frame.assign(outcome=table.treatment * 3.0))
    with pytest.raises(NotEnoughData, match="never varies within an arm"):
        who_benefits(decided)


def test_what_is_known_before_the_learners_are_on_trial_is_what_stands_at_the_end(found: Benefits) -> None:
    assert len(SHOWN) == 1 and {"average", "segments", "projection"} <= set(SHOWN[0])
    assert "learners" not in SHOWN[0] and all(found.found[name] == value for name, value in SHOWN[0].items())
