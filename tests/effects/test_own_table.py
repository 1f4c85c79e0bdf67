"""A ready table: what is read, what is refused with which sentence, and that nothing is dropped in silence."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.effects.own_table import own_table
from core.errors import BadInput, BadSpec, NotEnoughData


def frame_of(**columns: Any) -> pd.DataFrame:
    plain = {
        "row_id": range(8),
        "treated": [0, 1] * 4,
        "age": [20, 30, 40, 50, 20, 31, 40, 52],
        "sales": np.arange(8.0),
    }
    return pd.DataFrame({**plain, **columns})


def test_every_column_but_ids_treatment_and_outcome_is_a_covariate() -> None:
    table = own_table(frame_of(id=1, city=list("abababcc")), treatment="treated", outcome="sales")
    assert {covariate.group for covariate in table.covariates} == {"age", "city"}
    assert list(table.treatment) == [0, 1] * 4
    assert table.outcome_unit == "sales"
    assert len(set(table.clusters)) == 8


def test_named_covariates_and_clusters_are_used() -> None:
    table = own_table(
        frame_of(shop=list("aabbccdd"), size=range(8)),
        treatment="treated",
        outcome="sales",
        covariates=["age"],
        cluster="shop",
    )
    assert [covariate.name for covariate in table.covariates] == ["age"]
    assert len(set(table.clusters)) == 4


@pytest.mark.parametrize(
    ("values", "treated"),
    [
        ([False, True] * 4, [0, 1] * 4),
        (["control", "variant"] * 4, [0, 1] * 4),
        (["treated", "untreated"] * 4, [1, 0] * 4),
        (["blue", "placebo"] * 4, [1, 0] * 4),
        (["blue", "red"] * 4, [0, 1] * 4),
        ([1, 2] * 4, [0, 1] * 4),
        ([0.0, 1.0] * 4, [0, 1] * 4),
        (["exposed", "unexposed"] * 4, [1, 0] * 4),
        (["with", "without"] * 4, [1, 0] * 4),
        (["on", "off"] * 4, [1, 0] * 4),
    ],
)
def test_two_values_of_any_kind_are_arms_and_it_is_said_which_is_treated(values: list[Any], treated: list[int]) -> None:
    table = own_table(frame_of(treated=values), treatment="treated", outcome="sales")
    assert list(table.treatment) == treated
    word = next(value for value, arm in zip(values, treated, strict=True) if arm == 1)
    assert table.notes[0].startswith(f"Treated are rows whose treated is {str(word).removesuffix('.0')}, ")


def test_spaces_tell_no_arms_apart_and_the_alphabet_is_said() -> None:
    table = own_table(
        frame_of(treated=[" treated ", "control", "treated", "control "] * 2), treatment="treated", outcome="sales"
    )
    assert list(table.treatment) == [1, 0] * 4 and table.arms == ()
    assert table.notes[0] == "Treated are rows whose treated is treated, control control."
    blue = own_table(frame_of(treated=["blue", "red"] * 4), treatment="treated", outcome="sales")
    assert blue.notes[0].endswith("by the alphabet: name the control if it is the other way round.")


def test_an_arm_that_gaps_leave_out_whole_is_said_with_the_rows() -> None:
    with pytest.raises(NotEnoughData, match="is 1 in every one of the 4 rows of 8"):
        own_table(frame_of(sales=[None, 1] * 4), treatment="treated", outcome="sales")


def test_a_yes_or_no_outcome_is_a_share() -> None:
    table = own_table(frame_of(sales=[True, False] * 4), treatment="treated", outcome="sales")
    assert table.outcome_unit == "share"
    assert table.outcome.sum() == 4


def test_a_gap_in_a_covariate_becomes_the_mean_and_a_mark() -> None:
    # The mean of 30, 40, 50, 20, 30, 40, 50 is 260 / 7.
    table = own_table(frame_of(age=[None, 30, 40, 50, 20, 30, 40, 50]), treatment="treated", outcome="sales")
    assert table.frame["age"].iloc[0] == pytest.approx(260 / 7)
    assert list(table.frame["age:missing"]) == [1] + [0] * 7
    assert any("'age' is missing in 1 rows" in note for note in table.notes)


def test_rows_without_treatment_or_outcome_are_dropped_and_counted() -> None:
    frame = frame_of(treated=[None, 1, 0, 1, 0, 1, 0, 1], sales=[1, None, 2, 3, 4, 5, 6, 7])
    table = own_table(frame, treatment="treated", outcome="sales")
    assert table.units == 6
    assert [step.units for step in table.attrition] == [8, 7, 6]


def test_a_covariate_may_have_a_name_that_tables_use_themselves() -> None:
    frame = frame_of(treatment=np.arange(8.0) ** 2)
    table = own_table(frame, treatment="treated", outcome="sales")
    assert list(table.treatment) == [0, 1] * 4
    assert "treatment" in {covariate.group for covariate in table.covariates}
    assert table.matrix().shape == (8, 2)


@pytest.mark.parametrize(
    ("columns", "asked", "words"),
    [
        ({}, {"treatment": "arm"}, "no column 'arm' to be the treatment; choose one of row_id, treated, age, sales"),
        ({}, {"covariates": ["hight"]}, "no column 'hight' to be the covariate"),
        ({}, {"cluster": "shop"}, "no column 'shop' to be the cluster"),
        ({}, {"outcome": "treated"}, "the same column"),
        ({}, {"covariates": ["sales"]}, "cannot be a covariate"),
        ({"treated": 1}, {}, "is 1 in every row"),
        ({"treated": range(8)}, {}, "has 8 different values"),
        ({"sales": list("abcdefgh")}, {}, "not a number (for example 'a')"),
        ({"sales": [np.inf, *range(7)]}, {}, "is infinite in 1 of 8 rows"),
        ({"sales": None}, {}, "None of the 8 rows has both"),
        ({"treated": [1] + [0] * 7}, {}, "1 treated and 7 control"),
    ],
)
def test_what_cannot_be_used_is_refused_with_one_sentence(
    columns: dict[str, Any], asked: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadInput) as caught:
        own_table(frame_of(**columns), **{"treatment": "treated", "outcome": "sales", **asked})
    assert words in str(caught.value)


def test_a_table_without_rows_is_refused() -> None:
    with pytest.raises(NotEnoughData):
        own_table(frame_of().iloc[:0], treatment="treated", outcome="sales")


def test_a_treatment_with_many_values_names_a_few(real_data: Path) -> None:
    nsw = pd.read_parquet(real_data / "lalonde_nsw" / "nsw_dw.parquet")
    with pytest.raises(BadSpec, match="different values"):
        own_table(nsw, treatment="age", outcome="re78")


def test_the_lalonde_experiment_reads_as_published(real_data: Path) -> None:
    # Dehejia and Wahba: 185 treated, 260 control, difference of means 1,794.34; `data_id` is an id.
    nsw = pd.read_parquet(real_data / "lalonde_nsw" / "nsw_dw.parquet")
    table = own_table(nsw, treatment="treat", outcome="re78")
    arms = [table.outcome[table.treatment == arm] for arm in (1, 0)]
    assert [len(arm) for arm in arms] == [185, 260]
    assert arms[0].mean() - arms[1].mean() == pytest.approx(1794.34, abs=0.005)
    assert "data_id" not in {covariate.group for covariate in table.covariates}
