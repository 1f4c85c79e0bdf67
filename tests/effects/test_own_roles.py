"""A ready table whose columns play further roles: arms, amounts, follow-up, weights, instruments, mediators, a cutoff."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.effects.own_columns import Roles
from core.effects.own_table import own_table
from core.effects.study_spec import StudySpec
from core.effects.table import EVENT_DAYS, FOLLOWED_DAYS, AnalysisTable
from core.errors import BadInput

ROWS = 24


def frame_of(**columns: Any) -> pd.DataFrame:
    plain = {
        "treated": [0, 1] * (ROWS // 2),
        "age": (np.arange(ROWS) * 7) % 11,
        "sales": np.arange(float(ROWS)),
        "bought": [0, 0, 1] * (ROWS // 3),
    }
    return pd.DataFrame({**plain, **columns})


def read(frame: pd.DataFrame, *, outcome: str = "sales", **asked: Any) -> AnalysisTable:
    given = {name: asked.pop(name) for name in list(asked) if name in Roles.__dataclass_fields__}
    return own_table(frame, **{"treatment": "treated", "outcome": outcome, **asked}, roles=Roles(**given))


def test_roles_are_the_settings_of_a_study() -> None:
    spec = StudySpec.read(
        {"table": "a.csv", "treatment": "t", "outcome": "y", "control": "none", "instruments": ["z"], "running": "r",
         "cutoff": 2.5}
    )  # fmt: skip
    assert Roles.of(spec) == Roles(control="none", instruments=("z",), running="r", cutoff=2.5)
    assert Roles(follow_up="days", negative_control="n", control="a").for_other_outcome() == Roles(control="a")


def test_a_named_control_makes_arms_of_several_values() -> None:
    frame = frame_of(treated=["mail", "none", "push"] * 8)
    table = read(frame, control="none")
    assert table.treatment_kind == "arms" and table.arms == ("none", "mail", "push")
    assert list(table.treatment[:3]) == [1, 0, 2]
    assert table.notes[0] == "The arms are the values of treated: mail, push, compared with none."
    # "none" is a word for it, so it need not be named; numbers are ordered as numbers.
    assert read(frame).arms == ("none", "mail", "push")
    assert read(frame_of(treated=[10, 9, 100] * 8), control="100").arms == ("100", "9", "10")


def test_a_named_control_of_two_values_turns_the_arms() -> None:
    table = read(frame_of(treated=["a", "b"] * 12), control="b")
    assert table.treatment_kind == "binary" and list(table.treatment[:2]) == [1, 0]


def test_a_dose_is_an_amount() -> None:
    table = read(frame_of(treated=np.arange(ROWS) / 2), dose=True)
    assert table.treatment_kind == "dose" and table.treatment[3] == 1.5
    assert table.notes[0] == "The treatment is the amount of treated."


def test_follow_up_says_when_the_outcome_came_and_how_long_each_row_was_followed() -> None:
    days = np.arange(1.0, ROWS + 1)
    table = read(frame_of(days=days), outcome="bought", follow_up="days")
    assert np.array_equal(table.frame[FOLLOWED_DAYS], days)
    assert np.isnan(table.frame[EVENT_DAYS][:2]).all() and table.frame[EVENT_DAYS][2] == 3
    assert table.window_days == ROWS - 1  # the control arm (rows 0, 2, ...) was followed for 23 days at most
    assert "days" not in {covariate.group for covariate in table.covariates}


def test_columns_with_a_role_are_no_covariates() -> None:
    extra = {name: np.arange(ROWS) ** power % 13 for power, name in enumerate(("z", "m", "r", "w", "n"), start=2)}
    frame = frame_of(**{**extra, "w": 1 + extra["w"], "r": np.arange(ROWS)})
    given = {"instruments": ("z",), "mediators": ("m",), "running": "r", "cutoff": 11.5, "weights": "w"}
    table = read(frame, negative_control="n", **given)
    assert {covariate.group for covariate in table.covariates} == {"age", "bought"}
    assert [each.name for each in table.instruments] == ["z"] and [each.name for each in table.mediators] == ["m"]
    assert table.running is not None and table.running.name == "r" and table.cutoff == 11.5
    assert np.array_equal(table.weights, frame["w"]) and table.sampled


def test_rows_without_an_instrument_are_left_out_and_counted() -> None:
    table = read(frame_of(z=[None, *np.arange(ROWS - 1) ** 2]), instruments=("z",))
    assert table.units == ROWS - 1
    assert (table.attrition[-1].title, table.attrition[-1].units) == ("with a value of z", ROWS - 1)


def test_copies_of_whole_rows_count_once_where_rows_have_an_id() -> None:
    frame = frame_of(row_id=range(ROWS))
    twice = pd.concat([frame, frame.iloc[:5]])
    table = read(twice)
    assert table.units == ROWS
    assert ("without copies of whole rows", ROWS) in [(step.title, step.units) for step in table.attrition]
    assert read(twice.drop(columns="row_id")).units == ROWS + 5  # then equal rows may be different units


def test_an_id_that_repeats_is_said_unless_it_is_the_cluster() -> None:
    frame = frame_of(user_id=[0, 0, *range(2, ROWS)])
    assert any("'user_id' repeats: 23 of them in 24 rows" in note for note in read(frame).notes)
    assert not any("repeats" in note for note in read(frame, cluster="user_id").notes)


def test_rows_without_a_cluster_stand_alone() -> None:
    table = read(frame_of(shop=[None, None, *["a", "b"] * 11]), cluster="shop")
    assert len(set(table.clusters)) == 4
    assert "2 rows have no shop; each counts as a cluster of its own." in table.notes


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            [np.inf, -np.inf, *np.arange(ROWS - 2) ** 2],
            "'x' is infinite or beyond 1e+30 in 2 rows, which count as missing.",
        ),
        ([1e300, *np.arange(ROWS - 1) ** 2], "'x' is infinite or beyond 1e+30 in 1 rows, which count as missing."),
        ([None] * ROWS, "'x' is not a covariate: it is empty in every row."),
        ([np.inf] * ROWS, "'x' is not a covariate: no row has a finite number."),
        ([7] * ROWS, "Left out because every unit has the same value: x."),
        ((np.arange(ROWS) * 7) % 11 * 2 + 1, "Left out because other covariates already say it exactly: x."),
        (
            pd.date_range("2026-01-01", periods=ROWS),
            "'x' is not a covariate: it is a time. If it comes before the treatment, name it as one.",
        ),
    ],
)
def test_a_covariate_that_says_nothing_is_named(values: Any, words: str) -> None:
    table = read(frame_of(x=values))
    assert words in table.notes
    assert np.isfinite(table.matrix()).all()


def test_a_text_of_ten_thousand_values_is_no_covariate_and_frequent_ones_are_told_apart() -> None:
    rows = 10_000
    frame = pd.DataFrame({"treated": np.arange(rows) % 2, "sales": np.arange(rows) % 7})
    frame["tag"] = [f"tag {place}" for place in range(rows)]
    table = read(frame)
    assert table.covariates == ()
    assert "'tag' is not a covariate: of its 10,000 texts none covers 1 % of the rows." in table.notes
    frame.loc[frame.index % 3 == 0, "tag"] = "frequent"
    frame.loc[frame.index % 3 == 1, "tag"] = "often"
    table = read(frame)
    assert [covariate.name for covariate in table.covariates] == ["tag=often", "tag:other"]
    assert any("'tag' has 3,335 texts" in note for note in table.notes)


@pytest.mark.parametrize(
    ("columns", "asked", "words"),
    [
        ({"treated": list(range(12)) * 2}, {}, "name the one that is the control to compare them as arms or read it"),
        ({"treated": list("abc") * 8}, {}, "has 3 different values (a, b, c); name the one that is the control"),
        ({"treated": range(ROWS)}, {}, "up to 12 arms: join some or read it as an amount (dose)"),
        ({"treated": range(ROWS)}, {"control": "0"}, "up to 12 arms: join some or read it as an amount (dose)"),
        ({"treated": list("abc") * 8}, {"control": "d"}, "The control 'd' is not a value of 'treated'; it has a, b, c."),
        ({"treated": list("abc") * 8}, {"dose": True}, "is not a number (for example 'a'), so it is no amount"),
        ({"treated": [0.0, 1.0, np.inf] * 8}, {"dose": True}, "is infinite in 8 of 24 rows"),
        ({}, {"dose": True}, "under three values, so it is no amount"),
        ({"treated": ["a"] + ["b", "c"] * 11 + ["b"]}, {"control": "b"}, "11 c and 1 a and 12 b rows"),
        ({"days": range(ROWS)}, {"follow_up": "days"}, "must be 1 (it came) or 0 (nobody looked any longer)"),
        ({"days": [-1] * ROWS}, {"follow_up": "days", "outcome": "bought"}, "'days' is negative in 24 rows"),
        ({"days": [0] * ROWS}, {"follow_up": "days", "outcome": "bought"}, "'days' is 0 in every row"),
        ({"w": [0] * ROWS}, {"weights": "w"}, "The weight 'w' is 0 or less in 24 rows"),
        ({"w": [np.inf] * ROWS}, {"weights": "w"}, "The weight 'w' is infinite in 24 of 24 rows"),
        ({"z": [1] * ROWS}, {"instruments": ("z",)}, "The instrument 'z' does not vary"),
        ({}, {"mediators": ("nope",)}, "no column 'nope' to be the mediator"),
        ({}, {"instruments": ("age",), "covariates": ["age"]}, "'age' cannot be a covariate: it is the instrument"),
        ({"r": range(ROWS)}, {"running": "r", "cutoff": 40.0}, "goes from 0 to 23"),
        ({"sales": [1e200] * ROWS}, {}, "has values beyond 1e+30"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_one_sentence(
    columns: dict[str, Any], asked: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadInput) as caught:
        read(frame_of(**columns), **asked)
    assert words in str(caught.value)
