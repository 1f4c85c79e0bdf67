"""Uptake after time zero: strategies by clone, censor and weight, and per protocol, where counting as taken misleads."""

from dataclasses import replace

import numpy as np
import pytest

from core.effects.estimators import clone_censor_weight, per_protocol
from core.effects.hazard import fit_hazard
from core.effects.strategies import starting, staying_out, times_of, uptake_hazard
from core.effects.table import EVENT_DAYS, FOLLOWED_DAYS, UPTAKE_DAYS, WEIGHT, AnalysisTable
from core.errors import BadSpec, NotEnoughData
from core.storage.workspace import jsonable
from tests.effects.planted import as_table

GRACE, WINDOW, RATE = 2.0, 7.0, float(np.exp(-1.2))


class Shop:
    """x0 hurries uptake and purchase, x1 uptake only (both times `follows`); after uptake a unit's hazard of purchase is
    exp(`effect`) times what it was. Who buys never takes up after."""

    def __init__(self, units: int, effect: float, seed: int, follows: float = 1.0) -> None:
        self.rng = np.random.default_rng(seed)
        self.x = self.rng.normal(size=(units, 2))
        self.effect, self.waiting = effect, self.rng.exponential(size=units)
        self.hazard = np.exp(-2.3 + 0.6 * self.x[:, 0])
        self.uptake_rate = RATE * np.exp(follows * (0.6 * self.x[:, 0] + 0.3 * self.x[:, 1]))

    def bought(self, uptake: np.ndarray) -> np.ndarray:
        """When each unit buys, had it taken up at that moment."""
        left = self.waiting - self.hazard * uptake
        return np.where(left < 0, self.waiting / self.hazard, uptake + left / (self.hazard * np.exp(self.effect)))

    def uptake(self, earliest: float = 0.0) -> np.ndarray:
        return earliest + self.rng.exponential(size=len(self.x)) / self.uptake_rate

    def table(self, uptake: np.ndarray, treated: np.ndarray, grace: float) -> AnalysisTable:
        event = self.bought(uptake)
        seen = (uptake < event) & (uptake <= WINDOW)
        made = as_table(self.x, treated & (uptake < event), event <= WINDOW, unit="share")
        frame = made.frame.assign(
            **{
                UPTAKE_DAYS: np.where(seen, uptake, np.nan),
                EVENT_DAYS: np.where(event <= WINDOW, event, np.nan),
                FOLLOWED_DAYS: WINDOW + 1,
            }
        )
        return replace(made, frame=frame, window_days=WINDOW, grace_days=grace)


def grace_period(units: int = 2500, *, effect: float = 0.7, seed: int = 0) -> AnalysisTable:
    shop = Shop(units, effect, seed)
    uptake = shop.uptake()
    return shop.table(uptake, uptake <= GRACE, GRACE)


def truth_of_strategies(effect: float) -> float:
    """Share of buyers when all start within the grace period, like an average unit, less when none does."""
    shop = Shop(200_000, effect, 99)
    start = -np.log1p(shop.rng.random(200_000) * np.expm1(-RATE * GRACE)) / RATE
    return float((shop.bought(start) <= WINDOW).mean() - (shop.bought(shop.uptake(GRACE)) <= WINDOW).mean())


def late_takers(units: int = 2500, *, effect: float = 0.7, seed: int = 0, follows: float = 1.0) -> AnalysisTable:
    """Half by a coin that knows x0 take up at time zero; many others do later, and more so with high x0."""
    shop = Shop(units, effect, seed, follows)
    treated = shop.rng.random(units) < 1 / (1 + np.exp(-0.5 * shop.x[:, 0]))
    return shop.table(np.where(treated, 0.0, shop.uptake()), treated, 0.0)


def test_a_hazard_without_covariates_is_events_over_days() -> None:
    # Days at risk 1 + 2 + 3 + 4 = 10, two events: 0.2 a day. With an edge at 2: (1 event in 7 days, 1 in 3).
    until, happened = np.array([1.0, 2, 3, 4]), np.array([True, False, True, False])
    one = fit_hazard(np.zeros((4, 0)), until, happened, np.array([0.0, 4.0]), np.ones(4))
    two = fit_hazard(np.zeros((4, 0)), until, happened, np.array([0.0, 2.0, 4.0]), np.ones(4))
    assert one.rates == pytest.approx([0.2]) and two.rates == pytest.approx([1 / 7, 1 / 3])
    assert one.base(np.array([3.0])) == pytest.approx([0.6])


def test_a_planted_hazard_ratio_is_found() -> None:
    shop = Shop(4000, 0.0, 1)
    fit = fit_hazard(shop.x, *_ended(shop), np.array([0.0, 1.0, 3.0]), np.ones(4000))
    error = np.sqrt((fit.influence**2).sum(axis=0)) / 4000
    assert np.abs(fit.slopes - [0.6, 0.3]) @ (1 / error[-2:]) < 6 and error.max() < 0.1
    assert abs(fit.influence.mean()) < 1e-9


def _ended(shop: Shop) -> tuple[np.ndarray, np.ndarray]:
    uptake = shop.uptake()
    return np.minimum(uptake, 3.0), uptake <= 3


def test_counting_as_taken_hurts_a_treatment_without_effect_and_cloning_does_not() -> None:
    found = clone_censor_weight.estimate(grace_period(effect=0.0))
    assert found.details["as_taken"]["high"] < -0.02  # buyers had no time left to take up
    assert found.low < 0 < found.high and found.se < 0.025
    assert jsonable(found.plain()) == found.plain()


def test_the_difference_between_strategies_is_found() -> None:
    truth = truth_of_strategies(0.7)
    found = clone_censor_weight.estimate(grace_period(seed=3))
    assert truth > 0.09 and found.low < truth < found.high
    assert found.details["as_taken"]["high"] < truth
    assert found.details["strategies"]["treated"]["effective_units"] > 300
    last = found.details["curve"][-1]
    assert last["treated"] - last["control"] == pytest.approx(found.value)


def test_every_strategys_weights_stand_for_all_units() -> None:
    table = grace_period(6000)
    times = times_of(table)
    fit = uptake_hazard(table, times, 0.0, GRACE)
    for kept in (starting(fit, times, GRACE), staying_out(fit, times, 0.0, GRACE)):
        assert kept.weights.mean() == pytest.approx(1, abs=0.05)
        average = np.average(table.matrix(), axis=0, weights=kept.weights)
        assert np.abs(average - table.matrix().mean(axis=0)).max() < 0.08


def test_amounts_are_compared_too() -> None:
    # What units spend does not stop them from taking up; uptake adds 1 for everybody.
    table = grace_period(seed=2)
    uptake = table.frame[UPTAKE_DAYS].to_numpy()
    spent = table.matrix()[:, 0] + (uptake <= GRACE) + table.frame["unit_id"].to_numpy() % 2
    paid = replace(table, frame=table.frame.assign(outcome=spent).drop(columns=EVENT_DAYS), outcome_unit="EUR")
    found = clone_censor_weight.estimate(paid)
    assert found.low < 1 < found.high and found.details["curve"] == []


def test_controls_who_go_over_dilute_the_effect_and_per_protocol_undoes_that() -> None:
    shop = Shop(200_000, 0.7, 98)
    truth = float(
        (shop.bought(np.zeros(200_000)) <= WINDOW).mean() - (shop.bought(np.full(200_000, 99.0)) <= WINDOW).mean()
    )
    found = per_protocol.estimate(late_takers(4000, seed=1))
    plain = found.details["intention_to_treat"]
    assert plain["high"] < truth and found.details["deviated"] > 500
    assert found.low < truth < found.high and found.value > plain["value"] + 0.02
    assert any("are censored there" in note for note in found.notes)
    assert not any("Few stand for many" in note for note in found.notes)
    thin = per_protocol.estimate(late_takers(2500, seed=2))  # 465 controls, worth 154
    assert any("Few stand for many" in note and "control strategy" in note for note in thin.notes)
    assert jsonable(found.plain()) == found.plain()


def test_per_protocol_finds_nothing_where_nothing_was_planted() -> None:
    found = per_protocol.estimate(late_takers(effect=0.0, seed=5))
    assert found.low < 0 < found.high


@pytest.mark.parametrize(("module", "made"), [(clone_censor_weight, grace_period), (per_protocol, late_takers)])
def test_users_and_units_that_stand_for_many(module, made) -> None:  # type: ignore[no-untyped-def]
    table = made(600)
    one = module.estimate(table)
    twice = replace(table, frame=table.frame.loc[np.repeat(np.arange(600), 2)].reset_index(drop=True))
    counted = replace(table, frame=table.frame.assign(**{WEIGHT: 2.0}))
    for other in (twice, counted):
        found = module.estimate(other)
        assert found.value == pytest.approx(one.value, rel=0.02)
        assert found.se == pytest.approx(one.se, rel=0.02)
    assert abs(one.influence.mean()) < 1e-6


def test_what_cannot_be_answered_is_refused() -> None:
    with pytest.raises(BadSpec, match="needs a grace period"):
        clone_censor_weight.estimate(replace(grace_period(200), grace_days=None))
    with pytest.raises(NotEnoughData, match="5 of 200 units take up offer within 2 days"):
        table = grace_period(200)
        few = np.where(np.arange(200) < 5, 0.1, np.nan)
        clone_censor_weight.estimate(replace(table, frame=table.frame.assign(**{UPTAKE_DAYS: few, EVENT_DAYS: np.nan})))
    with pytest.raises(BadSpec, match="must reach beyond the grace period"):
        per_protocol.estimate(replace(late_takers(200), window_days=0.0))
