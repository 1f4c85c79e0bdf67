"""What a hidden cause could do to the headline: equal to DoubleML's bound, E-values to those published."""

from dataclasses import replace

import doubleml
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from core.effects.estimators import aipw
from core.effects.nuisances import Nuisances
from core.effects.sensitivity import robustness_value, sensitivity
from core.effects.sensitivity.e_value import e_value, e_value_of
from core.effects.sensitivity.hidden_cause import Exposure, headline_exposure
from core.effects.table import WEIGHT, AnalysisTable
from core.storage.workspace import jsonable
from tests.effects.planted import as_table, confounded


@pytest.fixture(scope="module")
def learnt() -> tuple[AnalysisTable, Nuisances]:
    """A table with an effect of 1, and its fits, which all tests here share."""
    table = confounded(units=400, seed=2)
    return table, Nuisances(table, seed=0, splits=1)


@pytest.mark.parametrize(("estimand", "score"), [("ATE", "ATE"), ("ATT", "ATTE")])
def test_the_scale_of_the_bias_equals_doublemls_from_the_same_fits(
    learnt: tuple[AnalysisTable, Nuisances], estimand: str, score: str
) -> None:
    table, fits = learnt
    found = headline_exposure(table, aipw.estimate(table, estimand=estimand, nuisances=fits), fits)
    assert found is not None
    data = doubleml.DoubleMLData(table.frame[["x0", "x1", "x2", "treatment", "outcome"]], "outcome", "treatment")
    theirs = doubleml.DoubleMLIRM(data, LinearRegression(), LogisticRegression(), score=score)
    predicted = {"ml_m": fits.propensity(0), "ml_g0": fits.outcome(0, 0), "ml_g1": fits.outcome(1, 0)}
    theirs.fit(external_predictions={"treatment": {name: each[:, None] for name, each in predicted.items()}})
    elements = theirs.sensitivity_elements
    assert found.scale == pytest.approx(float(np.sqrt(elements["sigma2"] * elements["nu2"]).item()), rel=1e-8)
    theirs.sensitivity_analysis(cf_y=0.1, cf_d=0.1)
    value = theirs.coef[0] / found.scale
    assert robustness_value(abs(value)) == pytest.approx(theirs.sensitivity_params["rv"][0], abs=2e-5)


def test_the_interval_beside_a_hidden_cause_is_the_bootstraps() -> None:
    # Redrawing units with the fits kept: the spread of theta - b S is the error of the bound.
    rng = np.random.default_rng(0)
    score, surprise, reach = rng.normal(1.0, 2.0, 400), rng.gamma(1.0, size=400), rng.gamma(2.0, size=400) + 0.5
    sigma, nu = surprise.mean(), reach.mean()
    scale = np.sqrt(sigma * nu)
    slope = (nu * (surprise - sigma) + sigma * (reach - nu)) / (2 * scale)
    found = Exposure("headline", score.mean(), scale, score - score.mean(), slope, np.arange(400))
    counts = rng.multinomial(400, np.full(400, 1 / 400), size=4000) / 400
    drawn = counts @ score - 0.3 * np.sqrt((counts @ surprise) * (counts @ reach))
    value, low, high = found.bounded(0.3)
    assert value == pytest.approx(score.mean() - 0.3 * scale)
    assert (high - low) / (2 * 1.959964) == pytest.approx(drawn.std(), rel=0.05)


def test_the_interval_reaches_zero_at_its_robustness_value(learnt: tuple[AnalysisTable, Nuisances]) -> None:
    table, fits = learnt
    found = headline_exposure(table, aipw.estimate(table, estimand="ATE", nuisances=fits), fits)
    assert found is not None
    share = found.robust_interval()
    assert 0 < share < robustness_value(found.partial_f)
    assert found.bounded(share / np.sqrt(1 - share))[1] == pytest.approx(0.0, abs=1e-6)


def test_a_weight_of_two_is_the_unit_twice() -> None:
    table = confounded(units=300)
    weighted = replace(table, frame=table.frame.assign(**{WEIGHT: 1.0 + (np.arange(300) < 100)}))
    rows = np.r_[np.arange(300), np.arange(100)]
    twice = as_table(table.matrix()[rows], table.treatment[rows], table.outcome[rows])
    one, other = sensitivity(weighted), sensitivity(twice)
    assert one.linear_value == pytest.approx(other.linear_value, rel=1e-9)
    assert one.benchmarks[0].strength == pytest.approx(other.benchmarks[0].strength, rel=1e-9)
    assert one.robustness_value == pytest.approx(other.robustness_value, rel=1e-9)


def test_the_contour_is_zero_at_the_robustness_value_and_holds_the_groups(
    learnt: tuple[AnalysisTable, Nuisances],
) -> None:
    table, fits = learnt
    found = sensitivity(table, aipw.estimate(table, estimand="ATE", nuisances=fits), fits)
    assert found.of == "headline" and found.contour is not None and jsonable(found.plain()) == found.plain()
    grid = np.array(found.contour["values"])
    assert grid.shape == (25, 25) and grid[0, 0] == pytest.approx(grid.max())
    assert found.value_of is not None and found.interval_of is not None and 0 < found.interval_of < found.value_of
    assert found.value_of < found.contour["treatment_r2"][-1]
    assert {row["group"] for row in found.bounds} == {"x0", "x1", "x2"}
    once = [row["value"] for row in found.bounds if row["group"] == "x0" and row["value"] is not None]
    assert once == sorted(once, reverse=True)  # the stronger the hidden cause, the less is left


def test_published_e_values() -> None:
    # VanderWeele and Ding (2017): risk ratio 3.9 (1.8 to 8.7) has E-values 7.26 and 3.0.
    assert e_value_of(3.9) == pytest.approx(7.26, abs=0.005)
    assert e_value_of(1.8) == pytest.approx(3.0, abs=0.005)
    assert e_value_of(1 / 3.9) == pytest.approx(e_value_of(3.9))
    assert e_value_of(1.0) == 1.0 and np.isnan(e_value_of(0.0))


def test_the_e_value_of_an_amount_uses_its_standardised_difference(learnt: tuple[AnalysisTable, Nuisances]) -> None:
    table, fits = learnt
    headline = aipw.estimate(table, estimand="ATE", nuisances=fits)
    found = e_value(table, headline)
    assert found is not None and found.scale == "standardised difference"
    assert found.ratio == pytest.approx(np.exp(0.91 * headline.value / table.outcome.std()))
    assert found.ratio_low < found.ratio < found.ratio_high and found.point > found.limit > 1
