"""Variables of a table: their kinds, what is left out and said, and what cannot be one."""

import numpy as np
import pandas as pd
import pytest

from core.errors import BadSpec, NotEnoughData, NotFound
from core.graphs.variables import VariableTable, tiers_of, variables_of_frame

ROWS = 60


@pytest.fixture
def frame() -> pd.DataFrame:
    chance = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "spend": chance.lognormal(size=ROWS),
            "visits": chance.poisson(2, ROWS),
            "member": chance.random(ROWS) > 0.5,
            "plan": chance.choice(["basic", "plus", "pro"], ROWS),
            "device": chance.choice(["phone", "web"], ROWS),
            "since": pd.Timestamp("2026-01-01") + pd.to_timedelta(chance.integers(0, 90, ROWS), unit="D"),
            "user_id": [f"u{number}" for number in range(ROWS)],
        }
    )


def test_kinds_are_told_from_the_values(frame: pd.DataFrame) -> None:
    table = variables_of_frame(frame, "everyone")
    kinds = {variable.name: variable.kind for variable in table.variables}
    assert kinds == {
        "spend": "number", "visits": "count", "member": "binary", "plan": "category", "device": "binary",
        "since": "number",
    }  # fmt: skip
    assert table.variable("plan").levels == ("basic", "plus", "pro") and table.rows == ROWS
    assert "user_id" in table.notes[0]  # left out, and said


def test_rows_with_an_empty_cell_are_left_out_and_counted(frame: pd.DataFrame) -> None:
    frame.loc[:4, "spend"] = np.nan
    frame.loc[3:6, "plan"] = None
    table = variables_of_frame(frame, "everyone", columns=["spend", "plan"])
    assert table.rows == ROWS - 7 and "7 of 60 rows" in table.notes[0] and "spend, 5 times" in table.notes[0]


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (lambda f: f.assign(spend=1.0), BadSpec, "'spend' holds one value only"),
        (lambda f: f.assign(spend=np.nan), BadSpec, "'spend' is empty in all 60 rows"),
        (lambda f: f.assign(spend=np.inf * (f["visits"] + 1)), BadSpec, "one value only"),
        (lambda f: f.assign(spend=[np.inf, *f["spend"][1:]]), BadSpec, "infinite"),
        (lambda f: f.assign(plan=[f"text {n}" for n in range(ROWS)]), BadSpec, "text with 60 values"),
        (lambda f: f.head(0), NotEnoughData, "has no rows"),
        (lambda f: f.head(10), NotEnoughData, "Only 10 of 10 rows"),
        (lambda f: f[["spend"]], BadSpec, "two variables or more"),
    ],
)
def test_what_cannot_be_a_variable_is_refused(
    frame: pd.DataFrame, change: object, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        variables_of_frame(change(frame), "everyone")  # type: ignore[operator]


def test_unknown_and_doubled_names_are_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(BadSpec, match="no column 'spent'"):
        variables_of_frame(frame, "everyone", columns=["spent", "plan"])
    doubled = pd.concat([frame, frame[["plan"]]], axis=1)
    with pytest.raises(BadSpec, match="two columns named 'plan'"):
        variables_of_frame(doubled, "everyone")
    with pytest.raises(NotFound, match="they have spend"):
        variables_of_frame(frame, "everyone").variable("spent")


def test_rows_may_be_taken_more_than_once(frame: pd.DataFrame) -> None:
    table = variables_of_frame(frame, "everyone", clusters=frame["device"])
    drawn = table.take(np.array([0, 0, 5]))
    assert isinstance(drawn, VariableTable) and drawn.rows == 3 and drawn.clusters is not None
    assert drawn.variable("spend").values[0] == drawn.variable("spend").values[1] == frame["spend"][0]
    assert table.only(["plan", "spend"]).names == ("spend", "plan")


def test_tiers_are_lists_or_numbers() -> None:
    names = ["a", "b", "c"]
    assert tiers_of([["b"], ["a", "c"]], names) == tiers_of({"a": 7, "b": 2, "c": 7}, names) == (("b",), ("a", "c"))
    for bad, said in (([["d"]], "'d'"), ([["a"], ["a"]], "twice"), ("ab", "list of lists"), ({"a": 1.5}, "whole")):
        with pytest.raises(BadSpec, match=said):
            tiers_of(bad, names)
