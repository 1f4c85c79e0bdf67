"""Segments and the linear projection: how units are divided, what is pooled, and what is found by chance."""

from dataclasses import replace

import numpy as np
import pytest

from core.effects.benefits.judged import Judge
from core.effects.benefits.projection import projection
from core.effects.benefits.segments import by_segment
from core.effects.benefits.splits import splits_of
from core.effects.table import AnalysisTable, Covariate
from tests.effects.planted import as_table


def shop(*, units: int = 1200, seed: int = 0) -> tuple[AnalysisTable, np.ndarray]:
    """Plan (basic, gold, or one of two rare ones), whether mobile, and earlier orders as a logarithm; effect of gold."""
    rng = np.random.default_rng(seed)
    plan = rng.choice(4, units, p=[0.6, 0.34, 0.03, 0.03])
    mobile, orders = rng.integers(0, 2, units), rng.integers(0, 9, units)
    matrix = np.column_stack([plan == 1, plan == 2, plan == 3, mobile, np.log1p(orders)]).astype(float)
    names = ("plan=gold", "plan=trial", "plan:other", "mobile", "past:orders")
    titles = ("plan: gold", "plan: trial", "plan: other", "mobile", "Earlier orders (log)")
    table = as_table(matrix, rng.integers(0, 2, units), rng.normal(size=units), names=names)
    covariates = tuple(
        Covariate(name, title, name.partition("=")[0].partition(":")[0])
        for name, title in zip(names, titles, strict=True)
    )
    return replace(table, covariates=covariates), (plan == 1).astype(float)


def judge(table: AnalysisTable, effects: np.ndarray, *, seed: int = 0) -> Judge:
    values = effects + np.random.default_rng([seed, 1]).normal(size=table.units)
    return Judge(values, table.weights, table.clusters, np.arange(table.units) % 5)


def test_units_are_divided_by_levels_flags_and_thirds_in_own_units() -> None:
    table, _ = shop()
    splits = {split.title: split for split in splits_of(table, smallest=60)}
    assert [each.title for each in splits["plan"].segments] == [
        "plan: gold", "plan: all other values", "plan: small segments pooled",
    ]  # fmt: skip
    assert "2 segments of plan had too few units and were pooled" in splits["plan"].said
    assert [each.title for each in splits["mobile"].segments] == ["mobile: yes", "mobile: no"]
    assert [each.title for each in splits["Earlier orders"].segments] == [
        "Earlier orders: at most 2", "Earlier orders: over 2, at most 5", "Earlier orders: over 5",
    ]  # fmt: skip
    for split in splits.values():
        assert (np.sum([each.members for each in split.segments], axis=0) == 1).all()


def test_what_is_too_small_even_pooled_stays_out_and_is_counted() -> None:
    table, _ = shop()
    plan = next(split for split in splits_of(table, smallest=200) if split.title == "plan")
    left_out = table.units - sum(int(each.members.sum()) for each in plan.segments)
    assert left_out > 0
    assert f"stayed out of this split ({left_out:,} units)" in plan.said


def test_an_arm_of_few_units_makes_a_segment_small() -> None:
    table, _ = shop()
    frame = table.frame.copy()
    frame.loc[frame["plan=gold"] == 1, "treatment"] = 1.0
    plan = [split for split in splits_of(replace(table, frame=frame), smallest=60) if split.title == "plan"]
    assert all("gold" not in each.title for split in plan for each in split.segments)


def test_a_planted_segment_is_found_with_its_effect() -> None:
    table, gold = shop()
    found = by_segment(table, judge(table, gold), smallest=60, seed=0)
    rows = {row["segment"]: row for row in found["rows"]}
    assert found["found"] is True
    assert rows["plan: gold"]["chance_together"] < 0.001
    assert rows["plan: gold"]["low"] < 1.0 < rows["plan: gold"]["high"]
    assert rows["plan: gold"]["low_together"] < rows["plan: gold"]["low"]
    assert rows["mobile: yes"]["chance_together"] > 0.05
    assert rows["mobile: yes"]["difference"]["value"] == pytest.approx(-rows["mobile: no"]["difference"]["value"])


def test_nothing_is_found_where_nothing_differs_in_nearly_all_draws() -> None:
    found = [0, 0]
    for seed in range(50):
        table, gold = shop(units=400, seed=seed)
        scores = judge(table, 0 * gold, seed=seed)
        found[0] += by_segment(table, scores, smallest=60, seed=0)["found"]
        found[1] += projection(table, scores, seed=0)["found"]
    assert max(found) <= 7  # 2.5 expected


def test_only_the_asked_groups_and_no_segment_at_all() -> None:
    table, gold = shop()
    asked = by_segment(table, judge(table, gold), smallest=60, seed=0, groups={"mobile"})
    assert {row["group"] for row in asked["rows"]} == {"mobile"}
    none = by_segment(table, judge(table, gold), smallest=5000, seed=0)
    assert none["found"] is None
    assert "No segment has 5,000 units" in none["sentence"]


def test_the_projection_finds_the_covariate_along_which_the_effect_changes() -> None:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(1500, 4)) * [1.0, 10.0, 1.0, 1.0]
    table = as_table(matrix, rng.integers(0, 2, 1500), rng.normal(size=1500))
    found = projection(table, judge(table, 0.05 * matrix[:, 1]), seed=0)
    assert found["rows"][0]["covariate"] == "x1"
    assert found["rows"][0]["low"] < 0.5 < found["rows"][0]["high"]  # 0.05 for each of 10 in a standard deviation
    assert found["chance"] < 1e-6
    assert [row["chance_together"] < 0.05 for row in found["rows"]] == [True, False, False, False]


def test_too_few_units_for_a_projection_are_said() -> None:
    table = as_table(np.random.default_rng(0).normal(size=(60, 4)), np.arange(60) % 2, np.arange(60.0))
    found = projection(table, judge(table, np.zeros(60)), seed=0)
    assert found["found"] is None
    assert "too few" in found["sentence"]
