"""Trends and rhythm, Funnels, Start: settings become a spec, results are shown with what qualifies them."""

from core.storage.workspace import Workspace
from tests.pages.conftest import open_page, said


def test_start_shows_rhythm_funnel_and_three_questions_before_anything_is_asked(demo: Workspace) -> None:
    app = open_page()
    assert len(app.get("plotly_chart")) == 2
    assert len(app.get("page_link")) == 3
    assert "does search within 10 minutes" in said(app)


def test_another_time_zone_moves_the_rhythm_and_is_named(demo: Workspace) -> None:
    app = open_page("trends")
    before = [chart.proto.spec for chart in app.get("plotly_chart")]
    app.selectbox(key="zone").select("Asia/Tokyo").run()
    after = [chart.proto.spec for chart in app.get("plotly_chart")]
    assert before[1] != after[1]
    assert "(Asia/Tokyo)" in said(app)
    assert not app.exception


def test_counting_users_is_said_to_count_users(demo: Workspace) -> None:
    app = open_page("trends")
    app.get("button_group")[1].set_value(["users"]).run() if app.get("button_group") else None
    assert not app.exception


def test_incomplete_days_are_said(demo: Workspace) -> None:
    assert "covered only in part" in said(open_page("trends"))


def test_a_shorter_period_changes_the_caption(demo: Workspace) -> None:
    app = open_page("trends")
    first, _last = app.date_input[0].value
    app.date_input[0].set_value((first, first.replace(day=28))).run()
    assert not app.exception
    assert f"to 28 {first:%b %Y}" in said(app)


def test_a_funnel_of_one_step_is_refused_with_the_fix(demo: Workspace) -> None:
    app = open_page("funnels")
    app.multiselect[0].set_value(["view"]).run()
    assert not app.exception
    assert "steps" in app.error[0].value


def test_a_funnel_shows_the_steps_asked_for_in_their_order(demo: Workspace) -> None:
    app = open_page("funnels")
    app.multiselect[0].set_value(["search", "buy"]).run()
    assert list(app.dataframe[0].value["event type"]) == ["search", "buy"]
    assert "who did 'search'" in said(app)
