"""Numbers that a table holds as text are numbers again; what is none is counted, and codes and few levels stay text."""

import math

import numpy as np
import pandas as pd
import pytest

from core.effects.own_numbers import numbers_from_text
from core.effects.own_table import own_table
from core.errors import BadSpec

ROWS = 40


def read(*texts: str, measured: bool = False) -> tuple[list[float] | None, tuple[str, ...]]:
    """A column of these texts over and over, as numbers; None if it stayed text."""
    column = pd.Series(list(texts))
    roles = {"measured": ["x"], "covariates": []} if measured else {"measured": [], "covariates": ["x"]}
    frame, notes = numbers_from_text(pd.DataFrame({"x": column}), **roles)
    return (list(frame["x"]) if frame["x"].dtype == float else None), notes


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (("$1,234.50", "$7.00", "\u2212$3"), [1234.5, 7.0, -3.0]),
        (("9,50 \u20ac", "1.234,5 \u20ac", "7"), [9.5, 1234.5, 7.0]),
        (("12%", "3.5 %"), [12.0, 3.5]),
        (("($1,234.50)", "(2)", "$3"), [-1234.5, -2.0, 3.0]),
        (("1e3", "inf", "-Infinity"), [1000.0, math.inf, -math.inf]),
    ],
)
def test_amounts_are_numbers(texts: tuple[str, ...], values: list[float]) -> None:
    assert read(*texts, measured=True)[0] == values


def test_a_few_cells_that_are_no_number_are_missing_and_said() -> None:
    values, notes = read("n/a", *(f"{place}.5" for place in range(19)))
    assert values is not None and math.isnan(values[0]) and values[1:] == [place + 0.5 for place in range(19)]
    assert notes == ("The texts of 'x' were read as numbers; 1 that are none (for example 'n/a') count as missing.",)


@pytest.mark.parametrize(
    "texts",
    [
        [f"0{place}" for place in range(10, 40)],  # zip codes
        ["1.5", "2.5", "3.5"] * 9,  # three levels of a covariate may well be kinds
        [*(f"c{place}" for place in range(15)), *(str(place) for place in range(15))],
        [".", "-", "$", "e5"] * 9,
        [str(10**29 + place) for place in range(30)],  # ids, which fractions could not tell apart
    ],
)
def test_codes_few_levels_and_words_stay_text(texts: list[str]) -> None:
    assert read(*texts) == (None, ())


def test_yes_and_no_are_an_outcome() -> None:
    assert read("Yes", "no", "no", measured=True) == ([1.0, 0.0, 0.0], ("'x' is 1 where it says Yes, else 0.",))
    assert read("Yes", "no", " yes", "NO", measured=True)[0] == [1.0, 0.0, 1.0, 0.0]
    assert read("on", "off", measured=True)[0] == [1.0, 0.0]
    assert read("blue", "no", measured=True)[0] is None


@pytest.mark.parametrize("texts", [("12%", "0.12", "7%"), ("$5", "\u20ac6", "$7")])
def test_amounts_in_different_units_are_not_one_column_of_numbers(texts: tuple[str, ...]) -> None:
    assert read(*texts, measured=True) == (None, ())


def test_a_covariate_with_a_broken_cell_is_adjusted_for_as_a_number() -> None:
    ages = [*map(str, (np.arange(ROWS - 2) - 3) ** 2 + 20.5), "inf", "n/a"]
    frame = pd.DataFrame({"treated": [0, 1] * (ROWS // 2), "sales": np.arange(float(ROWS)), "age": ages})
    table = own_table(frame, treatment="treated", outcome="sales")
    assert [covariate.name for covariate in table.covariates] == ["age", "age:missing"]
    assert table.frame["age:missing"].sum() == 2 and table.frame["age"].iloc[3] == 20.5
    assert any("infinite or beyond" in note for note in table.notes)


def test_an_outcome_of_words_names_one_of_them() -> None:
    frame = pd.DataFrame({"treated": [0, 1] * 4, "sales": [1, 2, "much", "little"] * 2})
    with pytest.raises(BadSpec, match="for example 'much'"):
        own_table(frame, treatment="treated", outcome="sales")


def test_the_outcome_in_another_unit_is_no_covariate() -> None:
    sales = np.random.default_rng(0).normal(size=ROWS)
    frame = pd.DataFrame({"treated": [0, 1] * (ROWS // 2), "sales": sales, "in_cents": 100 * sales + 3})
    near = frame.assign(near=sales + 1e-4 * (np.arange(ROWS) % 3))
    for covariates in (None, ["in_cents", "near"]):
        table = own_table(near, treatment="treated", outcome="sales", covariates=covariates)
        assert [covariate.name for covariate in table.covariates] == ["near"]
        assert "Not a covariate, because it says sales exactly: in_cents." in table.notes


def test_an_id_that_repeats_is_said_with_what_to_do() -> None:
    frame = pd.DataFrame({"treated": [0, 1] * 4, "sales": np.arange(8.0), "user_id": [1, 1, 2, 2, 3, 3, 4, 4]})
    said = own_table(frame, treatment="treated", outcome="sales").notes
    assert any("'user_id' repeats: 4 of them in 8 rows" in note for note in said)
    together = own_table(frame, treatment="treated", outcome="sales", cluster="user_id").notes
    assert not any("repeats" in note for note in together)
