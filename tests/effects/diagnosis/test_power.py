"""The smallest effect that would be seen is the textbook's, and seen it is, 4 times in 5."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from core.effects.diagnosis.power import detectable, error_without_effect, power, units_needed
from core.effects.estimate import Estimate
from core.effects.estimators import raw
from tests.effects.planted import as_table, confounded


def headline(value: float, se: float, unit: str | None = None) -> Estimate:
    return Estimate("aipw", "AIPW", "ATE", value, se, (1, 1), 0.1, np.zeros(4), np.ones(4), unit=unit)


def test_the_minimal_detectable_effect_is_the_textbooks() -> None:
    # (z_.975 + z_.80) * sigma * sqrt(1 / (n p (1 - p))): Bloom (1995)
    rng = np.random.default_rng(0)
    treated = np.arange(10_000) < 2500
    outcome = rng.normal(50, 10, 10_000)
    table = as_table(np.zeros((10_000, 0)), treated, outcome)
    textbook = (norm.ppf(0.975) + norm.ppf(0.8)) * outcome.std() * np.sqrt(1 / (10_000 * 0.25 * 0.75))
    assert detectable(error_without_effect(table)) == pytest.approx(textbook, rel=0.02)
    assert detectable(1.0) == pytest.approx(2.8016, abs=1e-4)


def test_an_effect_of_that_size_is_seen_four_times_in_five() -> None:
    rng = np.random.default_rng(1)
    treated = np.arange(800) < 300
    size = detectable(error_without_effect(as_table(np.zeros((800, 0)), treated, rng.normal(size=800))))
    assert size is not None
    seen = 0
    for _ in range(300):
        found = raw.estimate(as_table(np.zeros((800, 0)), treated, rng.normal(size=800) + size * treated))
        seen += found.low > 0
    assert 0.72 <= seen / 300 <= 0.88


def test_units_of_one_user_count_for_less() -> None:
    # Every user ten times over: the effective number is that of the users, so the error is sqrt(10) times larger.
    rng = np.random.default_rng(2)
    outcome, treated = np.repeat(rng.normal(size=500), 10), np.repeat(np.arange(500) < 250, 10)
    alone = as_table(np.zeros((5000, 0)), treated, outcome)
    grouped = as_table(np.zeros((5000, 0)), treated, outcome, users=np.arange(5000) // 10)
    assert error_without_effect(grouped) == pytest.approx(np.sqrt(10) * error_without_effect(alone), rel=0.01)


def test_half_the_effect_takes_four_times_the_units() -> None:
    assert units_needed(0.5, 1000, 1.0) == 4000
    found = power(confounded(units=1000), headline(0.0, 0.2))
    by_share = {row["relative"]: row for row in found.rows}
    assert by_share[0.05]["units"] == pytest.approx(4 * by_share[0.1]["units"], abs=4)


@pytest.mark.parametrize(
    ("value", "se", "passed", "words"),
    [
        (1.0, 0.1, True, "excludes 0"),
        (0.01, 0.01, True, "small enough"),
        (0.0, 0.2, None, "small enough"),
        (0.0, 2.0, False, "hardly see anything"),
    ],
)
def test_power_can_pass_fail_and_leave_it_open(value: float, se: float, passed: bool | None, words: str) -> None:
    found = power(confounded(units=1000), headline(value, se))
    assert found.passed is passed and words in found.sentence


def test_what_cannot_be_told_is_not_a_pass() -> None:
    table = confounded(units=200)
    assert power(table, headline(1.0, float("nan"))).passed is None
    days = power(table, headline(0.0, 0.5, "days"))
    assert days.unit == "days" and days.before is None and days.after_relative is None and days.passed is None
    arms = replace(table, treatment_kind="arms", arms=("a", "b"))
    assert power(arms, headline(0.0, 0.2)).after_relative is None
