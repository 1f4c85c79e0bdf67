"""The rule: found exactly, equal to looking at every tree by hand, readable, and held to a smallest leaf."""

from itertools import product

import numpy as np
import pytest

from core.effects.benefits.policy_tree import Leaf, Node, cuts_of, grow, leaves, plain, treats
from core.effects.table import Covariate

COVARIATES = tuple(Covariate(f"x{at}", f"x{at}", f"x{at}") for at in range(4))


def value_of(treated: np.ndarray, gains: np.ndarray) -> float:
    return float(gains[treated].sum())


def best_by_hand(matrix: np.ndarray, gains: np.ndarray, smallest: int) -> float:
    """The best value of any tree of at most two levels, by trying each."""
    cuts = [(np.unique(column)[1:] + np.unique(column)[:-1]) / 2 for column in matrix.T]

    def side(rows: np.ndarray) -> float:
        options = [max(gains[rows].sum(), 0.0)] if rows.sum() >= smallest else []
        for column, thresholds in enumerate(cuts):
            for threshold in thresholds:
                low = rows & (matrix[:, column] <= threshold)
                high = rows & ~low
                if min(low.sum(), high.sum()) >= smallest:
                    options.append(max(gains[low].sum(), 0) + max(gains[high].sum(), 0))
        return max(options, default=-np.inf)

    everybody = np.ones(len(gains), dtype=bool)
    found = [max(gains.sum(), 0.0)]
    for column, thresholds in enumerate(cuts):
        for threshold in thresholds:
            low = matrix[:, column] <= threshold
            found.append(side(everybody & low) + side(everybody & ~low))
    return max(found)


@pytest.mark.parametrize("seed", range(6))
def test_no_tree_by_hand_is_better(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.effects.benefits.policy_tree.EARNED", 0.0)
    rng = np.random.default_rng(seed)
    matrix = rng.integers(0, 5, (120, 3)).astype(float)
    gains = rng.normal(size=120) + (matrix[:, 0] > 2) * (matrix[:, 1] > 1)
    cuts = cuts_of(matrix)
    tree = grow(cuts, gains, np.arange(120), smallest=15)
    assert value_of(treats(tree, cuts.codes, cuts), gains) == pytest.approx(best_by_hand(matrix, gains, 15))


def test_a_planted_rule_of_two_conditions_is_found_and_told() -> None:
    rng = np.random.default_rng(0)
    matrix = rng.uniform(-1, 1, (3000, 4))
    gains = np.where((matrix[:, 1] > 0.2) & (matrix[:, 3] > -0.3), 1.0, -1.0) + rng.normal(size=3000)
    cuts = cuts_of(matrix)
    tree = grow(cuts, gains, np.arange(3000), smallest=100)
    told = list(leaves(tree, COVARIATES, matrix))
    right = (matrix[:, 1] > 0.2) & (matrix[:, 3] > -0.3)
    assert (treats(tree, cuts.codes, cuts) == right).mean() > 0.93  # thresholds stand at equal shares of the units
    treated = [rule for rule, treat, _ in told if treat]
    assert len(treated) == 1
    assert "x1 over" in treated[0] and "x3 over" in treated[0]
    assert np.sum([members for _, _, members in told], axis=0).tolist() == [1] * 3000
    for _, treat, members in told:
        assert (treats(tree, cuts.codes, cuts)[members] == treat).all()
    assert plain(tree, COVARIATES, matrix)["below"]["when"].startswith(("x1 at most", "x3 at most"))


def test_without_a_difference_everybody_or_nobody_is_treated() -> None:
    rng = np.random.default_rng(1)
    cuts = cuts_of(rng.normal(size=(500, 1)))
    assert grow(cuts, 3 + rng.normal(size=500), np.arange(500), smallest=50) == Leaf(True)
    assert grow(cuts, -3 + rng.normal(size=500), np.arange(500), smallest=50) == Leaf(False)


def test_a_leaf_is_never_smaller_than_asked() -> None:
    rng = np.random.default_rng(2)
    matrix = rng.normal(size=(400, 3))
    gains = np.where(matrix[:, 0] > 1.8, 20.0, -1.0)
    cuts = cuts_of(matrix)
    for smallest in (5, 60, 150):
        tree = grow(cuts, gains, np.arange(400), smallest=smallest)
        assert min(members.sum() for _, _, members in leaves(tree, COVARIATES, matrix)) >= smallest


def test_flags_and_levels_are_told_in_words() -> None:
    matrix = np.array(list(product((0.0, 1.0), repeat=2)) * 50)
    covariates = (Covariate("mobile", "mobile", "mobile"), Covariate("plan=gold", "plan: gold", "plan"))
    tree = Node(0, 0.5, Leaf(False), Node(1, 0.5, Leaf(False), Leaf(True)))
    told = [rule for rule, _, _ in leaves(tree, covariates, matrix)]
    assert told == ["mobile: no", "mobile: yes and not plan: gold", "mobile: yes and plan: gold"]


def test_columns_without_variation_and_none_at_all() -> None:
    gains = np.ones(100)
    for matrix in (np.zeros((100, 2)), np.zeros((100, 0))):
        assert grow(cuts_of(matrix), gains, np.arange(100), smallest=10) == Leaf(True)
