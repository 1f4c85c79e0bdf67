"""Train, Runs, Inspect: settings become a spec, a run is watched, its lists are read without a heavy library."""

from core.storage.runs import list_runs
from core.storage.workspace import Workspace
from tests.pages.conftest import carry_out, open_page, said


def test_a_training_is_queued_with_only_what_differs_from_the_preset(demo: Workspace) -> None:
    app = open_page("train")
    app.number_input(key="setting-sasrec-quick-width").set_value(32).run()
    app.button(key="train").click().run()
    assert not app.exception
    asked = list_runs(demo, kind="train")[0]["spec"]
    assert (asked["model"], asked["preset"], asked["event_types"]) == ("sasrec", "quick", None)
    assert asked["settings"] == {"width": 32}


def test_settings_that_contradict_each_other_are_refused_and_nothing_is_queued(demo: Workspace) -> None:
    before = len(list_runs(demo, kind="train"))
    app = open_page("train")
    app.number_input(key="setting-sasrec-quick-heads").set_value(3).run()
    assert "cannot be shared by 3 heads" in app.error[0].value
    assert not [button for button in app.button if button.key == "train"]
    assert len(list_runs(demo, kind="train")) == before


def test_what_a_training_takes_is_said_before_it_starts(demo: Workspace) -> None:
    assert "GB of memory" in said(open_page("train"))


def test_a_waiting_run_can_be_cancelled_and_tried_again(demo: Workspace) -> None:
    app = open_page("train")
    app.segmented_control(key="model").set_value("ease").run()
    app.button(key="train").click().run()
    run_id = list_runs(demo, kind="train")[0]["run_id"]
    app = open_page("runs", run=run_id)
    assert "waiting for its turn" in app.get("progress")[0].proto.text
    app.button(key=f"cancel-{run_id}").click().run()
    app = open_page("runs", run=run_id)
    assert "cancelled" in said(app)
    app.button(key=f"retry-{run_id}").click().run()
    assert list_runs(demo, kind="train")[0]["status"] == "queued"


def test_a_finished_run_says_whether_it_beats_popularity_and_leads_to_a_user(demo: Workspace) -> None:
    app = open_page("train")
    app.segmented_control(key="model").set_value("ease").run()
    app.button(key="train").click().run()
    run_id = next(row["run_id"] for row in list_runs(demo, kind="train") if row["spec"]["model"] == "ease")
    carry_out(demo, run_id)
    app = open_page("runs", run=run_id)
    assert not app.exception
    assert "NDCG@10" in said(app)
    assert {"model", "NDCG@10", "HR@10"} <= set(app.dataframe[0].value.columns)
    app = open_page("inspect_user", run=run_id)
    assert not app.exception
    history, recommended, popular = (frame.value for frame in app.dataframe)
    assert len(recommended) == len(popular) == 10
    assert len(history) > 0
    app.number_input(key="k").set_value(3).run()
    assert len(app.dataframe[1].value) == 3
    app.button(key="busiest-user").click().run()
    assert not app.exception


def test_an_unknown_user_is_refused_with_an_example(demo: Workspace) -> None:
    app = open_page("inspect_user")
    app.text_input(key="user").set_value("<script>nobody</script>").run()
    assert not app.exception
    assert app.error
