"""One contract for every estimator of another structure: what it returns, what it leaves alone, and what must not matter."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from core.effects.estimate import ESTIMANDS
from core.effects.estimators import ESTIMATORS
from core.effects.table import OUTCOME, AnalysisTable
from core.storage.workspace import jsonable
from tests.effects.test_arms import three_arms
from tests.effects.test_discontinuity import sharp
from tests.effects.test_dose_response import searches
from tests.effects.test_instrument import encouraged
from tests.effects.test_mediators import cart
from tests.effects.test_survival import waiting
from tests.effects.test_uptake_strategies import grace_period, late_takers

TABLES: dict[str, Callable[[], AnalysisTable]] = {
    "arms": lambda: three_arms(200),
    "dose_response": lambda: searches(200),
    "instrument": lambda: encouraged(600),
    "survival": lambda: waiting(250),
    "clone_censor_weight": lambda: grace_period(500),
    "per_protocol": lambda: late_takers(500),
    "discontinuity": lambda: sharp(400),
    "mediation": lambda: cart(200),
    "front_door": lambda: cart(200),
}
CLOSED_FORMS = ("instrument", "clone_censor_weight", "per_protocol", "discontinuity")  # no chance in them


@pytest.fixture(autouse=True)
def _one_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.effects.crossfit.SPLITS", 1)


@pytest.mark.parametrize("name", list(TABLES))
def test_every_structure_keeps_the_contract(name: str) -> None:
    table, entry = TABLES[name](), ESTIMATORS[name]
    before = table.frame.copy()
    found = entry.load()(table, estimand=entry.estimands[0], seed=2)
    assert table.frame.equals(before) and table.treatment_kind in entry.treatments
    assert found.estimator == name and found.title == entry.title and entry.says.endswith(".")
    assert found.estimand in ESTIMANDS and found.estimand == entry.estimands[0]
    assert found.low < found.value < found.high
    assert found.influence.shape == found.weights.shape == (table.units,)
    assert abs(found.influence.mean()) < 1e-6 and (found.weights >= 0).all()
    assert 0 < found.largest_weight_share < 0.5 and min(found.effective_units) > 10
    assert jsonable(found.plain()) == found.plain() and found.details
    assert all(note.endswith(".") for note in found.notes)


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_neither_the_order_of_units_nor_the_scale_of_the_outcome_matters(name: str) -> None:
    table, estimate = TABLES[name](), ESTIMATORS[name].load()
    one = estimate(table, estimand="ATE")
    order = np.random.default_rng(0).permutation(table.units)
    mixed = estimate(replace(table, frame=table.frame.iloc[order].reset_index(drop=True)), estimand="ATE")
    assert (mixed.value, mixed.se) == (pytest.approx(one.value), pytest.approx(one.se))
    if name in ("clone_censor_weight", "per_protocol"):
        return  # their outcome is tied to its moment
    tenfold = replace(table, frame=table.frame.assign(**{OUTCOME: 5 + 10 * table.outcome}))
    scaled = estimate(tenfold, estimand="ATE")
    assert scaled.value == pytest.approx(10 * one.value, rel=1e-6)
    assert scaled.se == pytest.approx(10 * one.se, rel=1e-3)
