"""Leaks: a covariate that is the treatment under another name is found, an ordinary cause is not."""

import numpy as np

from core.effects.diagnosis.leak import leak
from tests.effects.planted import as_table, confounded


def test_a_covariate_that_is_the_treatment_with_a_little_noise_is_named() -> None:
    table = confounded(units=600)
    copy = table.treatment + 0.01 * np.random.default_rng(1).normal(size=600)
    planted = as_table(np.column_stack([table.matrix(), -copy]), table.treatment, table.outcome)
    found = leak(planted)
    assert found.passed is False and [row["title"] for row in found.rows] == ["x3"]
    assert "x3 (100.0 % of pairs in order)" in found.sentence


def test_the_share_of_pairs_in_order_is_counted() -> None:
    # Treated 3 and 1, controls 2 and 0: 3>2, 3>0, 1>0 are in order and 1<2 is not, so 3 of 4.
    table = as_table(np.array([[3.0], [1.0], [2.0], [0.0]]), np.array([1, 1, 0, 0]), np.zeros(4))
    assert leak(table).passed is True
    perfect = as_table(np.array([[3.0], [2.0], [1.0], [0.0]]), np.array([1, 1, 0, 0]), np.zeros(4))
    assert leak(perfect).rows[0]["ordered_share"] == 1.0


def test_ordinary_causes_are_no_leak_and_none_is_not_a_pass() -> None:
    assert leak(confounded(units=600)).passed is True
    assert leak(as_table(np.zeros((40, 0)), np.arange(40) % 2, np.arange(40.0))).passed is None
