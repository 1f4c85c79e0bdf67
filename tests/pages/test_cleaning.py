"""Cleaning, driven as an analyst would: add steps, see what they did, change, switch off, take back."""

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.events.cleaning.clean import clean_log
from core.events.cleaning.recipe import Recipe
from core.events.cleaning.saved import kept_recipes
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.storage.catalogue import find_manifest
from core.storage.runs import list_runs
from core.storage.workspace import Workspace
from tests.pages.conftest import carry_out, open_page, said


@pytest.fixture
def shop(demo: Workspace, tmp_path: Path) -> dict[str, Any]:
    """40 events of four users, two of them twice; an event type that would be markup."""
    rows = [
        f"u{place % 4},{'**buy**' if place % 5 else 'view'},2026-01-{1 + place % 20:02d} 10:{place:02d}:00,{place}"
        for place in range(38)
    ]
    file = tmp_path / "shop.csv"
    file.write_text("\n".join(["user,event,time,price", *rows, *rows[:2]]), encoding="utf-8")
    mapping = {"user_id": "user", "event_type": "event", "timestamp": "time", "value": "price"}
    return import_log(
        demo, ImportSpec(files=(str(file),), name="cleaned shop", mapping=mapping), lambda share, message: None
    )


def newest(workspace: Workspace, kind: str, log_id: str) -> str:
    return str(list_runs(workspace, kind=kind, log_id=log_id)[0]["run_id"])


def choose(app: AppTest, step: str) -> AppTest:
    chooser = next(box for box in app.selectbox if str(box.key).startswith("new_step-"))
    return chooser.set_value(step).run()


def add(app: AppTest, step: str) -> AppTest:
    choose(app, step)
    return app.button(key="add-step").click().run()


def test_a_step_is_added_previewed_applied_and_switched_off(demo: Workspace, shop: dict[str, Any]) -> None:
    app = open_page("cleaning", log=shop["log_id"])
    assert "No step yet" in said(app)
    add(app, "drop_duplicates")
    assert "1. Drop duplicates" in said(app)
    assert "Not counted yet" in said(app)
    app.button(key="preview").click().run()
    carry_out(demo, newest(demo, "preview", shop["log_id"]))
    app.run()
    assert "40 → 38 events" in said(app)
    assert find_manifest(demo, shop["log_id"])["version_id"] == shop["version_id"]
    app.button(key="apply").click().run()
    carry_out(demo, newest(demo, "clean", shop["log_id"]))
    app.run()
    assert not app.exception
    assert find_manifest(demo, shop["log_id"])["events"] == 38
    app.run()
    assert "40 → 38 events" in said(app)
    assert not [button for button in app.button if button.key == "apply"]
    app.button(key="toggle-0").click().run()
    assert "Drop duplicates (off)" in said(app)
    app.button(key="discard").click().run()
    app.button(key="uncleaned").click().run()
    assert find_manifest(demo, shop["log_id"])["version_id"] == shop["version_id"]
    assert "1. Drop duplicates" in said(app)


def test_a_step_that_lacks_a_setting_is_refused_in_place_and_one_that_uses_the_future_says_so(
    demo: Workspace, shop: dict[str, Any]
) -> None:
    app = open_page("cleaning", log=shop["log_id"])
    add(app, "outliers")
    assert "columns" in app.error[0].value
    form = "step_form-new-0-outliers"
    assert "low_share" not in " ".join(str(number.key) for number in app.number_input)
    app.selectbox(key=f"{form}-detect").set_value("quantile").run()
    app.number_input(key=f"{form}-low_share").set_value(0.05)
    app.multiselect(key=f"{form}-columns").set_value(["value"]).run()
    app.button(key="add-step").click().run()
    assert not app.error
    assert "Value: lowest 5 % and highest 1 %; only mark" in said(app)
    assert "uses the future" in said(app)


def test_steps_are_moved_changed_and_removed(demo: Workspace, shop: dict[str, Any]) -> None:
    app = open_page("cleaning", log=shop["log_id"])
    add(app, "drop_duplicates")
    choose(app, "drop_events")
    app.multiselect(key="step_form-new-1-drop_events-event_types").set_value(["**buy**"]).run()
    app.button(key="add-step").click().run()
    app.button(key="up-1").click().run()
    assert "1. Drop event types" in said(app)
    assert "**buy**" not in "".join(str(caption.value) for caption in app.caption)  # its marks are escaped
    app.button(key="edit-0").click().run()
    app.multiselect(key="step_form-0-drop_events-event_types").set_value(["view"]).run()
    app.button(key="save-0").click().run()
    assert "View" in said(app)
    app.button(key="remove-0").click().run()
    assert "Drop event types" not in "".join(str(text.value) for text in app.markdown)


def test_a_recipe_is_kept_and_brought_from_a_file(demo: Workspace, shop: dict[str, Any]) -> None:
    app = open_page("cleaning", log=shop["log_id"])
    add(app, "drop_duplicates")
    app.text_input(key="recipe_name").set_value("usual").run()
    app.button(key="keep-recipe").click().run()
    assert list(kept_recipes(demo)) == ["usual"]
    recipe = {"steps": [{"step": "shift_time", "hours": 2}, {"step": "clear_places", "enabled": False}]}
    app.file_uploader(key="recipe_upload").upload("recipe.json", json.dumps(recipe).encode(), "application/json").run()
    app.button(key="use-file").click().run()
    assert "By +2 hours" in said(app)
    app.button(key="use-kept").click().run()
    assert "1. Drop duplicates" in said(app)


def test_ask_refuses_a_log_cleaned_by_what_came_later_and_leads_to_the_recipe(
    demo: Workspace, shop: dict[str, Any]
) -> None:
    steps = {"steps": [{"step": "drop_duplicates"}, {"step": "outliers", "columns": ["value"], "detect": "quantile"}]}
    clean_log(demo, shop, Recipe.read(steps), lambda share, message: None)
    for page in ("ask", "estimate"):
        app = open_page(page, log=shop["log_id"])
        assert not app.exception
        assert "judged events by what came after" in app.error[0].value
        assert "Open the cleaning recipe" in [link.proto.label for link in app.get("page_link")]


def test_a_draft_survives_a_reload_and_can_be_shared(demo: Workspace, shop: dict[str, Any]) -> None:
    app = open_page("cleaning", log=shop["log_id"])
    add(app, "drop_duplicates")
    link = app.query_params["draft"]
    again = open_page("cleaning", log=shop["log_id"], draft=link if isinstance(link, str) else link[0])
    assert "1. Drop duplicates" in said(again)
    assert not again.exception
    assert "No step yet" in said(open_page("cleaning", log="demo", draft=link if isinstance(link, str) else link[0]))
