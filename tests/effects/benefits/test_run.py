"""The run and the command: a ready table to scored users in a file, a red study refused, a wrong setting named."""

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.__main__ import main
from core.effects.benefits import SCORED_FILE
from core.effects.benefits.accepted import study_of_it
from core.effects.benefits.spec import BenefitsSpec
from core.effects.study_spec import StudySpec
from core.errors import BadSpec
from core.jobs.queue import insert_run
from core.storage.catalogue import database
from core.storage.runs import Run, write_result
from core.storage.workspace import Workspace
from tests.effects.planted import confounded


@pytest.fixture
def table(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A table whose effect differs strongly, of users whose names a spreadsheet would run."""
    monkeypatch.setenv("WHYPATH_WORKSPACE", str(workspace.root))
    frame = confounded(units=400, effect=0.5, treated_more=1.5, seed=2).frame
    frame["user_id"] = [f"=u{at // 2}" for at in range(len(frame))]
    path = workspace.uploads / "table.parquet"
    frame.drop(columns="unit_id").to_parquet(path)
    return path


def finished_study(workspace: Workspace, spec: StudySpec, light: str) -> str:
    """A study's run as it stands when it is done, with a verdict of this light."""
    run_id = insert_run(workspace, "study", spec.plain(), title="a study", log_id=None, version_id=None, dedupe=None)
    run = Run(workspace, run_id, "study", spec.plain(), None, None)
    write_result(run, {"verdict": {"light": light, "sentence": "Not supported: the placebo outcome moved."}})
    with database(workspace) as rows:
        rows.execute("UPDATE runs SET status='done' WHERE run_id=?", (run_id,))
    return run_id


def arguments(table: Path) -> list[str]:
    return [
        "benefits",
        "--table",
        str(table),
        "--treatment",
        "treatment",
        "--outcome",
        "outcome",
        "--cluster",
        "user_id",
    ]


def test_the_command_answers_and_writes_users_that_no_spreadsheet_runs(
    table: Path, workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "scored.csv"
    more = [
        "--learners",
        "t",
        "--cost",
        "0.2",
        "--segments",
        "x0",
        "--smallest-group",
        "60",
        "--csv",
        str(out),
        "--json",
    ]
    assert main([*arguments(table), *more]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["heterogeneity"]["passed"] is True
    assert found["study"] is None
    assert found["notes"][0].startswith("Treated are rows whose treatment is 1")
    assert found["attrition"][0] == {"title": "rows of the table", "units": 400}
    assert found["policy"]["cost"] == 0.2
    assert {row["group"] for row in found["segments"]["rows"]} == {"x0"}
    assert found["scored"] == {"name": SCORED_FILE, "users": 200}
    with out.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 200
    assert all(row["user_id"].startswith("'=u") for row in rows)
    assert np.argsort([-float(row["predicted_effect"]) for row in rows], kind="stable").tolist() == list(range(200))


def test_a_red_study_of_the_same_question_refuses(
    table: Path, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = StudySpec(table=str(table), treatment="treatment", outcome="outcome", cluster="user_id", estimators=("raw",))
    run_id = finished_study(workspace, spec, "red")
    assert main([*arguments(table), "--json"]) == 2
    said = capsys.readouterr().err
    assert "is red" in said and "placebo outcome moved" in said
    assert main(["benefits", "--study", run_id, "--json"]) == 2
    newer = finished_study(workspace, spec.model_copy(update={"estimators": None}), "green")
    known = study_of_it(workspace, spec, None, None)
    assert known is not None and known["run_id"] == newer and known["light"] == "green"
    assert study_of_it(workspace, spec.model_copy(update={"seed": 1}), None, None) is None


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--learners", "t,forrest"], "there is no learner 'forrest'"),
        (["--segments", "x9", "--learners", "t"], "there is no covariate group 'x9'; choose from x0"),
        (["--smallest-group", "3"], "smallest_group"),
        (["--study", "none"], "There is no run 'none'"),
    ],
)
def test_a_wrong_setting_is_named(table: Path, more: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*arguments(table), *more, "--json"]) == 2
    assert words in capsys.readouterr().err


def test_a_table_of_one_cluster_is_refused_in_words(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WHYPATH_WORKSPACE", str(workspace.root))
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"treatment": [0, 1] * 60, "outcome": rng.normal(size=120), "x": rng.normal(size=120), "shop": 1}
    )
    path = tmp_path / "one.csv"
    frame.to_csv(path, index=False)
    asked = ["benefits", "--table", str(path), "--treatment", "treatment", "--outcome", "outcome", "--cluster", "shop"]
    assert main(asked) == 2
    assert "The units belong to 1 users or clusters" in capsys.readouterr().err
    frame.assign(x=frame["treatment"]).to_csv(path, index=False)
    assert main(asked[:-2]) == 2
    assert "control units with comparable units in the other arm" in capsys.readouterr().err


def test_nothing_to_ask_about_is_said(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["benefits", "--json"]) == 2
    assert "Give QUESTION.json and --log" in capsys.readouterr().err
    with pytest.raises(BadSpec, match="smallest_group"):
        BenefitsSpec.read({"study": {"table": "t", "treatment": "a", "outcome": "b"}, "smallest_group": 1})
