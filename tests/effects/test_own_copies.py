"""Columns that say the treatment or the outcome under another name are found, whatever their gaps, words and sizes."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.effects.own_columns import Roles
from core.effects.own_copies import says
from core.effects.own_table import own_table
from core.errors import BadSpec

ROWS = 40
SALES = np.random.default_rng(3).normal(size=ROWS)
BOUGHT = (SALES > 0).astype(float)


def frame_of(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"treated": [0, 1] * (ROWS // 2), "age": np.arange(ROWS) % 7, **columns})


@pytest.mark.parametrize(
    ("values", "outcome", "expected"),
    [
        (3 - 2 * SALES, SALES, True),
        (np.where(np.arange(ROWS) == 4, np.nan, SALES), SALES, True),
        (np.where(BOUGHT == 1, "bought", "left"), BOUGHT, True),
        (np.where(BOUGHT == 1, "x", np.where(SALES < -1, "y", "z")), BOUGHT, True),
        (np.where(np.arange(ROWS) == 4, "odd", np.where(BOUGHT == 1, "x", "y")), BOUGHT, False),  # a row proves nothing
        (np.where(np.arange(ROWS) < 5, SALES, np.nan), SALES, False),
        (np.where(np.arange(ROWS) < 12, "a", "b"), SALES, False),
        (SALES + 1e-3 * (np.arange(ROWS) % 3), SALES, False),
        # Squares of these are 0 or infinite, and a correlation made of them is anything.
        (np.arange(ROWS) % 5 * 1e-200, SALES, False),
        (np.arange(ROWS) % 5 * 1e200, SALES, False),
        (np.arange(ROWS) % 5 + 1e15, SALES, False),
    ],
)
def test_what_says_the_outcome(values: np.ndarray, outcome: np.ndarray, expected: bool) -> None:
    assert says(pd.Series(values), outcome) is expected


def test_the_outcome_in_words_is_no_covariate() -> None:
    frame = frame_of(bought=BOUGHT, status=np.where(BOUGHT == 1, "customer", "visitor"))
    table = own_table(frame, treatment="treated", outcome="bought")
    assert [covariate.name for covariate in table.covariates] == ["age"]
    assert "Not a covariate, because it says bought exactly: status." in table.notes


@pytest.mark.parametrize("role", ["instruments", "mediators"])
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([0, 1] * (ROWS // 2), "says the treatment 'treated' exactly"),
        (["off", "on"] * (ROWS // 2), "says the treatment 'treated' exactly"),
        (5 * SALES, "says the outcome 'sales' exactly"),
    ],
)
def test_no_instrument_or_mediator_is_the_treatment_or_the_outcome(role: str, values: Any, words: str) -> None:
    frame = frame_of(sales=SALES, z=values)
    with pytest.raises(BadSpec, match=words):
        own_table(frame, treatment="treated", outcome="sales", roles=Roles(**{role: ("z",)}))


def test_numbers_that_vary_little_beside_their_size() -> None:
    # Regressions took such a covariate for a constant, and learners lost the digits of such an outcome.
    noise = np.random.default_rng(4).normal(size=ROWS)
    table = own_table(frame_of(sales=SALES, x=1e15 + np.round(noise * 8)), treatment="treated", outcome="sales")
    assert table.frame["x"].min() == 0 and table.frame["x"].max() == np.ptp(np.round(noise * 8))
    assert any("'x' is counted from" in note for note in table.notes)
    tiny = own_table(frame_of(sales=SALES, x=noise * 1e-200), treatment="treated", outcome="sales")
    assert "'x' is not a covariate: it varies by less than 1e-30; use another unit." in tiny.notes
    for sales, words in ((1e12 + SALES, "take that number off first"), (1e-200 * SALES, "give it in another unit")):
        with pytest.raises(BadSpec, match=words):
            own_table(frame_of(sales=sales), treatment="treated", outcome="sales")
    assert own_table(frame_of(sales=1e4 + SALES), treatment="treated", outcome="sales").units == ROWS
