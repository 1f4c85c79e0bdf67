"""Time to the outcome: Kaplan-Meier by hand and by statsmodels, planted differences, censoring that knows the covariates."""

from dataclasses import replace

import numpy as np
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from core.effects.censoring import censoring_weights
from core.effects.estimators.survival import estimate
from core.effects.survival_curves import follow_up, pseudo_values
from core.effects.table import EVENT_DAYS, FOLLOWED_DAYS, WEIGHT, AnalysisTable
from core.errors import NotEnoughData
from core.storage.workspace import jsonable
from tests.effects.planted import as_table

WINDOW = 14.0
SPEED = 0.5  # the treatment multiplies the hazard by exp(0.5)


def timed(
    table: AnalysisTable, event: np.ndarray, followed: np.ndarray, window: float | None = WINDOW
) -> AnalysisTable:
    seen = np.where(event <= np.minimum(followed, window or np.inf), event, np.nan)
    return replace(table, frame=table.frame.assign(**{EVENT_DAYS: seen, FOLLOWED_DAYS: followed}), window_days=window)


def waiting(units: int = 1500, *, speed: float = SPEED, lost: str = "nobody", seed: int = 0) -> AnalysisTable:
    """Exponential times; x0 and x1 raise both hazard and treatment. Lost: "nobody", "anybody", "hurried" (high x0)."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(units, 3))
    treated = rng.random(units) < 1 / (1 + np.exp(-0.7 * (x[:, 0] + x[:, 1])))
    event = rng.exponential(size=units) / np.exp(-2.5 + 0.5 * x[:, 0] + 0.3 * x[:, 1] + speed * treated)
    followed = {
        "nobody": np.full(units, 20.0),
        "anybody": rng.uniform(3, 40, units),
        "hurried": rng.exponential(size=units) * np.exp(2.7 - 0.6 * x[:, 0]),
    }[lost]
    return timed(as_table(x, treated, event < WINDOW), event, followed)


def mean_days(treated: int, speed: float = SPEED) -> float:
    rng = np.random.default_rng(1)
    hazard = np.exp(-2.5 + 0.5 * rng.normal(size=200_000) + 0.3 * rng.normal(size=200_000) + speed * treated)
    return float(((1 - np.exp(-hazard * WINDOW)) / hazard).mean())  # E min(T, window) of an exponential time


TRUTH = mean_days(1) - mean_days(0)  # about -1.84 days


def test_kaplan_meier_by_hand() -> None:
    # Outcomes at days 1 and 3, lost at day 2, followed to 4: S(1) = 3/4, S(3) = 3/4 * 1/2. Mean to day 4:
    # 1 + 2 * 3/4 + 1 * 3/8 = 2.875.
    table = timed(as_table(np.zeros((8, 0)), np.repeat([1, 0], 4), np.zeros(8)),
                  np.tile([1.0, 9, 3, 9], 2), np.tile([4.0, 2, 4, 4], 2), None)  # fmt: skip
    given = follow_up(table)
    values = pseudo_values(given, table.treatment == 1, np.ones(8))
    constant, lengths = given.mean_days()
    assert given.times.tolist() == [1, 3] and given.horizon == 4 and given.censored.sum() == 2
    assert values.mean(axis=0) == pytest.approx([0.75, 0.375])
    assert constant + values.mean(axis=0) @ lengths == pytest.approx(2.875)


def test_curves_without_covariates_equal_statsmodels_kaplan_meier() -> None:
    table = replace(waiting(400, lost="anybody"), covariates=())
    given = follow_up(table)
    chosen = table.treatment == 1
    peer = SurvfuncRight(given.ended[chosen], given.had[chosen].astype(int))
    values, own = pseudo_values(given, chosen, np.ones(400)), given.exact
    expected = peer.surv_prob[np.searchsorted(peer.surv_times, given.times, side="right") - 1]
    close = 0.02 if not own else 1e-9  # times are thinned beyond a hundred
    assert np.abs(values.mean(axis=0) - expected)[given.times >= peer.surv_times[0]].max() < close


@pytest.mark.parametrize("lost", ["nobody", "anybody"])
def test_a_planted_difference_in_days_is_found_where_the_raw_one_misses_it(lost: str) -> None:
    found = estimate(waiting(lost=lost), seed=0)
    assert found.details["unadjusted"]["high"] < TRUTH - 0.3
    assert found.low < TRUTH < found.high and found.se < 0.4
    assert found.estimand == "RMTL" and found.unit == "days"
    first, last = (arm["value"] for arm in found.details["arms"])
    assert last - first == pytest.approx(found.value)
    for arm, curve in enumerate(found.details["curves"]):
        assert curve["rows"][0]["value"] == 1 and curve["rows"][-1]["days"] == WINDOW and curve["arm"] == arm
    assert jsonable(found.plain()) == found.plain() and abs(found.influence.mean()) < 1e-9


def test_nothing_is_found_where_nothing_was_planted() -> None:
    found = estimate(waiting(speed=0.0, seed=2), seed=0)
    assert found.low < 0 < found.high
    assert found.details["risk_difference"]["low"] < 0 < found.details["risk_difference"]["high"]


def test_loss_that_knows_the_covariates_is_noticed_and_weighted_for() -> None:
    # Those with high x0 have the outcome soon and are lost soon: the plain curve stays too high, the weighted one not.
    table = waiting(6000, lost="hurried", seed=1)
    given = follow_up(table)
    kept, chance = censoring_weights(table, given)
    assert kept is not None and chance is not None and chance < 1e-6
    chosen = table.treatment == 0
    whole = follow_up(waiting(6000, seed=1)).ended[chosen] > given.times[-1]
    plain, weighted = (pseudo_values(given, chosen, np.ones(6000), each).mean(axis=0)[-1] for each in (None, kept))
    assert plain - whole.mean() > 0.03 and abs(weighted - whole.mean()) < 0.02
    assert any("depended on covariates and is weighted for" in note for note in estimate(table, seed=0).notes)


def test_loss_by_chance_needs_no_weights() -> None:
    table = waiting(lost="anybody")
    kept, chance = censoring_weights(table, follow_up(table))
    assert kept is None and chance is not None and chance > 0.05


def test_units_that_stand_for_two_count_twice() -> None:
    table = waiting(140)
    rows = np.arange(140) % 3 > 0
    weighted = replace(table, frame=table.frame.assign(**{WEIGHT: np.where(rows, 2.0, 1.0)}), covariates=())
    repeated = replace(
        table,
        frame=table.frame.loc[np.repeat(np.arange(140), np.where(rows, 2, 1))].reset_index(drop=True),
        covariates=(),
    )
    one, two = (estimate(each).details["unadjusted"] for each in (weighted, repeated))
    assert one["value"] == pytest.approx(two["value"]) and one["se"] == pytest.approx(two["se"], rel=1e-6)


def test_a_handful_of_outcomes_is_refused() -> None:
    table = waiting(300)
    with pytest.raises(NotEnoughData, match="units had the outcome within 14 days; a curve needs 10"):
        estimate(timed(table, np.full(300, 99.0), np.full(300, 20.0)))
