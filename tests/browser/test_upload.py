"""An upload in a real browser: cut, gone on with after a reload of the page, whole, imported; and the widget's manners."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Route, expect

from core.storage.catalogue import list_logs
from core.storage.uploads import list_uploads
from tests.browser.conftest import Server, Tab

LINES = 400_000
LINE = "u{user},item-{item},view,2026-03-0{day}T09:14:05Z,{item}\n"


@pytest.fixture(scope="module")
def twenty_megabytes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of 400,000 events; in no two places alike, so that a piece in the wrong place would be seen."""
    path = tmp_path_factory.mktemp("files") / "long log.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("user_id,item_id,event_type,timestamp,value\n")
        file.writelines(LINE.format(user=place % 997, item=place, day=1 + place % 9) for place in range(LINES))
    assert path.stat().st_size > 18_000_000
    return path


def choose(tab: Tab, *paths: Path) -> None:
    tab.open("load")
    expect(tab.page.get_by_role("button", name="Choose files")).to_be_visible()
    tab.page.locator(".upload input[type=file]").set_input_files([str(path) for path in paths])


def only_small_pieces(route: Route) -> None:
    """Let a piece through that is a small file; leave one of a long file without an answer."""
    if len(route.request.post_data_buffer or b"") < 1_000:
        route.continue_()


def states(tab: Tab) -> Locator:
    return tab.page.locator(".upload .row .state")


def test_a_cut_upload_goes_on_after_a_reload_and_arrives_as_it_was(
    tab: Tab, server: Server, twenty_megabytes: Path
) -> None:
    page, content = tab.page, twenty_megabytes.read_bytes()
    with page.expect_response(re.compile("/api/uploads/")):  # at least one piece is there
        choose(tab, twenty_megabytes)
    page.context.set_offline(True)
    expect(states(tab)).to_contain_text("Connection lost")
    (cut,) = list_uploads(server.workspace)
    assert 0 < cut.received < len(content)
    page.get_by_role("button", name="Pause long log.csv").click()
    expect(states(tab)).to_contain_text("Paused")
    page.context.set_offline(False)

    choose(tab, twenty_megabytes)
    tab.wait_for(".st-key-arrival")
    (whole,) = list_uploads(server.workspace)
    assert (whole.upload_id, whole.finished) == (cut.upload_id, True)
    assert (server.workspace.uploads / whole.upload_id / "long-log.csv").read_bytes() == content

    page.get_by_role("button", name="Import", exact=True).click()
    tab.wait_for(".st-key-open-imported")
    log = next(log for log in list_logs(server.workspace) if log["name"] == "long log")
    assert log["manifest"]["events"] == LINES
    assert list_uploads(server.workspace) == []


def test_several_files_become_one_log_and_one_of_them_may_be_cancelled(
    tab: Tab, server: Server, tmp_path: Path, twenty_megabytes: Path
) -> None:
    page = tab.page
    small = [tmp_path / "one.csv", tmp_path / "two.csv"]
    for place, path in enumerate(small):
        path.write_text(f"user_id,timestamp\nu{place},2026-03-02T09:14:05Z\n", encoding="utf-8")
    page.route(re.compile("/api/uploads/"), only_small_pieces)  # the long file cannot end before it is cancelled
    choose(tab, twenty_megabytes, *small)
    page.get_by_role("button", name="Cancel long log.csv").click()
    tab.wait_for(".st-key-arrival")
    expect(page.locator(".st-key-arrival")).to_contain_text("one.csv")
    expect(page.locator(".st-key-arrival")).to_contain_text("two.csv")
    for _ in range(100):  # the word to throw it away may still be on its way
        names = sorted(upload.name for upload in list_uploads(server.workspace))
        if "long log.csv" not in names:
            break
        page.wait_for_timeout(100)
    assert names == ["one.csv", "two.csv"]


def test_the_widget_is_worked_by_keyboard_and_says_what_is_refused(tab: Tab, tmp_path: Path) -> None:
    page = tab.page
    (tmp_path / "empty <b>.csv").touch()
    choose(tab, tmp_path / "empty <b>.csv")
    expect(states(tab)).to_contain_text("'empty <b>.csv' is empty")
    page.get_by_role("button", name="Choose files").focus()
    page.keyboard.press("Tab")  # the buttons of the row come next
    expect(page.get_by_role("button", name="Try again empty <b>.csv")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(states(tab)).to_have_count(0)
