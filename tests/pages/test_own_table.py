"""Own table: a ready table arrives, its columns are chosen, and the verdict of a failing study is struck through."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.storage.runs import find_result, list_runs
from core.storage.workspace import Workspace
from tests.pages.conftest import carry_out, open_page, said


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A table in which whoever earned much before is treated, and earns much after: the treatment does nothing."""
    rng = np.random.default_rng(3)
    ability, before = rng.normal(size=(2, 600))
    treated = rng.random(600) < 1 / (1 + np.exp(-1.2 * ability))
    columns = {
        "user_id": range(600),
        "treated": treated.astype(int),
        "age": rng.integers(20, 60, 600),
        "earned_before": 2 * ability + before,
        "earned": 2 * ability + rng.normal(size=600),
    }
    path = tmp_path / "table.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    monkeypatch.setenv("WHYPATH_PATH_ROOTS", str(tmp_path))
    return path


def test_a_failed_placebo_strikes_the_number_through(demo: Workspace, table: Path) -> None:
    workbook = table.with_suffix(".xlsx")
    pd.read_csv(table).to_excel(workbook, index=False)
    app = open_page("own_table")
    app.text_input(key="table_path").set_value(str(workbook)).run()
    chosen = {box.label: box for box in app.selectbox}
    assert chosen["Treatment"].value == "treated"
    chosen["Outcome"].select("earned")
    chosen["Placebo outcome"].select("earned_before")
    app.multiselect[0].select("age")
    app.button(key="FormSubmitter:table-study-Estimate").click().run()
    assert not app.exception
    run = list_runs(demo, kind="study")[0]
    assert run["spec"]["covariates"] == ["age"]
    carry_out(demo, run["run_id"])
    assert find_result(demo, run["run_id"])["verdict"]["light"] == "red"
    app.run()
    assert not app.exception
    assert "# ~~" in said(app)
    assert "Not supported" in said(app)


@pytest.mark.parametrize(
    ("typed", "words"), [("/etc/passwd", "is not under"), ("nothing.csv", "There is no file"), ("\0", "is not a path")]
)
def test_a_wrong_path_is_refused_in_one_sentence(demo: Workspace, table: Path, typed: str, words: str) -> None:
    app = open_page("own_table")
    app.text_input(key="table_path").set_value(typed).run()
    assert not app.exception
    assert words in app.error[0].value.replace("\\", "")


def test_the_treatment_offered_is_the_first_column_of_two_values(demo: Workspace, table: Path) -> None:
    frame = pd.read_csv(table)
    rows = len(frame)
    other = pd.DataFrame(
        {"seqn": range(rows), "flat": 1, "quit": [0, 1] * (rows // 2) + [0] * (rows % 2), "kg": range(rows)}
    )
    other.to_csv(table, index=False)
    app = open_page("own_table")
    app.text_input(key="table_path").set_value(str(table)).run()
    assert {box.label: box.value for box in app.selectbox}["Treatment"] == "quit"


def test_the_outcome_offered_is_a_number_and_a_refusal_waits_for_nothing(demo: Workspace, table: Path) -> None:
    pd.read_csv(table).assign(earned=7, town="Oslo").to_csv(table, index=False)
    app = open_page("own_table")
    app.text_input(key="table_path").set_value(str(table)).run()
    assert {box.label: box.value for box in app.selectbox}["Outcome"] == "earned"
    app.button(key="FormSubmitter:table-study-Estimate").click().run()
    carry_out(demo, list_runs(demo, kind="study")[0]["run_id"])
    app.run()
    assert not app.exception
    assert "earned is 7 for every unit" in app.error[0].value
    assert "skeleton" not in {element.type for element in app.main}
