"""Features: the list, one feature over the users, the preview, what an analyst makes."""

import pytest

from core.events.features.own import SHELF, own_features
from core.storage.runs import find_result, list_runs
from core.storage.shelf import keep
from core.storage.workspace import Workspace
from pages.shared import feature_views
from tests.pages.conftest import HOSTILE, carry_out, open_page, said

LOG = "demo"


def test_the_list_the_figure_and_the_preview_are_of_one_population(fresh: Workspace) -> None:
    app = open_page("features")
    assert not app.exception
    assert not app.error
    names = app.dataframe[0].value["feature"].tolist()
    assert {"events_buy", "days_since_last", "usual_hour", "latest_device"} <= set(names)
    assert "400 users" in said(app)
    spread, preview = app.dataframe[1].value, app.dataframe[2].value
    assert spread["users"].sum() == 400
    assert preview.columns.tolist() == ["user_id", *names]
    assert len(preview) == 100
    assert "100 of 400 users" in said(app)
    assert "personal data" in said(app)


def test_a_moment_and_a_lookback_change_whom_and_what_is_described(fresh: Workspace) -> None:
    app = open_page("features", days="7", feature="events_buy")
    assert app.selectbox(key="feature").value == "events_buy"
    assert "in the 7 days before the moment" in said(app)
    app.date_input(key="at").set_value("2025-03-10").run()
    assert not app.exception
    assert "at 2025-03-10 00:00 (UTC)" in said(app)
    assert "of 400 users have no event before the moment and no row" in said(app)
    app = open_page("features", at="2020-01-01")
    assert not app.exception
    assert "choose a later moment" in app.error[0].value.replace("\\", "")


def test_a_feature_is_made_shown_and_removed(fresh: Workspace) -> None:
    app = open_page("features")
    app.text_input(key="feature-name-demo").set_value("big_buys")
    app.selectbox(key="feature-what-demo").select("sum").run()
    app.selectbox(key="feature-rule-demo").select("buy")
    app.selectbox(key="feature-column-demo").select("value")
    app.text_input(key="feature-description-demo").set_value(HOSTILE)
    app.button(key="save-feature").click().run()
    assert not app.exception
    kept = own_features(fresh, LOG)["big_buys"]
    assert (kept.what, kept.rule, kept.column) == ("sum", "buy", "value")
    row = app.dataframe[0].value.set_index("feature").loc["big_buys"]
    assert row["definition"].startswith("Sum of value over events that match 'buy' in the 28 days before")
    app.selectbox(key="feature").select("big_buys").run()
    assert not app.exception
    assert HOSTILE not in "\n".join(str(each.value) for each in app.caption)  # its marks are escaped
    app.selectbox(key="feature-chosen-demo").select("big_buys").run()
    app.button(key="remove-feature").click().run()
    assert own_features(fresh, LOG) == {}


def test_a_name_that_is_taken_is_refused_in_words(fresh: Workspace) -> None:
    app = open_page("features")
    app.text_input(key="feature-name-demo").set_value("events_buy")
    app.button(key="save-feature").click().run()
    assert "that this log has already" in app.error[0].value.replace("\\", "")
    assert own_features(fresh, LOG) == {}


def test_a_feature_that_this_version_cannot_give_is_said_and_the_rest_stands(fresh: Workspace) -> None:
    keep(fresh, SHELF, "gone", {"name": "gone", "rule": "no_such_event"}, log_id=LOG)
    app = open_page("features")
    assert not app.error
    assert "no event type 'no_such_event'" in said(app)
    assert "gone" not in app.dataframe[0].value["feature"].tolist()


def test_many_users_are_described_by_a_run(fresh: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feature_views, "AT_ONCE", 10)
    app = open_page("features")
    app.button(key="describe-all").click().run()
    assert not app.exception
    (row,) = list_runs(fresh, kind="features", log_id=LOG)
    run_id = str(row["run_id"])
    carry_out(fresh, run_id)
    assert find_result(fresh, run_id)["rows"] == 400
    done = open_page("features", features=run_id)
    assert not done.exception
    labels = [str(button.proto.label) for button in done.get("download_button")]
    assert "CSV of all 400 users" in labels
