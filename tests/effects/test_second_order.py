"""What both nuisances miss together is found where there is something, is nothing where there is not, and says its error."""

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from core.effects import second_order
from core.effects.doubly_robust import Fitted, corrected, scored
from core.effects.nuisances import Nuisances
from core.effects.sampling_odds import odds_of_sampling
from core.effects.second_order import Axes, missed_together
from core.effects.sparse_curves import curves_and_pairs
from core.effects.table import WEIGHT
from tests.benchmarks.bench_coverage import curved, linear
from tests.effects.planted import as_table

Estimand = Literal["ATE", "ATT", "ATO"]


def test_it_is_the_sum_over_pairs_of_units_of_different_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_order, "HEAVY", 1e12)  # every column is counted whole
    rng = np.random.default_rng(0)
    x, users = rng.normal(size=(90, 2)), np.repeat(np.arange(45), 2)
    own = rng.random(90) < 0.6
    likely, excess, surprise = rng.uniform(0.3, 0.7, size=90), rng.normal(size=90), rng.normal(size=90)
    columns = curves_and_pairs(x, [(0, 1)], int(own.sum()) // 5)
    assert columns is not None and columns.shape[1] >= 4
    inverse = np.linalg.inv((columns * likely[:, None]).T @ columns / 90)
    pair = (excess[:, None] * (columns @ inverse @ columns.T)) * (own * surprise)
    pair[users[:, None] == users] = 0
    found = missed_together(Axes(x, [(0, 1)]), users, own, likely, excess, surprise)
    assert found.value == pytest.approx(pair.sum() / 90**2, rel=1e-2)
    of_users = pair.reshape(45, 2, 45, 2).sum(axis=(1, 3))
    loops = ((of_users**2).sum() + (of_users * of_users.T).sum()) / 90**4
    assert found.twice == pytest.approx(loops, rel=1e-2)
    of_each = (of_users.sum(axis=0) + of_users.sum(axis=1)) / 90
    assert found.influence.reshape(45, 2).sum(axis=1) == pytest.approx(of_each - of_each.mean(), rel=1e-2, abs=1e-6)


@pytest.mark.parametrize("estimand", ["ATE", "ATT", "ATO"])
def test_nuisances_that_miss_what_can_be_seen_are_put_right(estimand: Estimand) -> None:
    # Nothing was learnt at all, so the score is the raw difference; what both miss lies along straight lines.
    away: list[tuple[float, float]] = []
    for draw in range(10):
        table, effect, _ = linear(np.random.default_rng([draw, 3]), 2_000)
        flat = np.full(table.units, table.treatment.mean())
        means = [np.full(table.units, table.outcome[table.treatment == arm].mean()) for arm in (0, 1)]
        nothing = Fitted(flat, means[0], means[1])
        axes = Axes(table.matrix(), [])
        away.append(
            (scored(table, nothing, estimand).value - effect, corrected(table, nothing, estimand, axes).value - effect)
        )
    before, after = np.array(away).mean(axis=0)
    assert before > 0.7
    assert abs(after) < 0.25 * before  # columns that are counted less than whole leave a part


def test_units_that_were_sampled_are_put_right_as_all_of_them_are() -> None:
    # Few are treated, and an eighth of the others stands for all: what is missed is as large as it was, not many times.
    away: list[tuple[float, float]] = []
    for draw in range(10):
        rng = np.random.default_rng([draw, 5])
        table, effect, _ = linear(rng, 20_000)
        table = table.only_units((table.treatment == 0) | (rng.random(20_000) < 1 / 20), "as they are")
        kept = (table.treatment == 1) | (rng.random(table.units) < 1 / 8)
        stands = np.where(table.treatment == 1, 1.0, 8.0)[kept]
        sampled = table.only_units(kept, "kept")
        sampled = replace(sampled, frame=sampled.frame.assign(**{WEIGHT: stands}))
        flat = np.full(sampled.units, table.treatment.mean())
        means = [np.full(sampled.units, table.outcome[table.treatment == arm].mean()) for arm in (0, 1)]
        nothing = Fitted(flat, means[0], means[1], odds_of_sampling(sampled))
        both = scored(sampled, nothing, "ATE"), corrected(sampled, nothing, "ATE", Axes(sampled.matrix(), []))
        away.append((both[0].value - effect, both[1].value - effect))
    before, after = np.array(away).mean(axis=0)
    assert before > 0.7 and abs(after) < 0.25 * before


def test_where_both_are_right_it_moves_the_value_by_chance_alone_and_says_by_how_much() -> None:
    moved = []
    for draw in range(60):
        table, _, truth = linear(np.random.default_rng([draw, 4]), 800)
        found = corrected(table, truth, "ATE", Axes(table.matrix(), [(0, 1)]))
        moved.append((found.value - scored(table, truth, "ATE").value) / found.twice**0.5)
    assert abs(np.mean(moved)) < 3.3 / 60**0.5
    assert 0.75 < np.std(moved) < 1.35


def test_confounding_that_bends_and_depends_on_two_leaves_less_bias() -> None:
    first, second, errors = [], [], []
    for draw in range(8):
        table, _, truth = curved(np.random.default_rng([draw, 6]), 2_000)
        fits, best = Nuisances(table, seed=draw, splits=1), scored(table, truth, "ATE").value
        learnt = Fitted.of(fits, 0, "ATE")
        found = corrected(table, learnt, "ATE", fits.axes)
        assert {(1, 2)} <= set(fits.axes.pairs)
        first.append(scored(table, learnt, "ATE").value - best)
        second.append(found.value - best)
        errors.append(found.twice**0.5)
    assert np.mean(first) > 0.02  # about two thirds of the standard error
    assert abs(np.mean(second)) < 0.6 * np.mean(first)
    assert 0 < np.mean(errors) < 0.03


def test_the_error_is_never_smaller_than_without_the_correction() -> None:
    ratios = []
    for draw in range(40):
        rng = np.random.default_rng([draw, 8])
        x = rng.normal(size=(60, 2))
        table = as_table(x, rng.random(60) < 0.5, rng.normal(size=60) ** 3)
        given = Fitted(np.clip(rng.random(60), 0.05, 0.95), np.zeros(60), np.zeros(60))
        before, after = scored(table, given, "ATE"), corrected(table, given, "ATE", Axes(x, [(0, 1)]))
        ratios.append(after.error(table.clusters) / before.error(table.clusters))
    assert min(ratios) == pytest.approx(1)  # chance that is counted twice outweighs it in some draws
    assert max(ratios) > 1.01


@pytest.mark.parametrize("units", [4, 12, 30])
def test_few_units_and_columns_that_do_not_vary_are_borne(units: int) -> None:
    rng = np.random.default_rng(units)
    x = np.column_stack([rng.normal(size=units), np.ones(units), rng.random(units) < 0.5])
    table = as_table(x, np.arange(units) % 2, rng.normal(size=units))
    given = Fitted(np.full(units, 0.5), np.zeros(units), np.zeros(units))
    assert np.isfinite(corrected(table, given, "ATE", Axes(x, [(0, 2)])).value)
    assert np.isfinite(corrected(table, given, "ATE", Axes(np.zeros((units, 0)), [])).value)


def test_columns_fill_the_room_there_is_and_the_least_sure_pair_goes_first() -> None:
    x = np.random.default_rng(1).normal(size=(500, 4))
    whole = curves_and_pairs(x, [(0, 1), (2, 3)], 400)
    assert whole is not None and 350 < whole.shape[1] <= 400
    little = curves_and_pairs(x, [(0, 1), (2, 3)], 30)
    one = curves_and_pairs(x, [(0, 1)], 30)
    assert little is not None and one is not None and np.array_equal(little, one)
    assert curves_and_pairs(x, [(0, 1)], 8) is None
