"""Ask, Draw, Estimate: a question in words, what must be adjusted for, and a verdict that can say no."""

import pytest
from streamlit.testing.v1 import AppTest

from core.effects.question import CausalQuestion
from core.effects.study_spec import StudySpec
from core.jobs.queue import cancel, submit
from core.storage.catalogue import find_manifest, keep_spec
from core.storage.runs import Run, find_result, list_runs
from core.storage.workspace import Workspace
from tests.pages.conftest import carry_out, open_page, said


def test_the_raw_difference_is_there_at_once_and_says_what_it_is_not(demo: Workspace) -> None:
    app = open_page("ask")
    assert app.metric[0].value.endswith(" pp")
    assert "This compares different people" in said(app)


@pytest.mark.parametrize(
    ("widget", "value", "words"),
    [
        ("outcome", "search", "same event type"),
        ("outcome_days", 0.0, "greater than 0"),
        ("grace", 2.0 * 1440, "shorter than the treatment window"),
        ("lookback", 3000.0, "lookback plus outcome window need"),
        ("landmark", 100, "choose another landmark"),
    ],
)
def test_an_impossible_question_is_refused_with_the_fix_and_the_form_stays(
    demo: Workspace, widget: str, value: object, words: str
) -> None:
    app = open_page("ask")
    box = app.selectbox(key=widget) if isinstance(value, str) else app.number_input(key=widget)
    box.set_value(value).run()
    assert not app.exception
    assert words in app.error[0].value.replace("\\", "")
    assert app.selectbox(key="treatment").value == "search"
    assert app.selectbox(key="outcome").value == (value if widget == "outcome" else "buy")


def test_a_changed_question_is_in_the_address_and_travels_to_the_graph(demo: Workspace) -> None:
    app = open_page("ask")
    app.number_input(key="outcome_days").set_value(2.0).run()
    assert "within 2 days" in said(open_page("draw", question=_link(app)))


def _link(app: AppTest) -> str:
    link = app.query_params["question"]
    return str(link[0] if isinstance(link, list) else link)


def test_the_order_of_events_is_asked_for_here_and_learnt_in_the_study(
    demo: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def learnt_here(*given: object) -> None:
        raise AssertionError("the web process never learns")

    for place in ("analysis_table", "study_inputs"):
        monkeypatch.setattr(f"core.effects.{place}.learn_states", learnt_here)
    app = open_page("ask")
    assert not app.checkbox(key="history_state").value
    app.checkbox(key="history_state").set_value(True).run()
    assert not app.exception and app.metric[0].value.endswith(" pp")
    assert "learnt from other users' events" in said(app)
    drawn = open_page("draw", question=_link(app))
    drawn.segmented_control(key="groups-intent").set_value("no cause").run()
    assert not drawn.exception and "event order" in drawn.success[0].value.replace("\\", "")
    back = open_page("ask", question=_link(drawn))
    back.checkbox(key="history_state").set_value(False).run()
    assert not back.exception and not back.error


def test_a_ready_question_can_be_taken_in_hand(demo: Workspace) -> None:
    app = open_page("ask")
    app.button(key="suggestion-1").click().run()
    assert not app.exception
    assert app.selectbox(key="treatment").value != "search"


def test_marking_intent_as_unmeasured_makes_the_effect_unidentifiable(demo: Workspace) -> None:
    app = open_page("draw")
    assert "Identifiable by adjusting for" in app.success[0].value
    app.segmented_control(key="groups-intent").set_value("unmeasured").run()
    assert not app.exception
    assert "Not identifiable: intent is unmeasured" in app.warning[0].value.replace("\\", "")
    app.segmented_control(key="groups-intent").set_value("no cause").run()
    assert "intent" not in app.success[0].value
    app.segmented_control(key="groups-intent").set_value("measured").run()
    assert "intent" in app.success[0].value


def test_an_estimate_is_queued_once_and_its_result_is_shown_to_everybody_who_asks_the_same(demo: Workspace) -> None:
    app = open_page("estimate")
    app.button(key="estimate").click().run()
    (queued,) = list_runs(demo, kind="study")
    assert queued["status"] == "queued"
    assert "waiting for its turn" in app.get("progress")[0].proto.text
    carry_out(demo, queued["run_id"])
    result = find_result(demo, queued["run_id"])
    app = open_page("estimate")
    assert not app.exception
    text = said(app)
    assert f"{result['verdict']['light'].capitalize()} light" in text or app.get("badge")
    assert result["verdict"]["sentence"].split(":")[0] in text
    for check in ("Overlap", "Balance", "Placebo outcome", "Unobserved common cause"):
        assert f"**{check}" in text
    assert "Sensitivity to a hidden cause" not in text  # the same question of a regression, with another number
    assert f"{result['units']:,} units" in text and "past_activity" not in text
    assert "Not checked" in text
    drawn = {chart.key.removeprefix("figure-") for chart in app.get("plotly_chart")}
    assert drawn >= {"forest", "propensities", "love-plot", "study-graph", "planted", "curve-clone_censor_weight"}


def test_the_known_truth_can_be_hidden(demo: Workspace) -> None:
    app = open_page("estimate")
    if not app.toggle:
        pytest.fail("the study of the test before must be there")
    shown = app.get("plotly_chart")[0].proto.spec
    app.toggle[0].set_value(False).run()
    hidden = app.get("plotly_chart")[0].proto.spec
    assert "known truth" in shown
    assert "known truth" not in hidden


@pytest.mark.parametrize("estimated", [False, True])
def test_a_study_that_was_cancelled_does_not_say_that_it_is_being_checked(demo: Workspace, estimated: bool) -> None:
    (done,) = [row for row in list_runs(demo, kind="study") if row["status"] == "done"]
    finished = find_result(demo, done["run_id"])
    missing = {"verdict"} if estimated else {"verdict", "overlap", "estimates", "headline"}
    question = CausalQuestion.read({"treatment": "search", "outcome": "buy", "seed": 78 + estimated})
    version_id = find_manifest(demo, "demo")["version_id"]
    spec = StudySpec(question=question).plain()
    run_id = submit(demo, "study", spec, title="stopped", log_id="demo", version_id=version_id)
    Run(demo, run_id, "study", spec, "demo", version_id).show(
        {name: chapter for name, chapter in finished.items() if name not in missing}
    )
    link = {"question": keep_spec(demo, question.plain())}
    going_on = open_page("estimate", **link)
    cancel(demo, run_id)
    stopped = open_page("estimate", **link)
    assert not going_on.exception and not stopped.exception
    assert "Being checked" in said(going_on)
    assert ("are under way" if estimated else "is being adjusted for") in said(going_on)
    assert "Being checked" not in said(stopped) and "The study stopped before" in said(stopped)


def test_a_study_from_before_a_setting_came_is_found_again(demo: Workspace) -> None:
    question = CausalQuestion.read({"treatment": "search", "outcome": "buy", "seed": 77})
    older = StudySpec(question=question).plain()
    del older["cate"]
    version_id = find_manifest(demo, "demo")["version_id"]
    run_id = submit(demo, "study", older, title="older", log_id="demo", version_id=version_id)
    app = open_page("estimate", question=keep_spec(demo, question.plain()))
    cancel(demo, run_id)
    assert not app.exception
    assert run_id in app.query_params["study"] and not any(button.key == "estimate" for button in app.button)
