"""Instruments: Wald's ratio by hand, planted truth under a hidden cause, parity, weak instruments refused."""

from dataclasses import replace

import numpy as np
import pytest
from statsmodels.sandbox.regression.gmm import IV2SLS

from core.effects.estimators import ipw
from core.effects.estimators.instrument import estimate
from core.effects.table import WEIGHT, AnalysisTable, Covariate
from core.effects.weak_instruments import ReducedForms, anderson_rubin, effective_f
from core.errors import BadSpec, NotEnoughData
from core.storage.workspace import jsonable
from tests.effects.planted import as_table


def with_instruments(table: AnalysisTable, **columns: np.ndarray) -> AnalysisTable:
    frame = table.frame.assign(**columns)
    return replace(table, frame=frame, instruments=tuple(Covariate(name, name, name) for name in columns))


def encouraged(units: int = 4000, *, push: float = 1.5, effect: float = 1.0, seed: int = 0) -> AnalysisTable:
    """A hidden cause raises treatment and outcome; `mail`, sent by a coin that knows x0, raises the treatment only."""
    rng = np.random.default_rng(seed)
    x, hidden = rng.normal(size=(units, 2)), rng.normal(size=units)
    mail = (rng.random(units) < 1 / (1 + np.exp(-x[:, 0]))).astype(float)
    treatment = rng.random(units) < 1 / (1 + np.exp(1 - push * mail - hidden - 0.5 * x[:, 0]))
    outcome = x @ [1.0, 0.5] + 1.5 * hidden + effect * treatment + rng.normal(size=units)
    return with_instruments(as_table(x, treatment, outcome), mail=mail)


def test_walds_ratio_by_hand() -> None:
    # mail: 3 of 4 treated, mean outcome 5; none: 1 of 4 treated, mean outcome 3. (5 - 3) / (.75 - .25) = 4.
    many = 60
    table = as_table(np.zeros((8 * many, 0)), np.tile([1, 1, 1, 0, 1, 0, 0, 0], many),
                     np.tile([6, 5, 5, 4, 5, 3, 2, 2], many))  # fmt: skip
    found = estimate(with_instruments(table, mail=np.tile([1.0, 1, 1, 1, 0, 0, 0, 0], many)))
    assert found.value == pytest.approx(4.0)
    assert found.estimand == "LATE" and found.details["first_stage"][0]["value"] == pytest.approx(0.5)


def test_a_hidden_cause_misleads_adjustment_and_not_the_instrument() -> None:
    table = encouraged()
    assert ipw.estimate(table, estimand="ATE").low > 1.5
    found = estimate(table)
    assert found.low < 1.0 < found.high and found.se < 0.4
    assert found.details["effective_f"] > found.details["critical_f"] == pytest.approx(23.1, abs=0.05)
    assert found.details["overidentification"] is None
    assert jsonable(found.plain()) == found.plain()
    assert abs(found.influence.mean()) < 1e-9


def test_value_equals_statsmodels_two_stage_least_squares() -> None:
    table = encouraged(500)
    ones, x = np.ones((500, 1)), table.matrix()
    peer = IV2SLS(table.outcome, np.hstack([ones, x, table.treatment[:, None]]),
                  np.hstack([ones, x, table.frame[["mail"]].to_numpy()])).fit()  # fmt: skip
    assert estimate(table).details["two_stage"]["value"] == pytest.approx(peer.params[-1], abs=1e-8)


def test_a_useless_instrument_is_refused() -> None:
    with pytest.raises(NotEnoughData, match=r"mail hardly moves offer \(effective F .* has no end"):
        estimate(encouraged(1000, push=0.0))


def test_a_weak_instruments_interval_holds_the_set_that_is_right_for_it() -> None:
    found = estimate(encouraged(600, push=1.0, seed=3))
    (low, high), plain = found.details["anderson_rubin"][0], found.details["two_stage"]
    assert found.details["effective_f"] < found.details["critical_f"]
    assert found.low <= low < high <= found.high and found.high - found.low > plain["high"] - plain["low"]
    assert any("A weak instrument" in note for note in found.notes)


def test_the_anderson_rubin_set_by_hand() -> None:
    # One instrument, gap 2 - b, variance 1 + b^2 * v: (2 - b)^2 <= 3.8415 (1 + v b^2).
    # v = 0: 2 -+ 1.96. v = 1, treatment coefficient 1: no end. v = 0.01: roots of .961585 b^2 - 4 b + .158541 = 0.
    def forms(v: float) -> ReducedForms:
        return ReducedForms(np.array([2.0]), np.array([1.0]), np.diag([1.0, v]))

    assert anderson_rubin(forms(0.0), 2.0, 1.0)[0] == pytest.approx((0.0400, 3.9600), abs=1e-4)
    assert anderson_rubin(forms(0.01), 2.0, 1.0)[0] == pytest.approx((0.0400216, 4.119786), abs=1e-3)
    assert anderson_rubin(forms(1.0), 2.0, 1.0)[0][0] == -np.inf
    assert effective_f(forms(0.01))[0] == pytest.approx(100.0)


def test_two_instruments_that_disagree_are_told() -> None:
    table = encouraged(3000)
    rng = np.random.default_rng(9)
    second = rng.normal(size=3000)
    pushed = table.frame.assign(treatment=table.treatment)
    honest = with_instruments(replace(table, frame=pushed), mail=table.frame["mail"].to_numpy(), coin=second)
    assert estimate(honest).details["overidentification"]["passed"] is True
    direct = replace(honest, frame=honest.frame.assign(outcome=honest.outcome + 0.5 * second))
    judged = estimate(direct)
    assert judged.details["overidentification"]["passed"] is False
    assert any("disagree" in note for note in judged.notes)


def test_users_and_units_that_stand_for_many() -> None:
    table = encouraged(800)
    twice = replace(table, frame=table.frame.loc[np.repeat(np.arange(800), 2)].reset_index(drop=True))
    counted = replace(table, frame=table.frame.assign(**{WEIGHT: 2.0}))
    for other in (twice, counted):  # each unit twice under its user, or once for two
        assert estimate(other).details["two_stage"]["value"] == pytest.approx(
            estimate(table).details["two_stage"]["value"]
        )
        assert estimate(other).se == pytest.approx(estimate(table).se, rel=1e-6)


def test_instruments_that_say_nothing_are_named() -> None:
    table = encouraged(300)
    with pytest.raises(BadSpec, match="instrument mail is 1 for every unit"):
        estimate(with_instruments(table, mail=np.ones(300)))
    with pytest.raises(BadSpec, match="instrument copy repeats covariates"):
        estimate(with_instruments(table, copy=2 * table.frame["x0"].to_numpy()))
