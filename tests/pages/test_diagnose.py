"""Diagnose reads a finished study, of the log or of a ready table, and says where to get one."""

import numpy as np
import pandas as pd
import pytest

from core.jobs.queue import submit
from core.storage.runs import find_result
from core.storage.workspace import Workspace
from pages.shared import study_choice
from tests.pages.conftest import HOSTILE, carry_out, open_page, said


@pytest.fixture(scope="module")
def table_study(demo_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A finished study of a table in which whoever bought more than 10 times is all but always treated."""
    rng = np.random.default_rng(0)
    buys = rng.poisson(8, 900)
    treated = rng.random(900) < np.where(buys > 10, 0.995, 0.4)
    columns = {
        "user_id": range(900), "treated": treated.astype(int), HOSTILE: buys, "age": rng.integers(20, 60, 900),
        "spent": buys + treated + rng.normal(size=900),
    }  # fmt: skip
    path = tmp_path_factory.mktemp("tables") / "table.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    spec = {
        "table": str(path), "treatment": "treated", "outcome": "spent", "estimators": ["raw", "ipw"],
        "refuters": ["e_value"],
    }  # fmt: skip
    run_id = submit(demo_workspace, "study", spec, title="treated on spent")
    carry_out(demo_workspace, run_id)
    return run_id


def test_without_a_study_the_page_says_where_to_make_one(demo: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study_choice, "list_runs", lambda workspace, kind: [])
    app = open_page("diagnose")
    assert not app.exception and "there is none yet" in said(app)


def test_a_study_is_diagnosed_from_overlap_to_power(demo: Workspace, table_study: str) -> None:
    result = find_result(demo, table_study)
    app = open_page("diagnose", diagnosed=table_study)
    assert not app.exception
    text = said(app)
    for heading in ("units to compare", "make the arms alike", "adjustment change", "small an effect"):
        assert heading in text
    exclusion = result["diagnosis"]["exclusion"]
    assert exclusion["sentence"] in text
    assert ("Restated to those who remain" in text) == (exclusion["effect"] is not None)
    assert result["diagnosis"]["waterfall"]["sentence"] in text
    assert app.selectbox(key="diagnose").value == table_study
    assert len(app.get("plotly_chart")) >= 3  # propensities, love plot, waterfall


def test_what_an_effect_that_matters_would_take_follows_the_box(demo: Workspace, table_study: str) -> None:
    found = find_result(demo, table_study)["diagnosis"]["power"]
    app = open_page("diagnose", diagnosed=table_study)
    app.number_input(key="wanted_effect").set_value(found["after"] / 2).run()
    assert "3,600 units" in said(app)  # half the effect takes four times the 900


def test_a_study_made_before_diagnoses_still_opens(demo: Workspace, table_study: str) -> None:
    path = demo.run(table_study) / "result.json"
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace('"diagnosis"', '"other"', 1), encoding="utf-8")
    try:
        app = open_page("diagnose", diagnosed=table_study)
        assert not app.exception and "estimate its question again" in said(app)
    finally:
        path.write_text(whole, encoding="utf-8")
