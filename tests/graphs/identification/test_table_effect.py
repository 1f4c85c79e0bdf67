"""Effects counted on a table: sums by hand, the truth inside the interval, and a missing cell named."""

import numpy as np
import pandas as pd
import pytest

from core.errors import BadSpec, NotEnoughData
from core.graphs.identification.estimand import Estimand
from core.graphs.identification.general_id import identify_generally, identify_jointly
from core.graphs.identification.table_effect import effect_from_table
from tests.graphs.drawing import drawn
from tests.graphs.small_models import Model

FRONT_DOOR = "U>T U>Y T>M M>Y"


def estimand_of(arrows: str, hidden: str = "") -> Estimand:
    found = identify_generally(drawn(arrows, unmeasured=hidden))
    assert found is not None
    return found


def rows_of(cells: dict[tuple[int, ...], int], columns: str) -> pd.DataFrame:
    return pd.DataFrame([cell for cell, count in cells.items() for _ in range(count)], columns=list(columns))


def sample(model: Model, rows: int, rng: np.random.Generator, columns: str) -> pd.DataFrame:
    joint = model.joint()
    chosen = np.unravel_index(rng.choice(joint.size, rows, p=joint.ravel()), joint.shape)
    return pd.DataFrame(dict(zip(model.names, chosen, strict=True)))[list(columns)]


def test_the_back_door_sum_by_hand() -> None:
    # Z=0: 40 rows, Y in 10 of 20 treated and 5 of 20 controls; Z=1: 60 rows, 36 of 40 treated and 10 of 20 controls.
    cells = {(0, 1, 1): 10, (0, 1, 0): 10, (0, 0, 1): 5, (0, 0, 0): 15}
    cells |= {(1, 1, 1): 36, (1, 1, 0): 4, (1, 0, 1): 10, (1, 0, 0): 10}
    found = effect_from_table(estimand_of("Z>T Z>Y T>Y"), rows_of(cells, "ZTY"))
    # treated .4 · .5 + .6 · .9 = .74; control .4 · .25 + .6 · .5 = .40
    assert found.means == pytest.approx((0.40, 0.74))
    assert found.value == pytest.approx(0.34)
    assert found.low < 0.34 < found.high
    assert found.plain()["rows"] == 100
    assert found.sentence.startswith("Setting T to 1 rather than 0 changes the mean of Y by 0.34 (")


@pytest.mark.parametrize(
    ("arrows", "hidden"), [(FRONT_DOOR, "U"), ("W>Z Z>T T>Y U>W U>T V>W V>Y", "UV")], ids=["front door", "napkin"]
)
def test_the_truth_of_models_with_unmeasured_causes_lies_in_the_intervals(arrows: str, hidden: str) -> None:
    rng = np.random.default_rng(3)
    edges = tuple(tuple(arrow.split(">")) for arrow in arrows.split())
    names = "".join(dict.fromkeys(name for edge in edges for name in edge))
    held = 0
    for seed in range(100):
        model = Model(names, edges, rng)
        truth = model.measured(("T", "Y"), done="T")[:, 1]
        table = sample(model, 3000, rng, "".join(name for name in names if name not in hidden))
        found = effect_from_table(estimand_of(arrows, hidden), table, draws=200, seed=seed)
        held += found.low <= truth[1] - truth[0] <= found.high
    assert 88 <= held <= 100  # 95 expected; 88 has a chance below one in 200


def test_what_is_left_out_is_counted() -> None:
    table = rows_of({(0, 0): 10, (0, 1): 10, (1, 0): 5, (1, 1): 15}, "TY").astype(float)
    table.loc[0, "Y"] = np.nan
    found = effect_from_table(estimand_of("T>Y"), table)
    assert (found.rows, found.left_out) == (39, 1)
    assert found.sentence.endswith("counted on 39 rows; 1 with gaps were left out.")


def test_outcomes_may_be_words_or_booleans() -> None:
    table = pd.DataFrame({"T": list("aabb") * 10, "Y": ["yes", "no", "yes", "yes"] * 10})
    assert effect_from_table(estimand_of("T>Y"), table, outcome_level="yes").value == pytest.approx(0.5)
    found = effect_from_table(estimand_of("T>Y"), table.assign(Y=table["Y"] == "yes"), levels=("b", "a"))
    assert found.value == pytest.approx(-0.5)
    assert found.measures == "the share of Y = True"


def test_an_empty_cell_that_the_effect_needs_is_named() -> None:
    cells = {(0, 1, 1): 10, (0, 0, 0): 15, (1, 0, 1): 10, (1, 0, 0): 10}  # nobody with Z = 1 is treated
    table = rows_of(cells, "ZTY")
    says = "No row has Z = 1 and T = 1, and the effect needs some: 1 of 4 combinations of Z, T are empty."
    with pytest.raises(NotEnoughData, match=says):
        effect_from_table(estimand_of("Z>T Z>Y T>Y"), table)
    smoothed = effect_from_table(estimand_of("Z>T Z>Y T>Y"), table, smoothing=0.5)
    assert smoothed.low < smoothed.value < smoothed.high


def test_an_empty_cell_that_has_no_weight_does_no_harm() -> None:
    # No row has M = 2 with T = 0, but P(M = 2 | T = 0) = 0, so P(Y | M = 2, T = 0) is not needed for T = 0 ...
    table = rows_of({(0, 0, 0): 9, (0, 1, 1): 9, (1, 0, 1): 9, (1, 1, 0): 9}, "TMY")
    assert np.isfinite(effect_from_table(estimand_of(FRONT_DOOR, "U"), table).value)
    more = pd.concat([table, pd.DataFrame({"T": [1], "M": [2], "Y": [1]})])
    with pytest.raises(NotEnoughData, match="No row has T = 0 and M = 2"):  # ... but for T = 1 it is
        effect_from_table(estimand_of(FRONT_DOOR, "U"), more)


@pytest.mark.parametrize(
    ("table", "settings", "says"),
    [
        ({"T": [0, 1]}, {}, "The table has no column 'Y', which the expression needs: T, Y."),
        ({"T": [0, 1, 2], "Y": [1, 2, 3]}, {}, "'T' has 3 values \\(0, 1, 2\\); say which two to compare."),
        ({"T": [0, 1], "Y": [1, 2]}, {"levels": (0, 5)}, "'T' never is 5; it is one of 0, 1."),
        ({"T": [0, 1], "Y": ["a", "b"]}, {}, "'Y' is no number \\(a, b\\); say the share of which value"),
        ({"T": [0, 1], "Y": ["a", "b"]}, {"outcome_level": "c"}, "'Y' never is c; it is one of a, b."),
        ({"T": [0, 1] * 101, "Y": range(202)}, {}, "'Y' has 202 values, at most 100 can be counted; group them first."),
        ({"T": [0, 1], "Y": [1, 2]}, {"draws": 0}, "An interval needs 40 draws or more \\(got 0\\)."),
        ({"T": [0, 1], "Y": [1, 2]}, {"smoothing": -1}, "The smoothing is -1; it is 0 for none, or 0.1 rows a cell"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(
    table: dict[str, object], settings: dict[str, object], says: str
) -> None:
    with pytest.raises(BadSpec, match=says):
        effect_from_table(estimand_of("T>Y"), pd.DataFrame(table), **settings)


def test_only_one_treatment_and_one_outcome_have_an_effect() -> None:
    joint = identify_jointly(drawn("S>Y T>Y"), ["Y"], ["S", "T"])
    assert isinstance(joint, Estimand)
    with pytest.raises(BadSpec, match="one treatment on one outcome"):
        effect_from_table(joint, pd.DataFrame({"S": [1], "T": [1], "Y": [1]}))
    with pytest.raises(NotEnoughData, match="None of the 1 rows has all of T, Y"):
        effect_from_table(estimand_of("T>Y"), pd.DataFrame({"T": [None], "Y": [1]}))
