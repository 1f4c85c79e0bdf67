"""Several arms: planted means of three arms, joint intervals, base weights, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from core.effects.estimators import arms
from core.effects.table import WEIGHT, AnalysisTable
from core.errors import NotEnoughData
from core.storage.workspace import jsonable
from tests.effects.planted import as_table

EFFECTS = np.array([0.0, 1.0, -0.5])


@pytest.fixture(autouse=True)
def _one_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.effects.crossfit.SPLITS", 1)


def three_arms(units: int = 1000, *, effects: np.ndarray = EFFECTS, seed: int = 0) -> AnalysisTable:
    """x0 and x1 decide the arm (a softmax) and raise the outcome by 1 each: the arms' raw means are not the effects."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(units, 3))
    liking = np.column_stack([np.zeros(units), 0.8 * x[:, 0], 0.6 * x[:, 1] - 0.6 * x[:, 0]])
    arm = (liking + rng.gumbel(size=(units, 3))).argmax(axis=1)
    outcome = x @ [1.0, 1.0, 0.5] + effects[arm] + rng.normal(size=units)
    return replace(as_table(x, arm, outcome), treatment_kind="arms", arms=("none", "mail", "call"))


def test_planted_differences_are_found_where_raw_means_miss_them() -> None:
    table = three_arms()
    raw = [table.outcome[table.treatment == arm].mean() for arm in range(3)]
    found = arms.estimate(table, seed=1)
    assert raw[1] - raw[0] > 1.3
    assert found.low < 1.0 < found.high and found.se < 0.13 and found.estimand == "ATE"
    rows = {(row["arm"], row["against"]): row for row in found.details["pairs"]}
    assert set(rows) == {("mail", "none"), ("call", "none"), ("call", "mail")}
    for (arm, other), truth in {("mail", "none"): 1.0, ("call", "none"): -0.5, ("call", "mail"): -1.5}.items():
        row = rows[arm, other]
        assert row["adjusted_low"] < truth < row["adjusted_high"]
        assert row["adjusted_low"] < row["low"] < row["high"] < row["adjusted_high"]
        assert row["adjusted_p"] < 0.01
    assert [row["arm"] for row in found.details["against_control"]] == ["mail", "call"]
    assert found.value == pytest.approx(rows["mail", "none"]["value"])
    assert jsonable(found.plain()) == found.plain()


def test_nothing_is_found_where_no_arm_does_anything() -> None:
    found = arms.estimate(three_arms(600, effects=np.zeros(3), seed=4), seed=0)
    assert all(row["adjusted_low"] < 0 < row["adjusted_high"] for row in found.details["pairs"])


def test_the_reach_of_joint_intervals_is_dunnetts_for_two_arms_against_one_control() -> None:
    # Three independent means with one error each: |z| of two differences correlated by .5 stays under 2.212 in 95 %
    # (Dunnett 1964, two-sided, infinite degrees of freedom), and of all three pairs under 3.314 / sqrt(2) (Tukey).
    table = replace(as_table(np.zeros((3000, 0)), np.arange(3000) % 3, np.zeros(3000)), arms=("a", "b", "c"))
    influence = np.random.default_rng(0).normal(size=(3000, 3)) * (np.arange(3000)[:, None] % 3 == np.arange(3))
    for pairs, expected in (([(1, 0), (2, 0)], 2.212), ([(1, 0), (2, 0), (2, 1)], 3.314 / np.sqrt(2))):
        row = arms.differences(table, np.zeros(3), influence, pairs, 0)[0]
        assert row["adjusted_high"] / row["se"] == pytest.approx(expected, abs=0.05)


def test_units_that_stand_for_many_count_for_many() -> None:
    # Half of the units with x0 > 0 are sampled away, and the rest stand for two: the mean effect must not move.
    # The effect of mail is 1 + x0, so that its mean in the sample without weights would be below 1.
    table = three_arms(2000, seed=2)
    frame = table.frame.copy()
    frame["outcome"] += frame["x0"] * (frame["treatment"] == 1)
    frame[WEIGHT] = np.where(frame["x0"] > 0, 2.0, 1.0)
    kept = (frame["x0"] <= 0) | (np.random.default_rng(3).random(len(frame)) < 0.5)
    sampled = replace(table, frame=frame[kept].reset_index(drop=True))
    found = arms.estimate(sampled, seed=0)
    assert found.low < 1.0 < found.high
    unweighted = replace(sampled, frame=sampled.frame.drop(columns=WEIGHT))
    assert arms.estimate(unweighted, seed=0).value < found.value - 0.1


def test_an_arm_of_a_few_units_is_refused_by_name() -> None:
    table = three_arms(300)
    frame = table.frame[(table.treatment != 2) | (np.arange(300) < 10)].reset_index(drop=True)
    with pytest.raises(NotEnoughData, match=r"The arm 'call' has . units; each needs 10"):
        arms.estimate(replace(table, frame=frame))


def test_an_arm_that_few_could_have_got_is_named() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(1500, 2))
    arm = np.where(x[:, 0] > 1.2, 2, rng.integers(0, 2, 1500))
    arm[:15] = 2  # a handful elsewhere, so that something stands for everybody
    table = replace(as_table(x, arm, x[:, 0]), treatment_kind="arms", arms=("none", "mail", "call"))
    found = arms.estimate(table, seed=0)
    assert [row["arm"] for row in found.details["means"] if not row["supported"]] == ["call"]
    assert any("Hardly comparable" in note and "call" in note for note in found.notes)


def test_a_rare_arm_is_not_at_the_limit() -> None:
    # One unit in three thousand has the second arm, the likelier the larger x: its weights have to differ.
    rng = np.random.default_rng(4)
    x = rng.normal(size=(1_000_000, 1))
    arm = np.where(rng.random(len(x)) < 0.0002 * np.exp(x[:, 0]), 1.0, 0.0)
    kept = (arm == 1) | (rng.random(len(x)) < 0.002)
    x, arm = x[kept], arm[kept]
    outcome = x[:, 0] + arm + rng.normal(size=len(x))
    table = as_table(x, arm, outcome)
    stands = np.where(arm == 1, 1.0, 1 / 0.002)
    table = replace(table, frame=table.frame.assign(**{WEIGHT: stands}), treatment_kind="arms", arms=("none", "rare"))
    found = arms.estimate(table, seed=0)
    assert found.low < 1 < found.high and found.se < 0.25
    assert not any("moved to that limit" in note for note in found.notes)
