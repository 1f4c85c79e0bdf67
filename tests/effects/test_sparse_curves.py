"""Sparse curves: they find the pair that matters and no other, follow what bends, and bear columns with nothing in them."""

import numpy as np
import pytest

from core.effects.lens import Lens
from core.effects.sparse_curves import pairs_that_matter, sparse_curves
from core.effects.super_learner import bent_trees, sparse, sparse_of_both, straight, surface


def curved(units: int, draw: int = 3) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(draw).normal(size=(units, 5))
    return x, 2 * np.sin(2 * x[:, 0]) + 2 * (x[:, 1] > 0.3) * x[:, 2] + x[:, 3]


def test_they_come_nearest_to_what_bends_and_depends_on_two() -> None:
    missed: dict[str, list[float]] = {}
    for draw in range(4):
        x, truth = curved(3_000, draw)
        outcome = truth + np.random.default_rng([draw, 1]).normal(size=len(x))
        seen = Lens(x[:1_500]).see(x)
        learnt, new = seen.rows(np.arange(1_500)), seen.rows(np.arange(1_500, 3_000))
        for learn in (sparse, straight, surface, bent_trees):
            predicted = learn(learnt, outcome[:1_500], is_share=False)(new)
            missed.setdefault(learn.__name__, []).append(float(np.mean((predicted - truth[1_500:]) ** 2)))
    errors = {name: float(np.sqrt(np.mean(each))) for name, each in missed.items()}
    assert errors["sparse"] < 0.35
    assert errors["sparse"] < 0.85 * errors["bent_trees"]
    assert errors["sparse"] < 0.6 * min(errors["straight"], errors["surface"])


def test_only_the_pair_that_matters_is_found() -> None:
    x, _ = curved(2_000)
    rng = np.random.default_rng(5)
    assert pairs_that_matter(x, x[:, 1] * x[:, 2] + rng.normal(size=2_000)) == [(1, 2)]
    found = [pairs_that_matter(x, rng.normal(size=2_000)) for _ in range(30)]
    assert sum(map(bool, found)) <= 3  # one in a hundred by chance


def test_what_few_columns_hold_is_all_they_keep() -> None:
    x, _ = curved(2_000)
    found = sparse_curves(x, 3 * x[:, 3] + np.random.default_rng(6).normal(size=2_000))
    assert found.predict(np.array([[0.0, 0, 0, 1, 0]]))[0] == pytest.approx(3, abs=0.15)
    assert len(found.kept) < 25


def test_columns_without_variation_and_twins_change_nothing() -> None:
    x, truth = curved(600)
    rare = np.zeros(600)
    rare[7] = 1
    odd = np.column_stack([x, np.ones(600), x[:, 0], np.round(x[:, 1]), rare])
    outcome = truth + np.random.default_rng(7).normal(size=600)
    found = sparse_curves(odd, outcome, beside=np.zeros((600, 1)))
    assert np.isfinite(found.predict(odd, np.ones((600, 1)))).all()
    twelve = sparse_curves(x[:12], outcome[:12])
    assert np.isfinite(twelve.predict(x)).all()
    flat = sparse_curves(x, np.full(600, 2.0))
    assert flat.predict(x) == pytest.approx(np.full(600, 2.0))


def test_where_no_unit_was_they_expect_nothing_beyond_what_was_seen() -> None:
    # The product is steep towards a corner that no unit is in; followed there, the curves would expect about 24.
    rng = np.random.default_rng(8)
    x = rng.normal(size=(3_000, 3))
    outcome = 3 * x[:, 0] * x[:, 1] + rng.normal(size=3_000)
    known = (x[:, 0] < 0.8) | (x[:, 1] < 0.8)
    highest, corner = outcome[known].max(), np.array([[2.8, 2.8, 0.0]])
    lens = Lens(x[known])
    seen, new = lens.see(x[known]), lens.see(corner)
    assert sparse_curves(seen.scaled, outcome[known]).predict(new.scaled)[0] > highest
    assert sparse(seen, outcome[known], is_share=False)(new)[0] == pytest.approx(highest)
    arms = (x[known][:, 2] > 0).astype(float)
    assert sparse_of_both(seen, arms, outcome[known], is_share=False)(new, 1)[0] <= highest
