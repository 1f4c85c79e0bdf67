"""Independence given others: the right size where the answer is known, and few false alarms where there is nothing."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.graphs.check.moments import BatchTester
from core.graphs.check.residuals import Left, RowTester
from core.graphs.sufficient import embed
from core.graphs.variables import variables_of_frame

Make = Callable[[np.random.Generator, int], pd.DataFrame]


def left(frame: pd.DataFrame, clusters: pd.Series | None = None) -> Left:
    """What is left between the first two columns, given the others."""
    table = variables_of_frame(frame, "", clusters=clusters)
    return RowTester(table, embed(table)).test(0, 1, tuple(range(2, frame.shape[1])))


def chance(logit: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return (rng.random(len(logit)) < 1 / (1 + np.exp(-logit))).astype(int)


def test_the_partial_correlation_of_normal_numbers() -> None:
    rng = np.random.default_rng(0)
    c = rng.normal(size=20_000)
    a = c + rng.normal(size=20_000)
    b = c + 0.5 * a + rng.normal(size=20_000)
    # b given c is 0.5 of a's own noise plus 1 of its own: 0.5 / √(0.25 + 1)
    found = left(pd.DataFrame({"a": a, "b": b, "c": c}))
    assert found.effect == pytest.approx(0.5 / 1.25**0.5, abs=0.02)
    assert found.low < found.effect < found.high
    assert found.high - found.low == pytest.approx(2 * 1.96 * (1 - 0.2) / 20_000**0.5, rel=0.15)


def both_rare(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    c = rng.normal(size=rows)
    return pd.DataFrame({"a": chance(2 * c - 4, rng), "b": chance(2 * c - 4, rng), "c": c})


def never_met(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    return pd.DataFrame({"a": chance(np.full(rows, -3.5), rng), "b": chance(np.full(rows, -3.5), rng)})


def three_causes(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    c = rng.normal(size=(rows, 3))
    counted = rng.poisson(np.exp(c @ [0.5, 0.5, 0.4]))
    return pd.DataFrame({"a": counted, "b": chance(c @ [1, 0.7, 1] - 2, rng), "c": c[:, 0], "d": c[:, 1], "e": c[:, 2]})


def u_shaped(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    c = rng.normal(size=rows)
    return pd.DataFrame({"a": c**2 + rng.normal(size=rows), "b": np.abs(c) + rng.normal(size=rows), "c": c})


def of_categories(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    c = rng.integers(0, 3, rows)
    place = np.where(rng.random(rows) < 0.5, c, rng.integers(0, 4, rows))
    return pd.DataFrame({"a": pd.Series(place).map(str), "b": c + rng.normal(size=rows), "c": pd.Series(c).map(str)})


@pytest.mark.parametrize("make", [both_rare, never_met, three_causes, u_shaped, of_categories])
def test_few_false_alarms_where_the_given_separates(make: Make) -> None:
    found = [left(make(np.random.default_rng(seed), 1500)) for seed in range(60)]
    alarms = sum(each.p_value < 0.05 for each in found)
    assert stats.binom.sf(alarms - 1, 60, 0.05) > 0.001, f"{alarms} of 60 at 5 %"


def test_a_straight_line_would_leave_an_association_that_is_none() -> None:
    frame = both_rare(np.random.default_rng(1), 10_000)
    straight = BatchTester(embed(variables_of_frame(frame, "")).moments()).test([(0, 1, (2,))])
    assert straight.sizes[0] > 0.05
    assert abs(left(frame).effect) < 0.03


@pytest.mark.parametrize("make", [three_causes, of_categories])
def test_an_association_that_remains_is_seen(make: Make) -> None:
    rng = np.random.default_rng(2)
    frame = make(rng, 1500)
    frame["b"] = frame["b"] + 0.8 * (frame["a"].astype(float) > 1)
    found = left(frame)
    assert found.p_value < 1e-4
    assert 0.1 < abs(found.effect) < 0.6
    assert found.low < abs(found.effect) < found.high or found.low < found.effect < found.high


def test_repeated_rows_of_a_user_are_no_new_evidence() -> None:
    rng = np.random.default_rng(3)
    once = pd.DataFrame(rng.normal(size=(400, 2)), columns=["a", "b"])
    often = pd.concat([once] * 9, ignore_index=True)
    users = pd.Series(np.tile(np.arange(400), 9))
    assert left(often, users).p_value == pytest.approx(left(once).p_value, abs=0.05)
    assert left(often).p_value < left(often, users).p_value


def test_what_its_causes_determine_leaves_nothing_to_tell() -> None:
    c = np.arange(200.0)
    found = left(pd.DataFrame({"a": c + 0.0, "b": np.random.default_rng(0).normal(size=200), "c": c}))
    assert found.p_value == 1.0
    assert found.power(0.1) < 0.1


def test_many_tests_at_once_equal_one_by_one() -> None:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.normal(size=(500, 4)) @ rng.normal(size=(4, 4)), columns=list("abcd"))
    frame["e"] = pd.Series(rng.integers(0, 3, 500)).map(str)
    moments = embed(variables_of_frame(frame, "")).moments()
    tests = [(0, 1, ()), (0, 1, (2, 3)), (0, 4, (1,)), (2, 3, (4,))]
    tested = BatchTester(moments).test(tests)
    for number, (one, other, given) in enumerate(tests):
        alone = moments.association(one, other, given)
        assert tested.p_values[number] == pytest.approx(alone.p_value, abs=0.01)
        if alone.degrees == 1:
            assert tested.sizes[number] == pytest.approx(abs(alone.effect), abs=1e-9)
