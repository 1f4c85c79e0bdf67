"""Estimators: the arithmetic, parity with other code, planted truth, and one contract for all of them."""

from functools import cache

import numpy as np
import pytest
import statsmodels.api as sm
from sklearn.linear_model import LogisticRegression

from core.effects.estimate import clustered_error
from core.effects.estimators import ESTIMATORS, aipw, ipw, raw
from core.effects.nuisances import Nuisances
from core.effects.table import AnalysisTable
from core.storage.workspace import jsonable
from tests.effects.planted import as_table, confounded, separated


def test_raw_difference_is_the_difference_of_means_with_welchs_error() -> None:
    # Treated 3, 5, 7: mean 5, variance 4. Control 1, 2: mean 1.5, variance 0.5. Difference 3.5,
    # standard error sqrt(4 / 3 + 0.5 / 2) = sqrt(1.58333) = 1.258306.
    table = as_table(np.zeros((5, 0)), np.array([1, 1, 1, 0, 0]), np.array([3, 5, 7, 1, 2]))
    found = raw.estimate(table)
    assert found.value == pytest.approx(3.5)
    assert found.se == pytest.approx(1.258306, abs=1e-6)
    assert found.estimand == "difference"


def test_units_of_one_user_do_not_count_as_independent() -> None:
    # Every unit entered twice under the same user: the error must stay as it was, up to the small-sample factor.
    table = confounded(units=300)
    twice = as_table(
        np.vstack([table.matrix()] * 2),
        np.tile(table.treatment, 2),
        np.tile(table.outcome, 2),
        users=np.tile(np.arange(300), 2),
    )
    assert raw.estimate(twice).se == pytest.approx(raw.estimate(table).se)
    assert ipw.estimate(twice, estimand="ATE").se == pytest.approx(ipw.estimate(table, estimand="ATE").se, rel=1e-6)


def test_clustered_error_sums_within_users_first() -> None:
    # Influences 1, 1, -1, -1 of users a, a, b, b: sums 2 and -2. sqrt(2 / 1 * (4 + 4)) / 4 = 1.
    assert clustered_error(np.array([1.0, 1.0, -1.0, -1.0]), np.array([0, 0, 1, 1])) == pytest.approx(1.0)
    assert np.isnan(clustered_error(np.ones(3), np.zeros(3, dtype=int)))


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_weighting_equals_normalised_weights_from_sklearns_logistic_regression(estimand: str) -> None:
    table = confounded(units=800)
    x, t, y = table.matrix(), table.treatment, table.outcome
    model = LogisticRegression(C=np.inf, tol=1e-14, max_iter=10_000, solver="newton-cholesky").fit(x, t)
    e = model.predict_proba(x)[:, 1]
    treated, control = (t / e, (1 - t) / (1 - e)) if estimand == "ATE" else (t, (1 - t) * e / (1 - e))
    expected = treated @ y / treated.sum() - control @ y / control.sum()
    assert ipw.estimate(table, estimand=estimand).value == pytest.approx(expected, abs=1e-8)


def test_weightings_error_equals_stacked_estimating_equations() -> None:
    # The same error from the sandwich of the stacked equations (means, then statsmodels' logit), written out in full.
    table = confounded(units=500)
    t, y, z = table.treatment, table.outcome, sm.add_constant(table.matrix())
    e = sm.Logit(t, z).fit(disp=0, tol=1e-14).predict(z)
    m1, m0 = (t / e) @ y / (t / e).sum(), ((1 - t) / (1 - e)) @ y / ((1 - t) / (1 - e)).sum()
    scores = np.column_stack([t / e * (y - m1), (1 - t) / (1 - e) * (y - m0), z * (t - e)[:, None]])
    slope = np.zeros((6, 6))
    slope[0, 0], slope[1, 1] = -(t / e).mean(), -((1 - t) / (1 - e)).mean()
    slope[0, 2:] = (z * (-t * (1 - e) / e * (y - m1))[:, None]).mean(axis=0)
    slope[1, 2:] = (z * ((1 - t) * e / (1 - e) * (y - m0))[:, None]).mean(axis=0)
    slope[2:, 2:] = -(z * (e * (1 - e))[:, None]).T @ z / len(t)
    inverse = np.linalg.inv(slope)
    variance = (inverse @ (scores.T @ scores / len(t)) @ inverse.T) / (len(t) - 1)
    contrast = np.array([1, -1, 0, 0, 0, 0])
    assert ipw.estimate(table, estimand="ATE").se == pytest.approx(np.sqrt(contrast @ variance @ contrast), rel=1e-8)


@pytest.mark.parametrize("name", ["ipw", "aipw"])
def test_a_planted_effect_is_found_where_the_raw_difference_misses_it(name: str) -> None:
    # ATE = 1 because x0 has mean 0. The treated have more x0, so the ATT is larger: 1 + mean of x0 among the treated.
    table = confounded(units=2000, treated_more=1.0)
    att = 1 + table.matrix()[table.treatment == 1, 0].mean()
    assert raw.estimate(table).low > 1.5
    fits = Nuisances(table, seed=1, splits=1)
    for estimand, truth in (("ATE", 1.0), ("ATT", att)):
        found = ESTIMATORS[name].load()(table, estimand=estimand, seed=1, nuisances=fits)
        assert found.low < truth < found.high
        assert found.se < 0.1


def test_no_effect_gives_an_interval_around_zero() -> None:
    table = confounded(units=1000, effect=0.0, seed=3)
    found = aipw.estimate(table, estimand="ATE", nuisances=Nuisances(table, seed=0, splits=1))
    assert found.low < 0 < found.high


def test_curves_that_a_straight_line_misses_are_adjusted_for() -> None:
    # Treatment and outcome both rise with x0 squared, which no linear adjustment sees; the effect is 0.
    rng = np.random.default_rng(5)
    x = rng.normal(size=(2000, 2))
    bend = np.minimum(x[:, 0] ** 2, 4)
    treatment = rng.random(2000) < 1 / (1 + np.exp(1 - bend))
    table = as_table(x, treatment, 2 * bend + rng.normal(size=2000))
    assert ipw.estimate(table, estimand="ATE").low > 1
    found = aipw.estimate(table, estimand="ATE", nuisances=Nuisances(table, seed=0, splits=1))
    assert abs(found.value) < 3 * found.se < 0.3


def test_an_estimate_is_the_same_twice_and_changes_little_with_the_seed() -> None:
    table = confounded(units=300)
    one, again, other = (
        aipw.estimate(table, estimand="ATE", nuisances=Nuisances(table, seed=seed, splits=2)) for seed in (4, 4, 5)
    )
    assert one.value == again.value and one.se == again.se
    assert abs(one.value - other.value) < one.se


def test_the_number_does_not_depend_on_the_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    table = confounded(units=200)
    values = []
    for threads in (1, 3):
        monkeypatch.setattr("core.effects.nuisances.free_threads", lambda threads=threads: threads)
        fits = Nuisances(table, seed=0, splits=1)
        values.append(aipw.estimate(table, estimand="ATE", nuisances=fits).value)
    assert values[0] == values[1]


def test_moved_propensities_are_counted_and_said() -> None:
    # One covariate all but decides treatment: propensities reach 0 and 1.
    table = separated(units=1000)
    found = aipw.estimate(table, estimand="ATE", nuisances=Nuisances(table, seed=0, splits=1))
    assert any("were moved to that limit" in note for note in found.notes)


ADJUSTING = [
    name
    for name, entry in ESTIMATORS.items()
    if "binary" in entry.treatments and not entry.needs and not entry.adapter  # adapters: test_adapters
]


@cache
def small(covariates: int) -> tuple[AnalysisTable, Nuisances]:
    """A table of 250 units and its fits, which the estimators of a study share."""
    made = confounded(units=250)
    table = as_table(made.matrix()[:, :covariates], made.treatment, made.outcome > 0, unit="share")
    return table, Nuisances(table, seed=2, splits=2)


@pytest.mark.parametrize("name", ADJUSTING)
@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
@pytest.mark.parametrize("covariates", [0, 3])
def test_every_estimator_keeps_the_contract(name: str, estimand: str, covariates: int) -> None:
    table, fits = small(covariates)
    before = table.frame.copy()
    entry = ESTIMATORS[name]
    found = entry.load()(table, estimand=estimand, seed=2, nuisances=fits)
    assert found.estimator == name and found.title == ESTIMATORS[name].title and ESTIMATORS[name].says
    assert found.estimand == (estimand if len(entry.estimands) > 1 else entry.estimands[0])
    assert found.low < found.value < found.high and found.high - found.low == pytest.approx(2 * 1.959964 * found.se)
    assert found.influence.shape == found.weights.shape == (250,)
    assert abs(found.influence.mean()) < 1e-6
    assert 0 < found.largest_weight_share < 0.5 and min(found.effective_units) > 10
    assert jsonable(found.plain()) == found.plain()
    assert table.frame.equals(before)
    if covariates == 0:  # nothing to adjust for: every estimator is the raw difference
        assert found.value == pytest.approx(raw.estimate(table).value, abs=0.02)
