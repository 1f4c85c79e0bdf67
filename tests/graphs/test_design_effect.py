"""Rows of one user count for what they are worth: not one each, not one together, unless they are alike."""

import numpy as np
import pytest

from core.graphs.sufficient import Embedded, design_effect

CLUSTERS = np.repeat(np.arange(1600), 5)


def test_rows_that_do_not_resemble_each_other_count_one_each() -> None:
    matrix = np.random.default_rng(0).normal(size=(8000, 6))
    assert design_effect(matrix, CLUSTERS) == pytest.approx(1, abs=0.08)


def test_rows_that_repeat_count_once_a_cluster() -> None:
    matrix = np.repeat(np.random.default_rng(0).normal(size=(1600, 6)), 5, axis=0)
    assert design_effect(matrix, CLUSTERS) == pytest.approx(5)
    embedded = Embedded(tuple("abcdef"), matrix, tuple(np.array([column]) for column in range(6)), CLUSTERS)
    assert embedded.units == embedded.moments().units == 1600
    assert embedded.draw(1).correlation.shape == (6, 6)


def test_half_alike_is_between() -> None:
    chance = np.random.default_rng(0)
    own = np.repeat(chance.normal(size=(1600, 6)), 5, axis=0)
    assert 1.2 < design_effect(own + chance.normal(size=(8000, 6)), CLUSTERS) < 3


def test_without_clusters_rows_count() -> None:
    matrix = np.random.default_rng(0).normal(size=(100, 2))
    assert Embedded(("a", "b"), matrix, (np.array([0]), np.array([1]))).units == 100
