"""The page Causal screen: a screen is asked for, read pair by pair, labelled, and opened as a question."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.effects.screen.labels import PairLabel, labels_of
from core.storage.catalogue import find_spec
from core.storage.runs import find_result, list_runs
from core.storage.workspace import Workspace
from pages.shared import words
from tests.pages.conftest import HOSTILE, carry_out, open_page, said


@pytest.fixture(scope="module")
def screened(demo_workspace: Workspace) -> dict[str, Any]:
    """A finished screen of the demo log."""
    from core.effects.screen.spec import ScreenSpec
    from core.jobs.work import run_here
    from core.storage.catalogue import find_manifest

    manifest = find_manifest(demo_workspace, "demo")
    return run_here(
        demo_workspace, "screen", ScreenSpec().plain(), title="Causal screen", log_id="demo",
        version_id=manifest["version_id"],
    )  # fmt: skip


def test_a_screen_is_asked_for_and_shown(demo: Workspace) -> None:
    app = open_page("screen")
    app.button(key="screen-go").click().run()
    assert not app.exception
    run_id = list_runs(demo, kind="screen")[0]["run_id"]
    carry_out(demo, run_id)
    app.run()
    assert not app.exception and not app.error
    result = find_result(demo, run_id)
    assert f"{result['found']} of" in said(app)
    assert len(app.dataframe[0].value) == len(result["pairs"]) == 12


def test_a_pair_opens_as_a_question(demo: Workspace, screened: dict[str, Any]) -> None:
    app = open_page("screen", screen=screened["run_id"])
    rows = screened["pairs"]
    at = next(place for place, row in enumerate(rows) if (row["cause"], row["effect"]) == ("search", "buy"))
    app.selectbox(key="screen-pair").set_value(at).run()
    assert "When search comes next, buy follows in" in said(app)
    app.button(key="screen-study").click().run()
    assert not app.exception
    question = find_spec(demo, str(app.query_params["question"]))
    assert (question["treatment"], question["outcome"]) == ("search", "buy")
    assert question["design"]["landmark_event"] == screened["spec"]["landmark_event"]


def test_a_pair_is_labelled_and_the_label_is_kept(fresh: Workspace, screened: dict[str, Any]) -> None:
    app = open_page("screen", screen=screened["run_id"])
    row = screened["pairs"][0]
    key = f"screen--label-{row['cause']}-{row['effect']}-demo"
    app.segmented_control(key=key).set_value("causal").run()
    assert not app.exception
    assert labels_of(fresh, "demo") == [PairLabel(row["cause"], row["effect"], "causal")]
    assert "causal" in list(app.dataframe[0].value["label"])
    app.segmented_control(key=key).set_value("no label").run()
    assert labels_of(fresh, "demo") == []


def test_a_cell_that_is_clicked_is_the_pair_that_is_looked_at_until_another_is_chosen(
    demo: Workspace, screened: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.shared.controls.figure", lambda *given, **more: ["cart", "buy"] if more["pick"] else [])
    app = open_page("screen", screen=screened["run_id"])
    box = app.selectbox(key="screen-pair")
    assert box.options[box.value] == "cart → buy"
    app.selectbox(key="screen-pair").set_value(box.options[0]).run()
    assert app.selectbox(key="screen-pair").value == 0  # the cell is still picked, and was heard once


def test_filters_leave_what_they_say(demo: Workspace, screened: dict[str, Any]) -> None:
    app = open_page("screen", screen=screened["run_id"])
    app.toggle(key="screen-only").set_value(True).run()
    assert len(app.dataframe[0].value) == screened["found"]
    app.multiselect(key="screen-causes").set_value(["buy"]).run()
    assert not app.exception
    assert len(app.dataframe[0].value) == sum(
        row["cause"] == "buy" and row["q_value"] is not None and row["q_value"] <= 0.05 and not row["displaced"]
        for row in screened["pairs"]
    )


def shown(kind: str, found: dict[str, Any]) -> AppTest:
    def page(kind: str, found: dict[str, object]) -> None:
        from pages.shared import battery_views as views

        {"battery": views.show_battery, "tools": views.show_other_tools, "planted": views.show_planted}[kind](found)

    app = AppTest.from_function(page, args=(kind, found), default_timeout=60).run()
    assert not app.exception
    return app


def test_what_stands_beside_a_headline_is_shown_and_names_are_no_markup() -> None:
    pair = {
        "title": HOSTILE, "units": 100, "treated": 50, "baseline": 0.2, "value": 0.01, "se": 0.02,
        "standard_value": 0.02, "standard_se": 0.05,
    }  # fmt: skip
    number = {"value": 0.1, "se": 0.02, "low": 0.06, "high": 0.14, "p_value": None}
    battery = {
        "passed": True, "sentence": f"Calibrated {HOSTILE}", "pairs": [pair], "kinds": {"planted": 1}, "unit": "share",
        "scale": 0.4, "error": {"mean": 0.0, "spread": 0.1}, "nominal": number, "calibrated": number,
        "alarm_share": 0.3, "calibrated_alarm_share": None, "detects": "x", "notes": [],
    }  # fmt: skip
    app = shown("battery", battery)
    assert "passed" in said(app)
    assert words.ANSWERS[True] in app.markdown[0].value and "\\<img" in app.markdown[0].value
    assert "no answer" in said(shown("battery", {**battery, "passed": None, "calibrated": None, "pairs": []}))
    step = {"name": "time_zero", "title": "One time zero", "value": -0.5}
    tool = {
        "name": "impact_report", "title": "Impact report", "says": HOSTILE, **number, "treated": 5, "control": 6,
        "unit": "share", "steps": [step],
    }  # fmt: skip
    tools = {"tools": [tool, {**tool, "name": "other", "steps": []}], "ours": number, "unit": "share", "sentence": HOSTILE,
             "notes": []}  # fmt: skip
    assert "+10.0 pp" in said(shown("tools", tools))
    row = {"title": "AIPW", "estimand": "ATE", "bias": 0.1, "bias_in_se": 0.2, "low": None, "high": None, "covered": 1,
           "runs": 3, "rmse": 0.1, "passed": False}  # fmt: skip
    planted = {"passed": False, "sentence": HOSTILE, "rows": [row], "scenarios": [{"title": "none"}], "bias_allowed": 0.5,
               "silent": "silent on hidden causes", "notes": []}  # fmt: skip
    assert "failed" in said(shown("planted", planted))
    assert "silent" not in said(shown("planted", {**planted, "rows": []}))
