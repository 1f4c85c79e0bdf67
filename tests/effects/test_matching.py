"""Matching and entropy balancing: arithmetic by hand, ties, the errors of Abadie and Imbens, exact balance."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from core.effects import nearest
from core.effects.estimators import entropy_balancing, matching_mahalanobis, matching_propensity
from core.effects.estimators.entropy_balancing import entropy_weights
from core.effects.estimators.matching_mahalanobis import cells_in_space
from core.effects.least_squares import least_squares, with_constant
from core.effects.logistic import fit_logistic
from core.effects.matching import cells_on_a_line, matching_weights
from core.effects.table import AnalysisTable
from core.errors import NotEnoughData
from tests.effects.planted import as_table, confounded


def test_units_equally_near_share_the_match() -> None:
    # Treated at 1.0 asks; controls at 0.0, 0.0 and 2.0 are equally near and get a third each, the one at 5 nothing.
    places = np.array([1.0, 0.0, 0.0, 2.0, 5.0])
    asking, offered = np.array([1.0, 0, 0, 0, 0]), np.array([False, True, True, True, True])
    for cells in (cells_on_a_line(places), cells_in_space(places[:, None] - places.mean(), np.ones(5))):
        assert matching_weights(cells, asking, offered, np.ones(5)) == pytest.approx([0, 1 / 3, 1 / 3, 1 / 3, 0])
        # A control that stands for two counts twice.
        base = np.array([1.0, 2, 1, 1, 1])
        assert matching_weights(cells, asking, offered, base) == pytest.approx([0, 1 / 2, 1 / 4, 1 / 4, 0])


def test_both_ways_of_looking_for_neighbours_agree_with_brute_force() -> None:
    rng = np.random.default_rng(0)
    places = np.round(rng.normal(size=200), 1)
    treated = rng.random(200) < 0.4
    distance = np.abs(places[treated][:, None] - places[~treated])
    nearest = distance <= distance.min(axis=1, keepdims=True) + 1e-9
    expected = (nearest / nearest.sum(axis=1, keepdims=True)).sum(axis=0)
    for cells in (cells_on_a_line(places), cells_in_space(places[:, None] - places.mean(), np.ones(200))):
        found = matching_weights(cells, treated.astype(float), ~treated, np.ones(200))
        assert found[~treated] == pytest.approx(expected)
        assert not found[treated].any()


def abadie_imbens(table: AnalysisTable, places: np.ndarray, estimand: str) -> tuple[float, float]:
    """Bias-corrected matching and its variance as Abadie and Imbens (2006, 2011) write them, one neighbour, no ties."""
    x, t, y, units = table.matrix(), table.treatment, table.outcome, table.units
    arms = [np.flatnonzero(t == arm) for arm in (0, 1)]
    match = np.empty(units, dtype=int)
    for own, other in ((arms[0], arms[1]), (arms[1], arms[0])):
        match[own] = other[cKDTree(places[other]).query(places[own])[1]]
    asked = np.ones(units) if estimand == "ATE" else t
    used = np.bincount(match, weights=asked, minlength=units)
    design, expected = with_constant(x, np.ones(units)), np.zeros((2, units))
    for arm in (0, 1):
        rows = (t == arm) & (asked + used > 0)
        expected[arm] = design @ least_squares(design[rows], y[rows], (asked + used)[rows]).coefficients
    rest = y - np.where(t == 1, expected[1], expected[0])
    effects = np.where(t == 1, y - expected[0] - rest[match], expected[1] + rest[match] - y)
    noise = np.empty(units)
    for rows in arms:
        twin = rows[cKDTree(places[rows]).query(places[rows], k=2)[1][:, 1]]
        noise[rows] = (rest[rows] - rest[twin]) ** 2 / 2
    value, total = float(np.average(effects, weights=asked)), asked.sum()
    reuse = used**2 + used if estimand == "ATE" else (1 - t) * (used**2 - used)
    return value, float(np.sqrt((asked * (effects - value) ** 2).sum() + (reuse * noise).sum()) / total)


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_matching_is_abadies_and_imbens_with_their_error(estimand: str) -> None:
    table = confounded(units=1500, treated_more=1.0)
    x = table.matrix()
    whitened = (x - x.mean(axis=0)) @ np.linalg.cholesky(np.linalg.inv(np.cov(x.T)))
    logit = fit_logistic(with_constant(x, np.ones(1500)), table.treatment).score[:, None]
    for estimator, places in ((matching_mahalanobis, whitened), (matching_propensity, logit)):
        found = estimator.estimate(table, estimand=estimand)
        value, error = abadie_imbens(table, places, estimand)
        assert found.value == pytest.approx(value, abs=1e-9)
        assert found.se == pytest.approx(error, rel=0.06)


def test_what_differs_within_matches_is_corrected() -> None:
    # In five dimensions the nearest control is still far away, always on the side of the controls.
    rng = np.random.default_rng(3)
    treatment = np.arange(600) < 150
    matrix = rng.normal(size=(600, 5)) + 0.4 * treatment[:, None]
    outcome = 2 * matrix.sum(axis=1) + treatment + rng.normal(size=600)
    found = matching_mahalanobis.estimate(as_table(matrix, treatment, outcome), estimand="ATT")
    uncorrected = outcome[treatment].mean() - np.average(outcome[~treatment], weights=found.weights[~treatment])
    assert found.low < 1.0 < found.high
    assert uncorrected > found.high


def test_too_few_matched_units_are_said() -> None:
    rng = np.random.default_rng(1)
    table = as_table(rng.normal(size=(14, 5)), np.arange(14) % 2, rng.normal(size=14))
    notes = matching_mahalanobis.estimate(table, estimand="ATE").notes
    assert "Too few treated units were used to correct matches." in notes


def test_entropy_weights_are_those_nearest_to_equal_that_reach_the_means() -> None:
    # Two values: a share q of weight on 1 must be .3 instead of .5, so weights .7 / 5 and .3 / 5.
    away = np.repeat([0.0, 1.0], 5)[:, None] - 0.3
    weights, rest = entropy_weights(away, np.ones(10))
    assert weights == pytest.approx(np.repeat([0.14, 0.06], 5)) and np.abs(rest).max() < 1e-10
    _, rest = entropy_weights(away + 1.0, np.ones(10))  # every value is above the target: nothing can reach it
    assert rest[0] > 0.5


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_entropy_balancing_is_exact_where_one_side_is_linear(estimand: str) -> None:
    # Treatment depends on a curve, the outcome is linear without noise: the answer is exact.
    rng = np.random.default_rng(2)
    matrix = rng.normal(size=(600, 3))
    treatment = rng.random(600) < 1 / (1 + np.exp(1 - matrix[:, 0] ** 2))
    table = as_table(matrix, treatment, matrix @ [1.0, -2.0, 0.5] + 3 * treatment)
    found = entropy_balancing.estimate(table, estimand=estimand)
    assert found.value == pytest.approx(3.0, abs=1e-8) and found.se < 1e-6


def test_entropy_balancing_says_what_cannot_be_balanced() -> None:
    table = confounded(units=200)
    only_treated = table.treatment * (np.arange(200) % 2)
    made = as_table(np.column_stack([table.matrix(), only_treated]), table.treatment, table.outcome)
    with pytest.raises(NotEnoughData, match=r"the mean of 'x3' stays .* standard deviations off"):
        entropy_balancing.estimate(made, estimand="ATT")


@pytest.mark.parametrize("dimensions", [2, 9])
@pytest.mark.parametrize("rounded", [False, True])
def test_the_nearest_are_the_same_by_a_tree_and_by_every_distance(dimensions: int, rounded: bool) -> None:
    rng = np.random.default_rng(6)
    asking, offered = 3 + rng.normal(size=(1300, dimensions)), 3 + 5 * rng.normal(size=(1100, dimensions))
    if rounded:  # many of them tie
        asking, offered = np.round(asking), np.round(offered)
    pairs = [set(zip(*found(asking, offered), strict=True)) for found in (nearest._by_tree, nearest._by_every_distance)]
    assert pairs[0] == pairs[1] and len(pairs[0]) >= 1300
    assert {one for one, _ in pairs[0]} == set(range(1300))
