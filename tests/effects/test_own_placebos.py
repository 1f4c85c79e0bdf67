"""The placebo outcome and the negative control of a ready table: refused or left out before anything is estimated."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.effects.study_inputs import StudyInputs
from core.effects.study_spec import StudySpec
from core.effects.table_inputs import inputs_from_table
from core.errors import BadSpec
from core.storage.workspace import Workspace

ROWS = 60


def inputs(folder: Path, column: Any, **settings: Any) -> StudyInputs:
    draw = np.random.default_rng(5)
    frame = pd.DataFrame(
        {"treated": [0, 1] * (ROWS // 2), "age": draw.normal(size=ROWS), "sales": draw.normal(size=ROWS)}
    )
    frame.assign(before=column).to_parquet(folder / "table.parquet")
    spec = {"table": str(folder / "table.parquet"), "treatment": "treated", "outcome": "sales", **settings}
    return inputs_from_table(Workspace(folder / "workspace"), StudySpec.read(spec))


@pytest.mark.parametrize("role", ["placebo_outcome", "negative_control"])
def test_what_is_no_outcome_is_refused_at_once_under_its_own_name(tmp_path: Path, role: str) -> None:
    called = role.replace("_", " ")
    with pytest.raises(BadSpec, match=f"The {called} 'before' is not a number"):
        inputs(tmp_path, list("abc") * 20, **{role: "before"})
    with pytest.raises(BadSpec, match=f"to be the {called}; did you mean before"):
        inputs(tmp_path, 1.0, **{role: "befor"})


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (None, "None of the 60 rows has both 'treated' and 'before'"),
        ([None, 1.0] * 30, "is 1 in every one of the 30 rows of 60"),
        ([1.0, 2.0, 3.0] + [None] * 57, "each arm needs 2"),
    ],
)
def test_a_placebo_with_too_few_rows_is_left_out_and_said(tmp_path: Path, column: Any, words: str) -> None:
    placebos = inputs(tmp_path, column, placebo_outcome="before", covariates=["age"]).placebos()
    assert not placebos.tables
    assert placebos.notes[0].startswith("No placebo outcome 'before'. ") and words in placebos.notes[0]


def test_a_placebo_outcome_that_can_be_measured_is(tmp_path: Path) -> None:
    placebos = inputs(tmp_path, np.arange(ROWS) % 7, placebo_outcome="before").placebos()
    assert placebos.tables["placebo_outcome"].outcome_title == "before" and not placebos.notes
