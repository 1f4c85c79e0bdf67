"""The super learner: what it sees, how learners are mixed, tiny and odd tables, and predictions for new units."""

import numpy as np
import pytest

from core.effects.lens import LANDMARKS, Lens
from core.effects.log_link import fit_log_link
from core.effects.mixing import mix_shares, mix_squares
from core.effects.nuisances import Nuisances, deal_folds
from core.effects.outcome_model import outcome_model
from core.effects.super_learner import OF_ONE_ARM_ALONE, multiplied, straight
from tests.effects.planted import as_table


def test_a_long_tail_is_shown_by_its_ranks_and_a_constant_not_at_all() -> None:
    rng = np.random.default_rng(0)
    matrix = np.column_stack([np.exp(3 * rng.normal(size=500)), np.full(500, 7.0), rng.random(500) < 0.01])
    seen = Lens(matrix).see(matrix)
    assert seen.scaled.shape == (500, 2) and np.abs(seen.scaled[:, 0]).max() < 4
    assert np.array_equal(np.argsort(seen.scaled[:, 0]), np.argsort(matrix[:, 0]))
    assert seen.bumps.shape[1] <= LANDMARKS and np.isfinite(seen.bumps).all()


def test_inner_products_of_bumps_are_the_likeness_of_landmarks() -> None:
    # One covariate: likeness is exp(-(a - b)^2 / (2 * 2^2)) on the standardised scale. With fewer units than landmarks
    # every unit is one, and Nystroem's map is exact.
    values = np.linspace(-1, 1, 20)[:, None]
    seen = Lens(values).see(values)
    apart = seen.scaled - seen.scaled.T
    assert np.allclose(seen.bumps @ seen.bumps.T, np.exp(-(apart**2) / 8), atol=1e-3)


def test_a_mixture_of_shares_stops_where_no_other_is_better() -> None:
    # Checked against a grid: the likelihood of the found shares is within 1e-5 of the best on it.
    rng = np.random.default_rng(1)
    truth = rng.random(800)
    target = (rng.random(800) < truth).astype(float)
    predictions = np.column_stack([np.clip(truth + 0.1 * rng.normal(size=800), 0.01, 0.99), np.full(800, 0.5)])

    def likelihood(share: float) -> float:
        mixed = predictions @ [share, 1 - share]
        return float(np.log(np.where(target == 1, mixed, 1 - mixed)).mean())

    found = mix_shares(predictions, target)
    assert likelihood(found[0]) > max(likelihood(share) for share in np.linspace(0, 1, 101)) - 1e-5
    assert found.sum() == pytest.approx(1.0)


def test_weights_of_two_are_rows_that_stand_twice() -> None:
    rng = np.random.default_rng(2)
    predictions, target = rng.random((60, 3)), rng.random(60)
    weights = rng.integers(1, 3, 60)
    twice = np.repeat(np.arange(60), weights)
    assert np.allclose(mix_squares(predictions, target, weights), mix_squares(predictions[twice], target[twice]))
    shares = (target > 0.5).astype(float)
    assert np.allclose(
        mix_shares(predictions, shares, weights), mix_shares(predictions[twice], shares[twice]), atol=1e-6
    )


@pytest.mark.parametrize("units", [12, 40])
def test_tiny_and_odd_tables_give_numbers(units: int) -> None:
    # A constant, a column twice, one huge value, and a flag that only one unit has.
    rng = np.random.default_rng(units)
    first = rng.normal(size=units)
    matrix = np.column_stack([first, first, np.full(units, 3.0), np.where(np.arange(units) == 0, 1e12, 0), first > 2])
    treatment = np.arange(units) % 2
    fits = Nuisances(as_table(matrix, treatment, first + treatment), seed=0, splits=1)
    found = [fits.propensity(0), fits.outcome(0, 0), fits.outcome(1, 0)]
    assert all(np.isfinite(each).all() for each in found) and 0 <= found[0].min() <= found[0].max() <= 1


def test_a_rare_treatment_and_a_rare_outcome_are_learnt_as_rare() -> None:
    rng = np.random.default_rng(3)
    matrix = rng.normal(size=(1500, 2))
    treatment = rng.random(1500) < 0.02
    table = as_table(matrix, treatment, rng.random(1500) < 0.01, unit="share")
    fits = Nuisances(table, seed=0, splits=1)
    assert fits.propensity(0).mean() == pytest.approx(treatment.mean(), abs=0.01)
    assert fits.outcome(0, 0).min() >= 0 and fits.outcome(0, 0).mean() < 0.03


def test_each_unit_is_predicted_without_its_user() -> None:
    # The outcome is pure noise per user: a model that saw the user's other unit would predict it.
    rng = np.random.default_rng(4)
    users = np.repeat(np.arange(150), 2)
    x, noise = rng.normal(size=(150, 3))[users], 5 * rng.normal(size=150)[users]
    table = as_table(x, rng.random(300) < 0.5, noise, users=users)
    fits = Nuisances(table, seed=0, splits=1)
    fold = fits.fold(0)
    assert (fold[::2] == fold[1::2]).all() and np.array_equal(
        fold, deal_folds(table.treatment, users, np.random.default_rng([0, 0]))
    )
    assert abs(np.corrcoef(fits.outcome(0, 0), noise)[0, 1]) < 0.25


def test_an_outcome_model_predicts_units_it_never_saw() -> None:
    rng = np.random.default_rng(6)
    x, new = rng.normal(size=(600, 3)), rng.normal(size=(300, 3))
    predicted = outcome_model(x, np.abs(x[:, 0]) + 0.1 * rng.normal(size=600), is_share=False)(new)
    assert np.sqrt(np.mean((predicted - np.abs(new[:, 0])) ** 2)) < 0.15
    assert (outcome_model(x[:20], np.ones(20), is_share=False)(new) == 1).all()
    assert outcome_model(x[:, :0], x[:, 0], is_share=False)(new[:, :0]) == pytest.approx(x[:, 0].mean())


def test_an_outcome_that_covariates_multiply_is_learnt_as_such() -> None:
    rng = np.random.default_rng(8)
    x = rng.normal(size=(900, 6))
    truth = np.exp(0.6 * x[:, 0] - 0.5 * x[:, 1] + 0.4 * x[:, 2] + 1)
    seen = Lens(x).see(x)
    learnt, new = seen.rows(np.arange(400)), seen.rows(np.arange(400, 900))
    for outcome in (truth + rng.normal(size=900), rng.poisson(truth).astype(float)):
        away = {
            learn.__name__: np.sqrt(np.mean((learn(learnt, outcome[:400], is_share=False)(new) - truth[400:]) ** 2))
            for learn in OF_ONE_ARM_ALONE
        }
        assert away["multiplied"] < 0.5 * min(each for name, each in away.items() if name != "multiplied")


def test_where_nothing_can_multiply_straight_lines_are_drawn() -> None:
    x = np.random.default_rng(9).normal(size=(200, 2))
    seen = Lens(x).see(x)
    for outcome, is_share in ((x[:, 0], False), ((x[:, 0] > 0).astype(float), True), (np.zeros(200), False)):
        lines, other = (learn(seen, outcome, is_share=is_share)(seen) for learn in (straight, multiplied))
        assert np.array_equal(lines, other)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e9])
def test_with_a_log_link_the_unit_is_of_no_effect(unit: float) -> None:
    rng = np.random.default_rng(10)
    design = np.column_stack([np.ones(400), rng.normal(size=(400, 2))])
    target = unit * rng.exponential(np.exp(design[:, 1]))
    beta = fit_log_link(design, target, penalty=0.0)
    share = target / np.exp(design @ beta)
    assert design.T @ (target - np.exp(design @ beta)) == pytest.approx(np.zeros(3), abs=1e-4 * unit * 400)
    assert np.isfinite(share).all() and beta[1] == pytest.approx(1, abs=0.3)
    far = fit_log_link(
        np.column_stack([np.ones(30), np.linspace(0, 900, 30)]), np.append(np.zeros(29), 1.0), penalty=0.0
    )
    assert np.isfinite(far).all()
