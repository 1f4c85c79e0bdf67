"""Regressions by hand and by statsmodels: OLS, regression by arm, overlap weights, the linear propensity's weights."""

import numpy as np
import pytest
import statsmodels.api as sm

from core.effects.estimators import ipw, lin, ols, overlap_weights
from core.effects.least_squares import least_squares, with_constant
from core.effects.logistic import fit_logistic
from core.effects.table import AnalysisTable
from core.errors import NotEnoughData
from tests.effects.planted import as_table, confounded


def many_per_user(units: int = 600) -> AnalysisTable:
    table = confounded(units=units, treated_more=1.0)
    users = np.random.default_rng(8).integers(0, 150, units)
    return as_table(table.matrix(), table.treatment, table.outcome, users=users)


def test_linear_regression_equals_statsmodels() -> None:
    table = many_per_user()
    design = sm.add_constant(np.column_stack([table.treatment, table.matrix()]))
    by_unit = sm.OLS(table.outcome, design).fit(cov_type="HC1")
    alone = as_table(table.matrix(), table.treatment, table.outcome)
    assert ols.estimate(alone).value == pytest.approx(by_unit.params[1], abs=1e-10)
    assert ols.estimate(alone).se == pytest.approx(by_unit.bse[1], abs=1e-10)
    by_user = sm.OLS(table.outcome, design).fit(cov_type="cluster", cov_kwds={"groups": table.clusters})
    assert ols.estimate(table).se == pytest.approx(by_user.bse[1], abs=1e-10)


def test_regression_by_arm_equals_treatment_times_centred_covariates() -> None:
    # Lin (2013): the coefficient of treatment beside covariates less their mean (of all units, or of the treated).
    table = confounded(units=500, treated_more=1.0)
    x, t, y = table.matrix(), table.treatment, table.outcome
    for estimand, mean in (("ATE", x.mean(axis=0)), ("ATT", x[t == 1].mean(axis=0))):
        away = x - mean
        fit = sm.OLS(y, sm.add_constant(np.column_stack([t, away, away * t[:, None]]))).fit(cov_type="HC2")
        found = lin.estimate(table, estimand=estimand)
        assert found.value == pytest.approx(fit.params[1], abs=1e-10)
        # HC2 takes the covariates as given; here the units' own effects, 1 + x0, vary beside.
        own = ((away * t[:, None]) if estimand == "ATT" else away) @ fit.params[5:] / (t.mean() ** (estimand == "ATT"))
        assert found.se == pytest.approx(np.sqrt(fit.bse[1] ** 2 + own.var() / len(y)), rel=0.03)


def test_overlap_weights_equal_those_of_statsmodels_logit_and_balance_exactly() -> None:
    table = confounded(units=500)
    x, t, y = table.matrix(), table.treatment, table.outcome
    e = sm.Logit(t, sm.add_constant(x)).fit(disp=0, tol=1e-14).predict()
    expected = np.average(y, weights=t * (1 - e)) - np.average(y, weights=(1 - t) * e)
    assert overlap_weights.estimate(table).value == pytest.approx(expected, abs=1e-8)


def test_a_weighted_logistic_regression_equals_repeated_rows() -> None:
    table = confounded(units=200)
    times = np.random.default_rng(0).integers(1, 4, 200)
    design = with_constant(table.matrix(), np.ones(200))
    weighted = fit_logistic(design, table.treatment, times.astype(float))
    repeated = fit_logistic(np.repeat(design, times, axis=0), np.repeat(table.treatment, times))
    assert weighted.coefficients == pytest.approx(repeated.coefficients, abs=1e-10)


def test_the_error_knows_that_the_propensity_is_fitted() -> None:
    # By simulation: the spread of the estimates over draws is what the errors say; taken as known it would be larger.
    values, errors = [], []
    for seed in range(150):
        found = overlap_weights.estimate(confounded(units=250, seed=seed))
        values.append(found.value)
        errors.append(found.se)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.15)


def test_least_squares_gives_leverages_and_pulls_that_move_the_fit() -> None:
    rng = np.random.default_rng(1)
    design, outcome, weights = with_constant(rng.normal(size=(40, 3)), np.ones(40)), rng.normal(size=40), np.ones(40)
    weights[::3] = 2.5
    fit = least_squares(design, outcome, weights)
    moved = outcome.copy()
    moved[7] += 1
    again = least_squares(design, moved, weights)
    assert (design @ (again.coefficients - fit.coefficients))[7] == pytest.approx(fit.leverage()[7])
    combination = np.array([1.0, 0.5, -2.0, 0.0])
    assert combination @ (again.coefficients - fit.coefficients) == pytest.approx(fit.pull(combination)[7])
    assert fit.leverage().sum() == pytest.approx(fit.rank)


def test_a_regression_that_reaches_beyond_its_arm_says_so() -> None:
    rng = np.random.default_rng(0)
    treatment = np.arange(200) < 40
    matrix = rng.normal(size=(200, 1)) + 4 * treatment[:, None]
    far = as_table(matrix, treatment, rng.normal(size=200))
    for found in (ols.estimate(far), lin.estimate(far, estimand="ATE")):
        assert any("The regression extrapolates: " in note for note in found.notes)
    assert not lin.estimate(confounded(units=500), estimand="ATE").notes


def test_weights_that_rest_on_certain_propensities_are_said_and_not_clipped() -> None:
    table = confounded(units=300)
    matrix = np.column_stack([table.matrix(), np.r_[np.full(30, 50.0), np.zeros(270)] * table.treatment])
    found = ipw.estimate(as_table(matrix, table.treatment, table.outcome), estimand="ATE")
    assert any("propensities are 0 or 1 to eight digits. They were not clipped" in note for note in found.notes)


def test_more_coefficients_than_units_are_refused_in_words() -> None:
    rng = np.random.default_rng(0)
    table = as_table(rng.normal(size=(12, 11)), np.arange(12) % 2, rng.normal(size=12))
    with pytest.raises(NotEnoughData, match="has 6 coefficients for the 6 treated units"):
        lin.estimate(table, estimand="ATE")
    decided = as_table(np.arange(12.0)[:, None] % 2, np.arange(12) % 2, rng.normal(size=12))
    with pytest.raises(NotEnoughData, match="the covariates say exactly who was treated"):
        ols.estimate(decided)


def test_a_covariate_that_does_not_vary_in_one_arm_is_said() -> None:
    table = confounded(units=300)
    matrix = np.column_stack([table.matrix(), table.treatment * (np.arange(300) % 2)])
    found = lin.estimate(as_table(matrix, table.treatment, table.outcome), estimand="ATT")
    assert any("Among the control units some covariates do not vary" in note for note in found.notes)
