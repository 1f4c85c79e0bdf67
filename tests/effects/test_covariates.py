"""Columns for regressions: levels, gaps, and no column that repeats others."""

import numpy as np
import pandas as pd
import pytest

from core.effects.covariates import Column, independent, number_columns, text_columns
from core.effects.table import Covariate


def column(name: str, values: list[float]) -> Column:
    return Column(Covariate(name, name.title(), "group"), np.array(values))


def test_the_most_frequent_level_is_the_reference() -> None:
    made = text_columns(pd.Series(["a", "b", "a", None, "c", "a"]), "city", "City", "city")
    assert {each.covariate.name: list(each.values) for each in made} == {
        "city=b": [0, 1, 0, 0, 0, 0],
        "city=c": [0, 0, 0, 0, 1, 0],
        "city:missing": [0, 0, 0, 1, 0, 0],
    }


def test_rare_levels_share_a_column_and_an_id_gets_none() -> None:
    # 300 rows: "a" and "b" cover half each but for two rows, which are under 1 %.
    made = text_columns(pd.Series(["a"] * 150 + ["b"] * 148 + ["x", "y"]), "city", "City", "city")
    assert [each.covariate.name for each in made] == ["city=b", "city:other"]
    assert made[1].values.sum() == 2
    assert text_columns(pd.Series([f"id {number}" for number in range(300)]), "city", "City", "city") == []


def test_at_most_ten_levels_get_a_column() -> None:
    made = text_columns(pd.Series([f"level {number % 15:02d}" for number in range(300)]), "city", "City", "city")
    assert len(made) == 9 + 1  # ten levels less the reference, and "other"
    assert made[-1].values.sum() == 5 * 20


def test_a_level_called_missing_is_not_a_missing_value() -> None:
    made = text_columns(pd.Series(["a", "a", "missing", None]), "city", "City", "city")
    assert [each.covariate.name for each in made] == ["city=missing", "city:missing"]


def test_a_column_without_numbers_is_marked_as_missing_everywhere() -> None:
    made = number_columns(pd.Series([None, None], dtype=float), "age", "Age", "age")
    assert [list(each.values) for each in made] == [[0, 0], [1, 1]]


def test_constants_and_repetitions_are_left_out_and_said() -> None:
    columns = [
        column("a", [1, 2, 3, 5]),
        column("one", [1, 1, 1, 1]),
        column("b", [0, 1, 0, 1]),
        column("a and b", [3, 7, 7, 13]),  # 2 a + 2 b + 1
        column("again", [-1, -2, -3, -5]),
    ]
    kept, notes = independent(columns)
    assert [each.covariate.name for each in kept] == ["a", "b"]
    assert notes == (
        "Left out because every unit has the same value: One.",
        "Left out because other covariates already say it exactly: A And B; Again.",
    )


def test_what_is_kept_has_full_rank_whatever_the_scales() -> None:
    rng = np.random.default_rng(0)
    base = rng.normal(size=(200, 6)) * np.array([1e-9, 1, 1e9, 1, 1e3, 1e-3])
    mixed = base @ rng.normal(size=(6, 4))
    columns = [column(f"c{at}", list(values)) for at, values in enumerate(np.column_stack([base, mixed]).T)]
    kept, _ = independent(columns)
    matrix = np.column_stack([each.values for each in kept])
    scaled = (matrix - matrix.mean(0)) / matrix.std(0)
    assert len(kept) >= 6
    assert np.linalg.matrix_rank(scaled, tol=1e-5) == len(kept)


def test_no_columns_are_no_problem() -> None:
    assert independent([]) == ([], ())
    assert independent([column("a", [])])[0] == []
    assert number_columns(pd.Series([1.0, np.inf]), "a", "A", "a")[0].values == pytest.approx([1, 1])
