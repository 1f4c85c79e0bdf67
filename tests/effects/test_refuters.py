"""Refuters: each is seen to pass, to fail and to say that it cannot tell."""

from dataclasses import replace

import numpy as np
import pytest

from core.effects.estimate import Estimate
from core.effects.estimators import aipw, ipw
from core.effects.nuisances import Nuisances
from core.effects.refuters import NEGATIVE_CONTROLS, REFUTERS, nothing_expected, permuted_placebo, placebo_outcome
from core.effects.table import AnalysisTable
from core.storage.workspace import jsonable
from tests.effects.planted import as_table, attempt, confounded


def estimate(value: float, se: float) -> Estimate:
    """An estimate of which only value and error matter."""
    nothing = np.zeros(0)
    return Estimate("ipw", "Weighting", "ATE", value, se, (10.0, 10.0), 0.1, nothing, nothing)


@pytest.mark.parametrize(
    ("value", "se", "passed"),
    [
        (1.3, 0.2, False),  # 0.91 to 1.69 excludes 0, and 1.3 is larger than 1, half of a headline of 2
        (0.1, 0.2, True),  # -0.29 to 0.49 lies within -1 to 1
        (0.5, 0.2, True),  # 0.11 to 0.89 excludes 0 but lies within the margin
        (0.9, 0.2, None),  # 0.51 to 1.29 excludes 0, is smaller than the margin and reaches beyond it
        (0.1, 2.0, None),  # -3.8 to 4.0: no power to tell
        (float("nan"), 0.2, None),
        (0.1, float("nan"), None),
        (0.0, 0.0, None),  # an outcome that never varies would pass any test
    ],
)
def test_the_rule_of_the_placebo_outcome(value: float, se: float, passed: bool | None) -> None:
    assert nothing_expected.judge(estimate(value, se), margin=1.0, unit="points")[0] is passed


def test_a_placebo_outcome_is_red_when_a_cause_is_hidden_and_passes_when_it_is_not() -> None:
    # The earlier outcome has the same causes and no effect; leaving out x0 and x1 is what a hidden cause does.
    table = confounded(units=3000, effect=2.0)
    rng = np.random.default_rng(9)
    earlier = table.matrix() @ [1.0, 1.0, 0.5] + rng.normal(size=3000)
    placebo = as_table(table.matrix(), table.treatment, earlier)
    hidden = {"x2"}
    honest = placebo_outcome.refute(
        attempt(table, ipw.estimate(table, estimand="ATE"), seed=0, placebo_outcome=placebo)
    )
    fooled = ipw.estimate(table.keep(hidden), estimand="ATE")
    caught = placebo_outcome.refute(
        attempt(table.keep(hidden), replace(fooled, value=2.0), seed=0, placebo_outcome=placebo.keep(hidden))
    )
    assert honest.passed is True and caught.passed is False
    assert caught.value is not None and caught.value > 1


def test_a_placebo_outcome_uses_the_headlines_estimator_and_estimand() -> None:
    table = confounded(units=200)
    headline = aipw.estimate(table, estimand="ATT", seed=3, nuisances=Nuisances(table, seed=3, splits=1))
    same = placebo_outcome.refute(attempt(table, headline, seed=3, placebo_outcome=table))
    assert same.value == headline.split_values[0]  # a refuter takes one split


def test_no_placebo_outcome_is_not_a_pass() -> None:
    table = confounded(units=200)
    found = placebo_outcome.refute(attempt(table, estimate(1.0, 0.1), seed=0, placebo_outcome=None))
    assert found.passed is None and found.value is None and "Not run" in found.sentence


def test_permuted_effects_equal_regressions_of_the_permuted_treatments() -> None:
    table = confounded(units=120)
    values, _ = permuted_placebo.permuted_effects(table, draws=3, rng=np.random.default_rng(7))
    rng = np.random.default_rng(7)
    for value in values:
        design = np.column_stack([np.ones(120), rng.permutation(table.treatment), table.matrix()])
        assert value == pytest.approx(np.linalg.lstsq(design, table.outcome)[0][1], abs=1e-8)


def test_a_permuted_treatment_passes_on_an_ordinary_outcome() -> None:
    found = permuted_placebo.refute(attempt(confounded(units=500), estimate(1.0, 0.1)))
    assert found.passed is True and found.low is not None and found.high is not None and found.low < 0 < found.high


def test_a_permuted_treatment_fails_where_one_unit_decides_the_mean() -> None:
    # One unit of 2,000 spends 1,000 and 2 % are treated: most permutations miss it and look like a clear loss.
    outcome = np.random.default_rng(0).normal(size=2000)
    outcome[0] = 1000
    table = as_table(np.zeros((2000, 0)), np.arange(2000) % 50 == 0, outcome)
    assert permuted_placebo.refute(attempt(table, estimate(1.0, 0.1))).passed is False


def test_a_permuted_treatment_without_a_value_is_not_a_pass() -> None:
    noise = np.random.default_rng(0).normal(size=50)
    one_arm = as_table(np.zeros((50, 0)), np.ones(50), noise)
    one_outcome = as_table(np.zeros((50, 0)), np.arange(50) % 2, np.full(50, 3.0))
    for table in (one_arm, one_outcome):
        assert permuted_placebo.refute(attempt(table, estimate(1.0, 0.1))).passed is None


@pytest.mark.parametrize("name", list(REFUTERS))
def test_every_refuter_keeps_the_contract(name: str) -> None:
    table = confounded(units=400)
    before = table.frame.copy()
    refute = REFUTERS[name].load()
    headline = ipw.estimate(table, estimand="ATE")
    placebos = dict.fromkeys(NEGATIVE_CONTROLS, table)
    found, again = (refute(attempt(table, headline, seed=5, **placebos)) for _ in range(2))
    assert found.plain() == again.plain()
    assert found.name == name and found.title == REFUTERS[name].title and REFUTERS[name].says
    assert found.passed in {True, False, None} and found.sentence.endswith(".")
    assert "cannot see" in found.detects or "cannot tell" in found.detects
    assert jsonable(found.plain()) == found.plain() and found.plain()["sees"] == REFUTERS[name].sees
    if found.value is not None:
        assert found.low is not None and found.high is not None and found.low <= found.value <= found.high
    assert table.frame.equals(before)


def nasty_tables() -> dict[str, AnalysisTable]:
    """Tables that should get an answer, or none, but never an exception and never a pass by NaN."""
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(60, 2)), np.arange(60) % 2
    y = x[:, 0] + t + rng.normal(size=60)
    big = as_table(x * 1e12, t, y * 1e12)
    dose = replace(as_table(x, rng.gamma(2.0, size=60), y), treatment_kind="dose")
    arms = replace(as_table(x, np.arange(60) % 3, y), treatment_kind="arms", arms=("a", "b", "c"))
    return {
        "12 rows": as_table(x[:12], t[:12], y[:12]),
        "more covariates than units": as_table(rng.normal(size=(12, 14)), t[:12], y[:12]),
        "no covariates": as_table(np.zeros((60, 0)), t, y),
        "constant covariate": as_table(np.column_stack([x, np.ones(60)]), t, y),
        "repeated covariate": as_table(np.column_stack([x, x]), t, y),
        "constant outcome": as_table(x, t, np.ones(60)),
        "one user": as_table(x, t, y, users=np.zeros(60)),
        "huge": big,
        "dose": dose,
        "arms": arms,
    }


@pytest.mark.parametrize("case", list(nasty_tables()))
def test_no_refuter_passes_by_accident(case: str) -> None:
    table = nasty_tables()[case]
    headline = estimate(float("nan"), float("nan"))
    for name, entry in REFUTERS.items():
        found = entry.load()(attempt(table, headline, **dict.fromkeys(NEGATIVE_CONTROLS, table)))
        numbers = [each for each in (found.value, found.low, found.high) if each is not None]
        assert found.passed is not True or (numbers and np.isfinite(numbers).all()), (name, found.sentence)
        if entry.sees in ("confounding", "hidden cause"):
            assert found.passed is not True, (name, found.sentence)


def test_the_negative_controls_are_those_that_see_confounding() -> None:
    assert NEGATIVE_CONTROLS == ("placebo_outcome", "placebo_time", "negative_control")


@pytest.mark.parametrize("name", ["placebo_time", "negative_control"])
def test_a_negative_control_fails_where_a_cause_is_hidden(name: str) -> None:
    table = confounded(units=3000, effect=2.0)
    rng = np.random.default_rng(9)
    control = as_table(table.matrix(), table.treatment, table.matrix() @ [1.0, 1.0, 0.5] + rng.normal(size=3000))
    refute = REFUTERS[name].load()
    headline = replace(ipw.estimate(table, estimand="ATE"), value=2.0)
    honest = refute(attempt(table, headline, **{name: control}))
    caught = refute(attempt(table.keep({"x2"}), headline, **{name: control.keep({"x2"})}))
    missing = refute(attempt(table, headline))
    assert (honest.passed, caught.passed, missing.passed) == (True, False, None)
    assert "expected 0, got" in caught.sentence and "Not run" in missing.sentence


def test_the_margin_of_a_negative_control_is_in_standard_deviations() -> None:
    # In cents instead of euros the answer is the same.
    table = confounded(units=800, effect=2.0)
    cents = as_table(table.matrix(), table.treatment, 100 * table.matrix()[:, 2] + 1.0)
    euros = as_table(table.matrix(), table.treatment, table.matrix()[:, 2] + 0.01)
    headline = ipw.estimate(table, estimand="ATE")
    refute = REFUTERS["negative_control"].load()
    one, other = (refute(attempt(table, headline, negative_control=each)) for each in (cents, euros))
    assert one.passed is other.passed and one.details["margin"] == pytest.approx(100 * other.details["margin"])
