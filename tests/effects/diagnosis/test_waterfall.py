"""The way from raw to adjusted adds up, in whatever order the groups are taken, and is what other formulas say."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
import statsmodels.api as sm

from core.effects import crossfit
from core.effects.diagnosis.adjustments import effects, regression_for
from core.effects.diagnosis.gelbach import gelbach
from core.effects.diagnosis.shapley import EXACT_GROUPS, game
from core.effects.diagnosis.waterfall import waterfall
from core.effects.estimate import Estimate, clustered_error
from core.effects.estimators import aipw, arms, ipw, raw
from core.effects.nuisances import Nuisances
from core.effects.table import AnalysisTable
from core.storage.workspace import jsonable
from tests.effects.planted import as_table, confounded

NOBODY, TWO, ALL = frozenset[str](), frozenset({"x0", "x2"}), frozenset({"x0", "x1", "x2"})
KINDS = ("common", "interacted", "controls")


def weighted(table: AnalysisTable, weights: np.ndarray) -> AnalysisTable:
    return replace(table, frame=table.frame.assign(sampling_weight=weights))


def amounts(units: int = 800) -> AnalysisTable:
    """An amount that x0 raises by 1; it and x0 raise the outcome by 2 and 3."""
    rng = np.random.default_rng(4)
    matrix = rng.normal(size=(units, 2))
    amount = matrix[:, 0] + rng.normal(size=units)
    table = as_table(matrix, amount, 2 * amount + 3 * matrix[:, 0] + rng.normal(size=units))
    return replace(table, treatment_kind="dose")


def test_effects_adjusted_for_sets_are_those_of_the_regressions_written_out() -> None:
    table = confounded(units=400, treated_more=0.5)
    matrix, treatment, outcome = table.matrix()[:, [0, 2]], table.treatment, table.outcome
    slopes = sm.OLS(outcome, sm.add_constant(np.column_stack([treatment, matrix]))).fit()
    assert effects(table, [TWO], kind="common").values == pytest.approx([slopes.params[1]])
    centred = matrix - matrix.mean(axis=0)
    crossed = np.column_stack([treatment, centred, centred * treatment[:, None]])
    lin = sm.OLS(outcome, sm.add_constant(crossed)).fit()
    assert effects(table, [TWO], kind="interacted").values == pytest.approx([lin.params[1]])
    controls = sm.OLS(outcome[treatment == 0], sm.add_constant(matrix[treatment == 0])).fit()
    expected = controls.predict(sm.add_constant(matrix))
    gain = (outcome - expected)[treatment == 1].mean()
    assert effects(table, [TWO], kind="controls").values == pytest.approx([gain])


@pytest.mark.parametrize("kind", KINDS)
def test_the_empty_set_is_the_raw_difference_and_weights_stand_for_repeated_rows(kind: str) -> None:
    table = confounded(units=300)
    assert effects(table, [NOBODY], kind=kind).values[0] == pytest.approx(raw.estimate(table).value, abs=1e-12)
    twice = table.frame.loc[table.frame.index.repeat(np.where(table.frame["x1"] > 0, 2, 1))]
    heavy = weighted(table, np.where(table.frame["x1"] > 0, 2.0, 1.0))
    repeated = effects(replace(table, frame=twice.reset_index(drop=True)), [NOBODY, TWO, ALL], kind=kind).values
    assert effects(heavy, [NOBODY, TWO, ALL], kind=kind).values == pytest.approx(repeated, abs=1e-7)


@pytest.mark.parametrize("kind", KINDS)
def test_influences_are_how_far_a_unit_moves_a_mix_of_effects(kind: str) -> None:
    table, mix, little = confounded(units=300, treated_more=0.5), np.array([0.3, -1.0, 0.7]), 1e-5
    known = effects(table, [NOBODY, TWO, ALL], kind=kind)
    for unit in (0, 7, 101):
        more = np.ones(300)
        more[unit] += little * 300
        moved = effects(weighted(table, more), [NOBODY, TWO, ALL], kind=kind).values
        assert known.influence(mix)[unit] == pytest.approx((moved - known.values) @ mix / little, rel=2e-3, abs=1e-4)


def test_the_error_of_a_regression_by_its_influences_is_the_robust_one() -> None:
    table = confounded(units=500)
    known = effects(table, [ALL], kind="common")
    design = sm.add_constant(np.column_stack([table.treatment, table.matrix()]))
    robust = sm.OLS(table.outcome, design).fit(cov_type="HC0").bse[1]
    found = clustered_error(known.influence(np.ones(1)), table.clusters)
    assert found * np.sqrt(499 / 500) == pytest.approx(robust, rel=1e-6)


def test_shapley_shares_are_the_average_over_all_orders_written_out() -> None:
    table = confounded(units=300, treated_more=1.0)
    groups = ["x0", "x1", "x2"]
    played = game(groups)
    known = effects(table, played.sets, kind="interacted")
    value = dict(zip(played.sets, known.values, strict=True))
    orders = list(permutations(groups))
    by_hand = dict.fromkeys(groups, 0.0)
    for order in orders:
        for place, group in enumerate(order):
            change = value[frozenset(order[:place])] - value[frozenset(order[: place + 1])]
            by_hand[group] += change / len(orders)
    assert played.mixes @ known.values == pytest.approx([by_hand[group] for group in groups])


def test_shares_of_many_groups_add_up_exactly_though_orders_are_drawn_and_their_error_is_right() -> None:
    groups = [f"g{at}" for at in range(EXACT_GROUPS + 3)]
    rng = np.random.default_rng(0)
    worth, extra, three = rng.normal(size=len(groups)), 3.0, {"g0", "g1", "g2"}

    def effect(joined: frozenset[str]) -> float:  # the three together do more than apart: by a third of it each
        return -float(sum(worth[groups.index(group)] for group in joined) + extra * (three <= joined))

    played = game(groups, seed=3)
    values = np.array([effect(each) for each in played.sets])
    shares, errors = played.mixes @ values, played.drawing_error(values)
    assert shares.sum() == pytest.approx(values[0] - values[1])
    assert shares[3:] == pytest.approx(worth[3:]) and errors[3:].max() < 1e-12
    assert errors[:3].min() > 0 and np.all(np.abs(shares - worth)[:3] - extra / 3 <= 4 * errors[:3])


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_the_bars_lead_from_the_raw_difference_to_the_headline(estimand: str) -> None:
    table = confounded(units=500, treated_more=0.5)
    headline = aipw.estimate(table, estimand=estimand, nuisances=Nuisances(table, seed=0, splits=1))
    found = waterfall(table, headline)
    first, *steps, last = found.bars
    rough = raw.estimate(table)
    assert (first["value"], last["value"]) == pytest.approx((rough.value, headline.value))
    assert first["value"] + sum(bar["value"] for bar in steps) == pytest.approx(last["value"])
    assert (last["low"], last["high"]) == (headline.low, headline.high)
    assert (first["low"], first["high"]) == pytest.approx((rough.low, rough.high), abs=0.02)
    by_title = {bar["title"]: bar for bar in steps}
    assert by_title["x0"]["high"] < -0.3 and by_title["x1"]["high"] < -0.3  # both raise treatment and outcome
    assert by_title["x2"]["low"] < 0 < by_title["x2"]["high"]  # it raises the outcome alone
    assert found.passed is True and "the largest step is x" in found.sentence
    assert jsonable(found.plain())["bars"][0]["kind"] == "total"


def test_intervals_of_the_steps_hold_what_they_estimate() -> None:
    # The share of x0 in a large table is close to the truth; small tables should hold it about 95 times in 100.
    def share(units: int, seed: int) -> dict[str, float]:
        table = confounded(units=units, seed=seed)
        return next(bar for bar in waterfall(table, ipw.estimate(table, estimand="ATE")).bars if bar["title"] == "x0")

    truth = share(60_000, 999)["value"]
    held = [(bar := share(400, seed))["low"] <= truth <= bar["high"] for seed in range(40)]
    assert 0.87 <= np.mean(held) <= 1.0


def test_what_only_a_flexible_model_sees_is_the_last_bar_and_fails_when_it_is_the_story() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=1500)
    treated = rng.random(1500) < 1 / (1 + np.exp(-2 * (x**2 - 1)))
    table = as_table(x[:, None], treated, 3 * x**2 + rng.normal(size=1500))
    headline = aipw.estimate(table, estimand="ATE", nuisances=Nuisances(table, seed=0, splits=1))
    found = waterfall(table, headline)
    model = next(bar for bar in found.bars if bar["kind"] == "model")
    assert found.passed is False and model["high"] < 0 and "more than all groups do by straight lines" in found.sentence


def test_an_amount_goes_from_its_raw_slope_to_the_adjusted_one() -> None:
    # The raw slope is 2 + 3 * cov(x0, amount) / var(amount) = 2 + 3 * 1 / 2 = 3.5, the adjusted one 2.
    table = amounts(4000)
    known = effects(table, [frozenset({"x0", "x1"})], kind="common")
    influence = known.influence(np.ones(1))
    slope = Estimate(
        "dose", "Slope", "SLOPE", float(known.values[0]), 0.02, (1, 1), 0.1, influence, np.ones(4000)
    )  # fmt: skip
    found = waterfall(table, slope)
    assert regression_for(table, "SLOPE") == "common"
    assert found.bars[0]["value"] == pytest.approx(3.5, abs=0.15)
    assert next(bar["value"] for bar in found.bars if bar["title"] == "x0") == pytest.approx(-1.5, abs=0.15)
    assert found.bars[-2]["value"] == pytest.approx(0, abs=1e-9)  # the headline is that regression


def test_what_does_not_apply_says_so() -> None:
    table = confounded(units=200)
    headline = raw.estimate(table)
    assert waterfall(table.keep(set()), headline).passed is None
    assert waterfall(replace(table, treatment_kind="arms", arms=("a", "b", "c")), headline).passed is None
    elsewhere = waterfall(table, replace(headline, unit="days"))  # another scale: the way ends at the regression
    assert elsewhere.bars[-1]["title"] == "Adjusted, by regression" and elsewhere.passed is True


def test_many_groups_share_a_bar_and_each_has_its_row() -> None:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(500, 14))
    table = as_table(matrix, rng.random(500) < 0.5, matrix[:, 0] + rng.normal(size=500))
    found = waterfall(table, ipw.estimate(table, estimand="ATE"))
    assert [bar["kind"] for bar in found.bars].count("group") == 8 and len(found.rows) == 14
    assert next(bar["title"] for bar in found.bars if bar["kind"] == "rest") == "6 other groups"
    assert "orders were drawn" in found.method
    steps = sum(bar["value"] for bar in found.bars[1:-1])
    assert found.bars[0]["value"] + steps == pytest.approx(found.bars[-1]["value"])


def test_gelbach_is_coefficient_times_difference_and_adds_up() -> None:
    table = confounded(units=500)
    treatment, outcome, matrix = table.treatment, table.outcome, table.matrix()
    long = sm.OLS(outcome, sm.add_constant(np.column_stack([treatment, matrix]))).fit()
    short = sm.OLS(outcome, sm.add_constant(treatment)).fit()
    gaps = [sm.OLS(column, sm.add_constant(treatment)).fit().params[1] for column in matrix.T]
    found = gelbach(table)
    assert (found.short, found.long) == pytest.approx((short.params[1], long.params[1]))
    assert list(found.parts.values()) == pytest.approx(list(long.params[2:] * gaps))
    assert sum(found.parts.values()) == pytest.approx(found.short - found.long)


def test_gelbachs_error_is_the_delta_methods() -> None:
    # One covariate: b * d with independent errors of b (long regression) and d (its difference between the arms).
    rng = np.random.default_rng(2)
    x = rng.normal(size=3000)
    treatment = (x + rng.normal(size=3000) > 0).astype(float)
    outcome = 2 * x + treatment + rng.normal(size=3000)
    long = sm.OLS(outcome, sm.add_constant(np.column_stack([treatment, x]))).fit(cov_type="HC0")
    gap = sm.OLS(x, sm.add_constant(treatment)).fit(cov_type="HC0")
    by_hand = np.hypot(gap.params[1] * long.bse[2], long.params[2] * gap.bse[1])
    found = clustered_error(gelbach(as_table(x[:, None], treatment, outcome)).influences["x0"], np.arange(3000))
    assert found == pytest.approx(by_hand, rel=0.03)


def test_each_of_several_arms_has_its_own_way_from_the_control(monkeypatch: pytest.MonkeyPatch) -> None:
    """x0 leads to arm 1 and raises the outcome, x1 leads to arm 2 and lowers it; the arms do 1 and 2."""
    monkeypatch.setattr(crossfit, "SPLITS", 1)
    rng = np.random.default_rng(8)
    matrix = rng.normal(size=(900, 2))
    lean = np.column_stack([np.zeros(900), matrix[:, 0], matrix[:, 1]])
    share = np.exp(lean) / np.exp(lean).sum(axis=1, keepdims=True)
    arm = (rng.random(900)[:, None] > share.cumsum(axis=1)).sum(axis=1)
    outcome = matrix @ [2.0, -1.0] + arm + 0.5 * rng.normal(size=900)
    table = replace(as_table(matrix, arm, outcome), treatment_kind="arms", arms=("none", "mail", "call"))
    headline = arms.estimate(table)
    found = waterfall(table, headline)
    assert [way["arm"] for way in found.arms] == ["mail", "call"] and found.bars == found.arms[0]["bars"]
    assert found.sentence.startswith("Each against none. mail: From ") and found.passed is True
    for number, (way, effect, group) in enumerate(zip(found.arms, (1, 2), ("x0", "x1"), strict=True), start=1):
        bars = way["bars"]
        raw_gap = outcome[arm == number].mean() - outcome[arm == 0].mean()
        assert bars[0]["value"] == pytest.approx(raw_gap)
        assert sum(bar["value"] for bar in bars[:-1]) == pytest.approx(bars[-1]["value"])
        assert bars[-1]["low"] < effect < bars[-1]["high"]
        assert max(way["rows"], key=lambda row: abs(row["value"]))["group"] == group
    assert found.arms[0]["bars"][1]["value"] < 0 < found.arms[1]["bars"][1]["value"]  # each confounder's own direction
    assert jsonable(found.plain())["arms"][1]["arm"] == "call"
    kept = (arm != 2) | (np.cumsum(arm == 2) <= 12)
    few = replace(table, frame=table.frame[kept].reset_index(drop=True))
    fewer = replace(headline, influence=headline.influence[kept], gaps=headline.gaps[kept])  # type: ignore[index]
    thin = waterfall(few, fewer)  # too few units for slopes of their own: shared with the control
    assert "one regression with common slopes" in thin.arms[1]["method"] and "in each arm" in thin.arms[0]["method"]
    assert sum(bar["value"] for bar in thin.arms[1]["bars"][:-1]) == pytest.approx(thin.arms[1]["bars"][-1]["value"])
