"""The empirical null: its maximum likelihood finds a planted systematic error, and calibration makes p-values honest."""

import numpy as np
import pytest

from core.effects.battery.empirical_null import (
    SystematicError,
    calibrated,
    left_out_p_values,
    systematic_error,
)


def test_equal_errors_have_a_closed_form() -> None:
    # With one standard error e for all, mean is the mean and spread^2 = max(0, variance - e^2).
    values = np.array([1.0, 2.0, 3.0, 6.0])  # mean 3, variance 14 / 4 = 3.5
    found = systematic_error(values, np.full(4, 0.5))
    assert found.mean == pytest.approx(3.0)
    assert found.spread == pytest.approx(np.sqrt(3.5 - 0.25), rel=1e-5)


def test_pairs_that_stray_by_chance_alone_have_no_spread() -> None:
    found = systematic_error(np.array([0.1, -0.1, 0.05, -0.05]), np.full(4, 0.2))
    assert found.spread == 0.0
    assert found.mean == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(("mean", "spread"), [(0.0, 0.0), (0.3, 0.0), (-0.2, 0.4)])
def test_a_planted_systematic_error_is_found(mean: float, spread: float) -> None:
    rng = np.random.default_rng(3)
    errors = rng.uniform(0.02, 0.2, size=4000)
    values = rng.normal(mean, np.hypot(spread, errors))
    found = systematic_error(values, errors)
    assert found.mean == pytest.approx(mean, abs=0.03)
    assert found.spread == pytest.approx(spread, abs=0.03)


def test_calibration_moves_by_the_mean_and_widens_by_the_spread() -> None:
    found = calibrated(
        10.0, 3.0, SystematicError(0.5, 1.0), scale=4.0
    )  # moved 0.5 * 4, widened 1 * 4: a 3-4-5 triangle
    assert (found.value, found.se) == (8.0, 5.0)
    assert found.low == pytest.approx(8 - 1.96 * 5, abs=1e-3)


def test_left_out_p_values_are_uniform_where_nominal_ones_are_not() -> None:
    rng = np.random.default_rng(5)
    errors = rng.uniform(0.02, 0.2, size=60)
    values = rng.normal(0.2, np.hypot(0.3, errors))
    assert (np.abs(values) > 1.96 * errors).mean() > 0.5
    assert (left_out_p_values(values, errors) < 0.05).mean() < 0.15
