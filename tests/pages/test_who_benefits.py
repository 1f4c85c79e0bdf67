"""Who benefits, as an analyst meets it: what it needs, why it will not, what it asks, and what it says."""

from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.effects.question import CausalQuestion
from core.effects.study_spec import StudySpec
from core.jobs.queue import insert_run
from core.storage.catalogue import database, find_manifest
from core.storage.runs import Run, list_runs, write_result
from core.storage.workspace import Workspace
from tests.pages.conftest import HOSTILE, open_page, said

QUESTION = CausalQuestion(treatment="search", outcome="buy")
SHOWN_FIRST = ("outcome_unit", "average", "segments", "projection")
INTERVAL = {"value": 0.08, "se": 0.01, "low": 0.06, "high": 0.1}


@pytest.fixture
def asked(demo: Workspace) -> Iterator[Workspace]:
    """The demo log without runs of studies, before and after."""
    _forget(demo)
    yield demo
    _forget(demo)


def _forget(workspace: Workspace) -> None:
    with database(workspace) as rows:
        rows.execute("DELETE FROM runs WHERE kind IN ('study', 'benefits')")


def _finished(workspace: Workspace, kind: str, spec: dict[str, Any], result: dict[str, Any]) -> str:
    manifest = find_manifest(workspace, "demo")
    pinned = {"log_id": manifest["log_id"], "version_id": manifest["version_id"]}
    run_id = insert_run(workspace, kind, spec, title=kind, dedupe=None, **pinned)
    write_result(Run(workspace, run_id, kind, spec, **pinned), {"run_id": run_id, **result})
    with database(workspace) as rows:
        rows.execute("UPDATE runs SET status='done' WHERE run_id=?", (run_id,))
    return run_id


def study(workspace: Workspace, light: str) -> str:
    estimate = {"estimator": "aipw", "estimand": "ATE", "unit": None, **INTERVAL}
    return _finished(
        workspace,
        "study",
        StudySpec(question=QUESTION).plain(),
        {
            "title": "Does search change buy?",
            "outcome_unit": "share",
            "treatment_kind": "binary",
            "balance": {"rows": [{"group": "tenure"}, {"group": "intent"}]},
            "verdict": {"light": light, "sentence": "Not supported.", "reasons": ["No placebo."], "not_checked": []},
            "estimates": [estimate],
            "headline": {"estimator": "aipw"},
        },
    )


def found(*, differs: bool) -> dict[str, Any]:
    """A run's result, small, with a segment whose name is hostile."""
    curve = {"share": [0.0, 1.0], "value": [0.0, 0.08], "low": [0.0, 0.06], "high": [0.0, 0.1], "random": [0.0, 0.08]}
    group = {"units": 500, "users": 300, "predicted": 0.07, "low_together": 0.05, "high_together": 0.11, **INTERVAL}
    learner = {
        "learner": "t", "title": "T-learner", "offered": differs, "passed": True if differs else None, "gain": 0.001,
        "gain_low": 0.0005, "gain_high": 0.0015, "curve": curve, "qini": INTERVAL, "autoc": INTERVAL,
        "calibration": {"passed": None, "loading": None, "sentence": "It predicts one number for everybody."},
        "groups": {"rows": [{"group": 1, **group}, {"group": 2, **group}], "top_less_bottom": INTERVAL, "chance": 0.5},
    }  # fmt: skip
    row = {
        "split": HOSTILE, "group": "intent", "segment": f"{HOSTILE}: yes", "units": 500, "treated": 200,
        "low_together": 0.0, "high_together": 0.2, "difference": INTERVAL, "chance": 0.01, "chance_together": 0.04,
        "discovery_rate": 0.03, **INTERVAL,
    }  # fmt: skip
    rule = {"share_treated": 1.0, "over_none": INTERVAL, "over_all": INTERVAL}
    said_of_it = (
        "The effect differs between users." if differs else "No evidence that the effect differs between users."
    )
    return {
        "units": 1000, "users": 400, "population": "all users", "outcome_title": "buy", "outcome_unit": "share",
        "average": INTERVAL, "notes": ["A note."], "scored": None,
        "heterogeneity": {"passed": True if differs else None, "learner": "t" if differs else None, "sentence": said_of_it},
        "segments": {
            "found": True, "sentence": "1 of 2 segments differs.", "notes": [],
            "rows": [{**row, "users": 400}, {**row, "users": 4, "segment": "few"}],
        },
        "projection": {"found": None, "sentence": "Too few units.", "chance": None, "rows": []},
        "learners": [learner], "pairs": [],
        "policy": {
            "cost": 0.02, "passed": None, "sentence": "There is no evidence that a tree does better.", "notes": [],
            "tree": {"treat": True}, "leaves": [{"rule": "everybody", "treat": True, "units": 1000, "users": 400, **INTERVAL}],
            "rows": [{"rule": "all", "title": "Treat everybody", **rule}, {"rule": "tree", "title": "Treat by the tree", **rule}],
        },
    }  # fmt: skip


def clicked(app: AppTest) -> AppTest:
    return app.button(key="find-benefits").click().run()


def test_without_a_study_it_says_what_it_needs(asked: Workspace) -> None:
    app = open_page("who_benefits")
    assert not app.exception
    assert "needs an accepted estimate" in said(app)
    assert not app.button


def test_a_red_study_is_refused_with_its_reason(asked: Workspace) -> None:
    study(asked, "red")
    app = open_page("who_benefits")
    assert "The study is red, so who benefits is not asked of it. Not supported." in said(app)
    assert not app.multiselect


def test_an_amber_study_is_asked_with_its_doubt(asked: Workspace) -> None:
    study(asked, "amber")
    app = open_page("who_benefits")
    assert "The study is amber" in said(app) and "No placebo." in said(app)
    assert app.button(key="find-benefits")


def test_the_form_asks_for_a_run_with_its_settings(asked: Workspace) -> None:
    study(asked, "green")
    app = open_page("who_benefits")
    assert "the study found +8.0 pp" in said(app)
    app.multiselect(key="benefits-learners").set_value(["t"]).run()
    app.number_input(key="benefits-cost").set_value(2.0).run()
    segments = next(box for box in app.multiselect if box.label == "Segments by")
    assert segments.options == ["tenure", "intent"]
    segments.set_value(["intent"]).run()
    clicked(app)
    assert not app.exception
    run = list_runs(asked, kind="benefits", log_id="demo")[0]
    assert run["status"] == "queued"
    assert run["spec"]["learners"] == ["t"]
    assert run["spec"]["cost_per_treated"] == 0.02  # two percentage points of a share
    assert run["spec"]["segments"] == ["intent"]
    assert run["spec"]["study"] == StudySpec(question=QUESTION).plain()


@pytest.mark.parametrize("differs", [True, False])
def test_an_answer_is_shown_whole_and_text_of_the_data_is_no_markup(asked: Workspace, differs: bool) -> None:
    study(asked, "green")
    spec = {
        "study": StudySpec(question=QUESTION).plain(), "learners": ["s", "t", "x", "dr"], "cost_per_treated": 0.0,
        "smallest_group": 100, "segments": None,
    }  # fmt: skip
    _finished(asked, "benefits", spec, found(differs=differs))
    app = open_page("who_benefits")
    assert not app.exception
    words = said(app)
    assert ("The effect differs between users." if differs else "No evidence that the effect differs") in words
    assert ("does not beat one constant effect" in words) is not differs
    assert "There is no evidence that a tree does better." in words
    assert "1 row counts fewer than 10 users" in words or "rows count fewer than 10 users" in words
    assert not [button for button in app.button if button.key == "find-benefits"]
    app.number_input(key="benefits-cost").set_value(1.0).run()
    assert "asked with other settings" in said(app)
    assert app.button(key="find-benefits")


def test_where_only_segments_differ_the_answer_says_so_once(asked: Workspace) -> None:
    study(asked, "green")
    spec = {
        "study": StudySpec(question=QUESTION).plain(), "learners": ["s", "t", "x", "dr"], "cost_per_treated": 0.0,
        "smallest_group": 100, "segments": None,
    }  # fmt: skip
    by_segment = "1 of 2 segments differs."
    result = found(differs=False)
    result["heterogeneity"]["sentence"] = f"{by_segment} Yet from user to user no learner predicts it better."
    _finished(asked, "benefits", spec, result)
    app = open_page("who_benefits")
    assert "It differs by group, not by user" in said(app)
    assert said(app).count(by_segment) == 1


def test_segments_are_shown_while_the_learners_are_on_trial(asked: Workspace) -> None:
    study(asked, "green")
    app = clicked(open_page("who_benefits"))
    row = list_runs(asked, kind="benefits")[0]
    assert "1 of 2 segments differs" not in said(app)
    known = {name: value for name, value in found(differs=True).items() if name in SHOWN_FIRST}
    Run(asked, row["run_id"], "benefits", row["spec"], row["log_id"], row["version_id"]).show(known)
    app = app.run()
    assert not app.exception
    assert "1 of 2 segments differs" in said(app)
    assert app.button(key=f"cancel-{row['run_id']}")  # it goes on
