"""Effects through mediators: the parts of a planted effect, and a planted effect found through the front door."""

from dataclasses import replace

import numpy as np
import pytest

from core.effects.estimators import front_door, ipw, mediation
from core.effects.table import WEIGHT, AnalysisTable, Covariate
from core.errors import BadSpec
from core.storage.workspace import jsonable
from tests.effects.planted import as_table


@pytest.fixture(autouse=True)
def _one_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.effects.crossfit.SPLITS", 1)


def carried(table: AnalysisTable, **columns: np.ndarray) -> AnalysisTable:
    named = tuple(Covariate(name, name, name) for name in columns)
    return replace(table, frame=table.frame.assign(**columns), mediators=named)


def cart(units: int = 1000, *, through: float = 0.8, past: float = 1.0, seed: int = 0) -> AnalysisTable:
    """The offer adds `through` to the cart; one unit of cart adds 0.5 without the offer and 1 with it.

    Indirect: through * 1. Direct: past + 0.5 * mean cart without the offer, which is 0, so past.
    """
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(units, 2))
    offer = rng.random(units) < 1 / (1 + np.exp(-0.7 * x[:, 0]))
    added = through * offer + 0.5 * x[:, 0] + rng.normal(size=units)
    outcome = past * offer + added * np.where(offer, 1.0, 0.5) + x @ [1.0, 0.5] + rng.normal(size=units)
    return carried(as_table(x, offer, outcome), cart=added)


def parts(found) -> dict:  # type: ignore[type-arg, no-untyped-def]
    return {row["part"]: row for row in found.details["rows"]}


def test_both_parts_of_a_planted_effect_are_found() -> None:
    found = mediation.estimate(cart())
    rows = parts(found)
    for part, truth in {"direct": 1.0, "indirect": 0.8, "total": 1.8}.items():
        assert rows[part]["value"] == pytest.approx(truth, abs=3 * rows[part]["se"]) and rows[part]["se"] < 0.12
    assert found.estimand == "INDIRECT" and found.value == rows["indirect"]["value"]
    assert rows["direct"]["value"] + rows["indirect"]["value"] == pytest.approx(rows["total"]["value"])
    share = found.details["share_through"]
    assert share["low"] < 0.8 / 1.8 < share["high"]
    assert 0.3 < found.details["sensitivity"]["correlation"] < 0.8
    assert jsonable(found.plain()) == found.plain() and abs(found.influence.mean()) < 1e-9


def test_the_direct_part_is_given_when_asked_for() -> None:
    found = mediation.estimate(cart(200), estimand="DIRECT")
    assert found.estimand == "DIRECT" and found.value == parts(found)["direct"]["value"]


def test_a_mediator_that_the_treatment_leaves_alone_carries_nothing() -> None:
    rows = parts(mediation.estimate(cart(600, through=0.0, seed=1)))
    assert rows["indirect"]["low"] < 0 < rows["indirect"]["high"] and rows["direct"]["low"] > 0.5


def test_where_there_is_no_effect_no_share_of_it_is_given() -> None:
    assert mediation.estimate(cart(300, through=0.0, past=0.0, seed=2)).details["share_through"] is None


def hidden(units: int = 1500, *, seed: int = 0) -> tuple[AnalysisTable, float]:
    """A hidden cause of offer and outcome; the offer works only by making units look at the page, which adds 2."""
    rng = np.random.default_rng(seed)
    x, cause = rng.normal(size=(units, 2)), rng.normal(size=units)
    offer = rng.random(units) < 1 / (1 + np.exp(-0.5 * x[:, 0] - cause))

    def looks(given: np.ndarray | int) -> np.ndarray:
        return 1 / (1 + np.exp(0.7 - 1.4 * given - 0.4 * x[:, 0]))

    looked = rng.random(units) < looks(offer.astype(int))
    outcome = 2 * looked + x @ [1.0, 0.5] + 1.5 * cause + rng.normal(size=units)
    truth = 2 * float((looks(1) - looks(0)).mean())
    return carried(as_table(x, offer, outcome), looked=looked.astype(float)), truth


def test_the_front_door_finds_what_adjustment_cannot() -> None:
    table, truth = hidden()
    assert ipw.estimate(table, estimand="ATE").low > truth + 0.5
    found = front_door.estimate(table)
    assert found.low < truth < found.high and found.se < 0.15 and found.estimand == "ATE"
    assert found.details["means"][1]["value"] - found.details["means"][0]["value"] == pytest.approx(found.value)
    assert jsonable(found.plain()) == found.plain() and abs(found.influence.mean()) < 1e-9


def test_the_front_door_finds_nothing_where_the_mediator_does_not_follow() -> None:
    table, _ = hidden(600, seed=1)
    shuffled = np.random.default_rng(0).permutation(table.frame["looked"].to_numpy())
    found = front_door.estimate(carried(table, looked=shuffled))
    assert found.low < 0 < found.high


@pytest.mark.parametrize("module", [mediation, front_door])
def test_units_that_stand_for_two_are_as_good_as_two_of_one_user(module) -> None:  # type: ignore[no-untyped-def]
    table = cart(120)
    counted = replace(table, frame=table.frame.assign(**{WEIGHT: 2.0}))
    one, two = module.estimate(table), module.estimate(counted)
    assert two.value == pytest.approx(one.value) and two.se == pytest.approx(one.se)


@pytest.mark.parametrize("module", [mediation, front_door])
def test_mediators_that_are_none_are_refused(module) -> None:  # type: ignore[no-untyped-def]
    table = cart(100)
    with pytest.raises(BadSpec, match="There are no mediators; name the columns"):
        module.estimate(replace(table, mediators=()))
    with pytest.raises(BadSpec, match="The mediator cart is 3 for every unit"):
        module.estimate(carried(table, cart=np.full(100, 3.0)))
