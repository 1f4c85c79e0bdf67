"""The page Versions: what each version holds, the way back, pruning with a preview; and appending from Load."""

from pathlib import Path
from typing import Any

import pytest

from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.storage.catalogue import find_manifest, list_logs, list_versions
from core.storage.workspace import Workspace
from tests.pages.conftest import open_page, said

ROWS = [f"u{place % 5},{'view' if place % 3 else 'buy'},2026-01-{1 + place % 28:02d} 10:00:00" for place in range(60)]


@pytest.fixture
def log_id(demo: Workspace, tmp_path: Path) -> str:
    """A log of three versions: 60, 40 and 20 events, the smallest the current one."""
    made: dict[str, Any] = {}
    for rows in (60, 40, 20):
        file = tmp_path / f"rows-{rows}.csv"
        file.write_text("\n".join(["user,event,time", *ROWS[:rows], ""]), encoding="utf-8")
        spec = ImportSpec(files=(str(file),), name="Three <b>versions</b>")
        made = import_log(demo, spec, lambda share, message: None, log_id=made.get("log_id"))
    return str(made["log_id"])


def test_versions_are_listed_newest_first_with_their_change(demo: Workspace, log_id: str) -> None:
    app = open_page("versions", log=log_id)
    assert not app.exception
    table = app.dataframe[0].value
    assert table["Events"].tolist() == [20, 40, 60]
    assert table["Change"].tolist() == ["\u221220", "\u221220", ""]
    assert table.iloc[0, 0] == "current"
    difference = next(frame.value for frame in app.dataframe if "Before" in frame.value.columns)
    assert difference["Change"].sum() == -20


def test_an_old_version_is_restored_and_the_strip_says_so(demo: Workspace, log_id: str) -> None:
    oldest = list_versions(demo, log_id)[-1]["version_id"]
    app = open_page("versions", log=log_id, version=oldest)
    app.button(key="restore").click().run()
    assert not app.exception
    assert find_manifest(demo, log_id)["events"] == 60
    assert "60 events" in said(app)
    assert "not the newest version" in said(app)


def test_pruning_is_previewed_and_spares_the_current_version(demo: Workspace, log_id: str) -> None:
    app = open_page("versions", log=log_id)
    assert not [button for button in app.button if button.key == "prune"]  # the log's rule keeps ten
    app.number_input(key=f"prune_keep-{log_id}").set_value(1).run()
    assert "Remove 2 versions" in app.button(key="prune").label
    assert len(list_versions(demo, log_id)) == 3
    app.button(key="prune").click().run()
    assert not app.exception
    assert [version["current"] for version in list_versions(demo, log_id)] == [True]


def test_a_forged_version_in_the_address_is_left_out(demo: Workspace, log_id: str) -> None:
    app = open_page("versions", log=log_id, version="version-<script>")
    assert not app.exception
    assert app.dataframe[0].value["Events"].tolist() == [20, 40, 60]


def test_a_log_is_deleted_once_its_name_was_typed(demo: Workspace, log_id: str) -> None:
    app = open_page("versions", log=log_id)
    assert app.button(key="delete-log").disabled
    app.text_input(key=f"deleted_name-{log_id}").set_value("Three <b>versions</b>").run()
    app.button(key="delete-log").click().run()
    assert not app.exception
    assert log_id not in {log["log_id"] for log in list_logs(demo)}
    assert not demo.version(log_id, "any").parent.exists()
    assert not app.error
