"""Who cannot be compared is told by a rule that was planted, in the covariates' own units, and who remains is named."""

from dataclasses import replace

import numpy as np
import pytest

from core.effects.diagnosis.exclusion import exclusion
from core.effects.diagnosis.overlap import alternatives, outside, overlap
from core.effects.diagnosis.rules import readable_columns, rules_for
from core.effects.diagnosis.trimmed import trimmed_effect
from core.effects.estimators import aipw
from core.effects.nuisances import Nuisances
from core.effects.table import AnalysisTable, Covariate
from core.storage.workspace import jsonable
from tests.effects.planted import as_table, confounded, separated


def holed(units: int = 4000, *, seed: int = 0) -> tuple[AnalysisTable, np.ndarray]:
    """Who bought more than 12 times within 3 days of the first event is all but always treated; half of the others.

    Buys are kept as log1p, as history columns are. The effect is 1, but 5 for those all but always treated.
    """
    rng = np.random.default_rng(seed)
    buys, days = rng.poisson(10, units), np.round(rng.exponential(5, units), 1)
    inside = (buys > 12) & (days <= 3)
    propensity = np.where(inside, 0.99, 0.4)
    treated = rng.random(units) < propensity
    outcome = 0.2 * buys + np.where(inside, 5.0, 1.0) * treated + rng.normal(size=units)
    table = as_table(np.column_stack([np.log1p(buys), days]), treated, outcome, names=("buys", "days"))
    titled = (Covariate("buys", "Earlier buy events (log)", "past"), Covariate("days", "Days known", "tenure"))
    return replace(table, covariates=titled), propensity


def test_the_planted_rule_comes_back_in_the_covariates_own_units() -> None:
    table, propensity = holed()
    found = exclusion(table, propensity, estimand="ATE")
    (rule,) = found.rules
    assert set(rule.says.split(" and ")) == {"Earlier buy events above 12", "Days known at most 3"}
    assert rule.side == "nearly all treated" and rule.treated_share > 0.95
    inside = propensity > 0.9
    assert rule.units == found.outside_units == inside.sum() and (found.left_out == inside).all()
    assert (found.caught_share, found.needless_share) == (1.0, 0.0)
    assert sum(found.kept_units) == table.units - rule.units
    assert (
        f"{table.units - rule.units:,} of {table.units:,} units" in found.population and rule.says in found.population
    )
    assert found.passed is True and "it would be about these alone" in found.sentence
    assert "left_out" not in jsonable(found.plain()) and "mask" not in jsonable(found.plain())["rules"][0]


def test_the_effect_of_those_who_remain_is_theirs_not_everybodys() -> None:
    table, propensity = holed()
    nuisances = Nuisances(table, seed=0, splits=1)
    left_out = exclusion(table, propensity, estimand="ATE").left_out
    assert left_out is not None
    for estimand in ("ATE", "ATT"):
        theirs = trimmed_effect(table, nuisances, ~left_out, estimand=estimand)
        assert theirs["value"] == pytest.approx(1, abs=4 * 2 / np.sqrt(4000)) and theirs["high"] < 1.3


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_with_nobody_left_out_it_is_the_headlines_estimator(estimand: str) -> None:
    table = confounded(units=400)
    nuisances = Nuisances(table, seed=0, splits=1)
    whole = aipw.estimate(table, estimand=estimand, nuisances=nuisances)
    found = trimmed_effect(table, nuisances, np.ones(400, dtype=bool), estimand=estimand)
    assert found["value"] == pytest.approx(whole.value)
    assert found["low"] == pytest.approx(whole.low, abs=0.02)


def test_nobody_is_left_out_where_all_can_be_compared() -> None:
    table = confounded(units=500)
    found = exclusion(table, np.full(500, 0.5), estimand="ATE")
    assert found.rules == () and found.left_out is None and found.passed is True
    assert found.sentence.startswith("Nobody needs to be left out") and sum(found.kept_units) == 500


def test_separable_arms_have_no_rest_that_could_be_compared() -> None:
    table = separated()
    propensity = Nuisances(table, seed=0, splits=1).propensity(0)
    found = exclusion(table, propensity, estimand="ATE")
    assert found.passed is False and "overlap for the ATE still fails" in found.sentence
    assert {each.estimand: each.passed for each in alternatives(table, propensity)}["ATT"] is False
    certain = np.where(
        table.treatment == 1, 0.999, 0.001
    )  # equal weights, and yet nobody could have been in either arm
    whole, few = alternatives(table, certain)
    assert (whole.passed, few.passed) == (False, False) and "no more than 2 units" in few.sentence


def test_no_rule_is_no_answer_not_a_pass() -> None:
    # Outside units are strewn at random: no covariate tells them.
    table, strewn = confounded(units=1000), np.random.default_rng(0).random(1000)
    for share, passed in ((0.2, None), (0.04, True)):  # too many of them for the ATE, then few enough
        found = exclusion(table, np.where(strewn < share, 0.96, 0.5), estimand="ATE")
        assert found.passed is passed and "no short rule" in found.sentence and found.left_out is None


def test_for_the_treated_only_units_without_controls_matter() -> None:
    table, _ = holed()
    propensity = np.where(table.matrix()[:, 1] > 10.05, 0.01, 0.5)  # hardly anybody known so long is treated
    assert exclusion(table, propensity, estimand="ATT").rules == ()
    (rule,) = exclusion(table, propensity, estimand="ATE").rules
    assert rule.says in ("Days known above 10", "Days known above 10.1") and rule.side == "nearly none treated"


def test_flags_and_hours_are_read_as_people_read_them() -> None:
    hours = np.repeat(np.arange(24), 40)
    angle = 2 * np.pi * hours / 24
    flag = np.tile([0.0, 1.0], 480)
    table = as_table(np.column_stack([np.sin(angle), np.cos(angle), flag]), flag, flag)
    named = ("Hour of day (sine)", "Hour of day (cosine)", "Monday")
    table = replace(
        table,
        covariates=tuple(Covariate(each.name, title, "c") for each, title in zip(table.covariates, named, strict=True)),
    )
    columns = readable_columns(table)
    assert [column.title for column in columns] == ["Monday", "Hour of day"]
    marked = (flag == 1) & (hours > 20)
    (rule,) = rules_for(columns, marked, flag, "side")
    assert set(rule.says.split(" and ")) == {"Monday", "Hour of day above 20"} and (rule.mask == marked).all()
    (other,) = rules_for(columns, flag == 0, flag, "side")
    assert other.says == "not Monday"


def test_rounded_thresholds_are_the_rule_that_is_applied() -> None:
    values = np.random.default_rng(0).normal(1000, 300, 2000)
    table = as_table(values[:, None], values > 900, values)
    (rule,) = rules_for(readable_columns(table), values > 1234.567, table.treatment, "side")
    assert (
        rule.says in ("x0 above 1,230", "x0 above 1,240")
        and rule.units == (values > float(rule.says[-5:].replace(",", ""))).sum()
    )


def test_a_rare_treatment_or_a_rare_control_is_not_refused_for_being_rare() -> None:
    # 2 % treated by chance, then 2 % control by chance: every propensity is extreme, yet the arms are alike.
    rng = np.random.default_rng(0)
    few = np.arange(5000) % 50 == 0
    for treated, share in ((few, 0.02), (~few, 0.98)):
        table = as_table(rng.normal(size=(5000, 2)), treated, rng.normal(size=5000))
        for estimand in ("ATE", "ATT", "ATO"):
            found = overlap(table, np.full(5000, share), estimand=estimand)
            assert found.passed is True and found.outside_share == 0 and found.alone_share == 0


def test_a_unit_is_outside_by_hand() -> None:
    # 10 % treated. 0.04 for equal arms: .04 * .9 / (.04 * .9 + .96 * .1) = 0.27, inside. 0.004: 0.035, outside.
    # 0.7 for equal arms: .7 * .9 / (.7 * .9 + .3 * .1) = 0.954, but 3 in 10 like it are controls: inside. 0.97: outside.
    treatment = (np.arange(100) < 10).astype(float)
    propensity = np.full(100, 0.1)
    propensity[:4] = 0.04, 0.004, 0.7, 0.97
    low, high = outside(treatment, propensity, np.ones(100))
    assert list(low[:4]) == [False, True, False, False] and list(high[:4]) == [False, False, False, True]


def test_the_overlap_population_can_be_told_where_the_average_cannot() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=4000)
    propensity = 1 / (1 + np.exp(-4 * x))
    table = as_table(x[:, None], rng.random(4000) < propensity, x)
    assert overlap(table, propensity, estimand="ATE").passed is False
    assert overlap(table, propensity, estimand="ATT").passed is False
    assert overlap(table, propensity, estimand="ATO").passed is True


def test_sampled_controls_count_for_those_they_stand_for() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=6000)
    treated = rng.random(6000) < 1 / (1 + np.exp(-(x - 2)))
    full = as_table(x[:, None], treated, x)
    kept = treated | (rng.random(6000) < 0.25)
    weights = np.where(treated, 1.0, 4.0)[kept]
    part = replace(full, frame=full.frame[kept].reset_index(drop=True).assign(sampling_weight=weights))
    propensity = 1 / (1 + np.exp(-(x - 2)))
    whole, sampled = (
        overlap(each, likely, estimand="ATE") for each, likely in ((full, propensity), (part, propensity[kept]))
    )
    assert sampled.outside_share == pytest.approx(whole.outside_share, abs=0.02)
    assert sampled.control_shares == pytest.approx(whole.control_shares, abs=0.02)
