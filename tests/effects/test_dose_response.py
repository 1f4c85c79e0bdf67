"""Dose-response: planted slopes and curves, where nothing may be drawn, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from core.effects.dose_curve import dose_levels
from core.effects.estimators import dose_response
from core.effects.local_polynomial import local_fit
from core.effects.table import WEIGHT, AnalysisTable
from core.errors import NotEnoughData
from core.storage.workspace import jsonable
from tests.effects.planted import as_table


@pytest.fixture(autouse=True)
def _one_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.effects.crossfit.SPLITS", 1)


def dosed(matrix: np.ndarray, dose: np.ndarray, outcome: np.ndarray) -> AnalysisTable:
    return replace(as_table(matrix, dose, outcome), treatment_kind="dose")


def searches(units: int = 900, *, seed: int = 0) -> AnalysisTable:
    """Counts that rise with x0, as the outcome does; each one more adds 0.5 + 0.3 x1, on average 0.5."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(units, 3))
    dose = rng.poisson(np.exp(0.3 + 0.4 * x[:, 0]))
    return dosed(x, dose, x @ [1.0, 1.0, 0.5] + dose * (0.5 + 0.3 * x[:, 1]) + rng.normal(size=units))


def test_a_planted_slope_of_counts_is_found_where_the_raw_slope_misses_it() -> None:
    table = searches()
    raw = np.polyfit(table.treatment, table.outcome, 1)[0]
    found = dose_response.estimate(table, seed=1)
    assert raw > 0.7
    assert found.low < 0.5 < found.high and found.se < 0.05 and found.estimand == "SLOPE"
    curve = found.details["curve"]
    assert curve["kind"] == "levels" and [row["label"] for row in curve["rows"]][:3] == ["0", "1", "2"]
    for row in curve["rows"][:3]:  # the mean outcome had everyone this dose is 0.5 * dose
        assert row["value"] == pytest.approx(0.5 * row["dose"], abs=2.6 * row["se"])
    assert jsonable(found.plain()) == found.plain()


def test_units_whose_dose_varies_more_do_not_count_more() -> None:
    # The dose varies most where its slope is largest: the mean slope is 1, the variance-weighted one about 1.4.
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1200, 3))
    dose = x[:, 0] + np.exp(0.4 * x[:, 1]) * rng.normal(size=1200)
    outcome = x @ [1.0, 1.0, 0.5] + dose * (1 + 0.5 * x[:, 1]) + rng.normal(size=1200)
    found = dose_response.estimate(dosed(x, dose, outcome), seed=0)
    assert found.low < 1.0 < found.high
    assert found.details["partially_linear"]["low"] > 1.2


def test_a_bent_curve_is_followed_and_not_drawn_where_few_units_are() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1500, 3))
    dose = 0.7 * x[:, 0] + rng.normal(size=1500)
    found = dose_response.estimate(
        dosed(x, dose, x @ [1.0, 1.0, 0.5] + 2 * np.sin(dose) + rng.normal(size=1500)), seed=0
    )
    curve = found.details["curve"]
    drawn = [row for row in curve["rows"] if row["drawn"]]
    missed = [abs(row["value"] - 2 * np.sin(row["dose"])) / row["se"] for row in drawn]
    assert curve["kind"] == "smooth" and len(drawn) > 15
    assert np.mean(np.array(missed) < 2) > 0.8 and max(missed) < 4
    assert not curve["rows"][0]["drawn"] and curve["rows"][0]["value"] is None
    assert "not drawn: too few comparable units" in curve["sentence"]


def test_without_covariates_the_slope_is_that_of_least_squares() -> None:
    table = searches(400)
    bare = replace(table, covariates=())
    found = dose_response.estimate(bare, seed=0)
    assert found.value == pytest.approx(np.polyfit(table.treatment, table.outcome, 1)[0], abs=0.05)


def test_units_that_stand_for_many_count_for_many() -> None:
    # Where x1 > 0 (steeper slopes) a quarter was sampled and stands for four; the mean slope is 0.5.
    rng = np.random.default_rng(3)
    x = rng.normal(size=(2500, 2))
    dose = x[:, 0] + rng.normal(size=2500)
    table = dosed(x, dose, x[:, 0] + dose * (0.5 + 0.3 * x[:, 1]) + rng.normal(size=2500))
    frame = table.frame.assign(**{WEIGHT: np.where(x[:, 1] > 0, 4.0, 1.0)})
    kept = (x[:, 1] <= 0) | (rng.random(2500) < 0.25)
    sampled = replace(table, frame=frame[kept].reset_index(drop=True))
    found = dose_response.estimate(sampled, seed=0)
    assert found.low < 0.5 < found.high
    assert dose_response.estimate(replace(sampled, frame=sampled.frame.drop(columns=WEIGHT)), seed=0).high < 0.5


def test_doses_become_levels_of_thirty_units() -> None:
    # 0 (50 times), 1 (20), 2 (20), 3 (10): 1 and 2 together, 3 falls to them.
    dose = np.repeat([0.0, 1.0, 2.0, 3.0], [50, 20, 20, 10])
    assert dose_levels(dose) == [(0.0, 0.0), (1.0, 3.0)]
    assert dose_levels(np.linspace(0, 1, 200)) is None


def test_what_cannot_be_answered_is_refused() -> None:
    x = np.random.default_rng(0).normal(size=(200, 2))
    with pytest.raises(NotEnoughData, match="Every unit has the same amount of offer, 2; it needs to vary"):
        dose_response.estimate(dosed(x, np.full(200, 2.0), x[:, 0]))
    with pytest.raises(NotEnoughData, match="determine offer almost wholly"):
        dose_response.estimate(dosed(x, 3 * x[:, 0], x[:, 1]))
    with pytest.raises(NotEnoughData, match="There are 12 units; a dose-response needs 40"):
        dose_response.estimate(dosed(x[:12], x[:12, 1], x[:12, 0]))


def test_a_local_line_follows_a_line_to_the_edge() -> None:
    running = np.linspace(0, 1, 200)
    for at in (0.0, 0.5, 1.0):
        fit = local_fit(running, 3 + 2 * running, at, 0.2)
        assert fit.value == pytest.approx(3 + 2 * at)
        assert fit.smoother.sum() == pytest.approx(1.0) and np.abs(fit.influence).max() < 1e-9
    assert np.isnan(local_fit(running, running, 0.5, 0.01).value)
