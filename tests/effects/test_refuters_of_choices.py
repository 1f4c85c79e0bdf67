"""Refuters of the analyst's choices and of hidden causes: each passes, fails on a planted fault, and may not know."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.effects.estimators import ipw
from core.effects.partialled import partialled
from core.effects.refutation import Attempt
from core.effects.refuters import (
    e_value,
    leave_one_covariate_out,
    specification_curve,
    specifications,
    unobserved_common_cause,
)
from core.effects.table import AnalysisTable
from core.errors import NotEnoughData
from tests.effects.planted import as_table, attempt, confounded


def hanging_on_one() -> AnalysisTable:
    """The effect is +1; without x0, which lowers the outcome by 3 and raises treatment, it looks like a loss."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2000, 2))
    treatment = rng.random(2000) < 1 / (1 + np.exp(-1.2 * x[:, 0]))
    return as_table(x, treatment, treatment - 3 * x[:, 0] + rng.normal(size=2000))


def test_leaving_out_the_group_that_carries_the_sign_is_found() -> None:
    table = hanging_on_one()
    found = leave_one_covariate_out.refute(attempt(table, ipw.estimate(table, estimand="ATE")))
    assert found.passed is False and found.value is not None and found.value < -1
    assert found.details["rows"][0]["group"] == "x0" and "hangs on x0 alone" in found.sentence
    assert found.details["headline_rows"][0]["value"] < 0
    again = np.linalg.lstsq(
        np.column_stack([np.ones(2000), table.treatment, table.matrix()[:, 1]]), table.outcome
    )  # without x0
    assert found.value == pytest.approx(again[0][1], abs=1e-9)


def test_no_single_group_turns_an_effect_that_all_agree_on() -> None:
    table = confounded(units=1000, effect=2.0)
    found = leave_one_covariate_out.refute(attempt(table, ipw.estimate(table, estimand="ATE")))
    assert found.passed is True
    most = leave_one_covariate_out.left_out(table, partialled(table))[0]
    assert most.shift_low < most.shift < most.shift_high and vars(most) == found.details["rows"][0]


def test_no_effect_has_no_sign_to_turn() -> None:
    table = confounded(units=400, effect=0.0, strength=0.0)
    assert leave_one_covariate_out.refute(attempt(table, ipw.estimate(table, estimand="ATE"))).passed is None


def curve(
    table: AnalysisTable, again: Any = None, seconds: float = 60.0, settings: Mapping[str, Any] | None = None
) -> Attempt:
    made = attempt(table, ipw.estimate(table, estimand="ATE"))
    return replace(made, again=again, seconds=seconds, settings=settings or {})


def test_every_specification_agrees_about_a_large_effect() -> None:
    found = specification_curve.refute(curve(confounded(units=800, effect=4.0, strength=0.3)))
    assert found.passed is True and found.details["same_share"] == 1.0
    assert {row["covariates"] for row in found.details["rows"]} == {"all", "without x0", "without x1", "without x2"}
    values = [row["value"] for row in found.details["rows"]]
    assert values == sorted(values) and found.value == pytest.approx(np.median(values))


def test_specifications_that_disagree_about_the_sign_are_found() -> None:
    table = confounded(units=800, effect=4.0)

    def again(changes: Mapping[str, Any]) -> AnalysisTable:
        """Twice the outcome window turns the effect; half of it leaves too few units."""
        if changes.get("outcome_window_days") == 14.0:
            return confounded(units=800, effect=-4.0)
        if "outcome_window_days" in changes:
            raise NotEnoughData("Too few units.")
        return table

    found = specification_curve.refute(curve(table, again, settings={"outcome_window_days": 7.0}))
    assert found.passed is False and found.details["against_share"] > 0 and "disagree" in found.sentence
    assert any("Too few units" in each for each in found.details["refused"])
    assert "could not be estimated" in found.sentence


def test_what_time_does_not_reach_is_counted_and_said() -> None:
    found = specification_curve.refute(curve(confounded(units=400), seconds=0.0))
    assert found.passed is None and found.details["unreached"] >= 4 and "Time did not reach" in found.sentence


def test_a_slow_machine_tries_as_much_as_a_fast_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried is planned from sizes; a clock that runs four times as fast as planned leaves out nothing."""
    asked = curve(confounded(units=400), seconds=10.0)
    fast = specification_curve.refute(asked)
    ticks = iter(range(0, 1000, 4))
    monkeypatch.setattr(specification_curve.time, "monotonic", lambda: float(next(ticks)))
    assert specification_curve.refute(asked).details == fast.details


def test_a_quiet_headline_passes_where_all_choices_are_quiet_and_knows_nothing_where_they_are_not() -> None:
    quiet = [{"value": 0.1, "low": -1.0, "high": 1.2}] * 10
    loud = [{"value": 0.9, "low": 0.2, "high": 1.6}] * 5
    against = [{"value": -0.9, "low": -1.6, "high": -0.2}]
    assert specification_curve.judge(quiet, clear=False, headline=0.1, unit="points")[0] is True
    assert specification_curve.judge([*quiet, *loud], clear=False, headline=0.1, unit="points")[0] is None
    assert specification_curve.judge([*loud, *against], clear=True, headline=0.9, unit="points")[0] is False


def test_variations_change_one_setting_at_a_time() -> None:
    table = confounded(units=50)
    asked = {"outcome_window_days": 2.0, "lookback_days": 28.0, "design": {"kind": "landmark", "landmark_event": 1}}
    found = {each.title: dict(each.changes) for each in specifications.variations(asked, table)}
    assert found["outcome window 1 day"] == {"outcome_window_days": 1.0}
    assert found["time zero at event 2"] == {"design": {"kind": "landmark", "landmark_event": 2}}
    assert "time zero at event 0" not in found and all(len(changes) == 1 for changes in found.values())


class Known:
    """The true propensities and outcomes of `confounded`, where nothing needs to be learnt."""

    def __init__(self, table: AnalysisTable, effect: float, strength: float) -> None:
        self._x, self._effect, self._strength = table.matrix(), effect, strength

    def propensity(self, split: int) -> np.ndarray:
        return 1 / (1 + np.exp(-self._strength * (self._x[:, 0] + self._x[:, 1])))

    def outcome(self, arm: int, split: int) -> np.ndarray:
        return self._x @ [1.0, 1.0, 0.5] + self._effect * arm


def test_a_hidden_cause_explains_a_small_effect_away_and_not_a_large_one() -> None:
    for effect, passed in ((0.15, False), (3.0, True)):
        table = confounded(units=1500, effect=effect, strength=0.5)
        made = replace(attempt(table, ipw.estimate(table, estimand="ATE")), nuisances=Known(table, effect, 0.5))  # type: ignore[arg-type]
        found = unobserved_common_cause.refute(made)
        assert found.passed is passed and found.details["of"] == "headline"
        assert found.value is not None and (found.value * effect > 0) is passed
    table = confounded(units=300, effect=0.0)
    none = replace(attempt(table, ipw.estimate(table, estimand="ATE")), nuisances=Known(table, 0.0, 0.7))  # type: ignore[arg-type]
    found = unobserved_common_cause.refute(none)
    assert found.passed is None and "nothing to explain away" in found.sentence


def test_the_e_value_is_held_against_the_measured_groups() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(6000, 1))
    treatment = rng.random(6000) < 1 / (1 + np.exp(-x[:, 0]))
    weak = rng.random(6000) < np.clip(0.3 + 0.15 * x[:, 0] + 0.05 * treatment, 0, 1)
    strong = rng.random(6000) < np.clip(0.1 + 0.02 * x[:, 0] + 0.5 * treatment, 0, 1)
    for bought, passed in ((weak, False), (strong, True)):
        table = as_table(x, treatment, bought, unit="share")
        found = e_value.refute(attempt(table, ipw.estimate(table, estimand="ATE")))
        assert found.passed is passed, found.sentence
        assert found.details["scale"] == "risk ratio"
    nothing = as_table(x, treatment, rng.random(6000) < 0.3, unit="share")
    found = e_value.refute(attempt(nothing, ipw.estimate(nothing, estimand="ATE")))
    assert found.passed is None and "nothing to explain away" in found.sentence


def test_what_rests_on_an_instrument_is_not_asked_about_covariates() -> None:
    table = confounded(units=300, effect=2.0)
    made = attempt(table, replace(ipw.estimate(table, estimand="ATE"), estimator="instrument", estimand="LATE"))
    for refuter in (unobserved_common_cause, e_value, leave_one_covariate_out):
        found = refuter.refute(made)
        assert found.passed is None and "Does not apply" in found.sentence
