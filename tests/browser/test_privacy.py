"""Privacy from end to end: what an import hides is never on screen, and a user who asks for it is forgotten."""

from pathlib import Path

from playwright.sync_api import expect

from core.events.privacy.keyed_hash import key_of, keyed_hash
from core.storage.catalogue import find_manifest, list_logs
from core.storage.engine import open_log
from tests.browser.conftest import Server, Tab

USERS, EVENTS = 12, 240


def test_an_import_hides_its_users_and_one_of_them_is_forgotten(tab: Tab, server: Server, tmp_path: Path) -> None:
    page, path = tab.page, tmp_path / "people.csv"
    rows = [f"ada-{n % USERS},view,2026-03-{1 + n % 20:02d},09:{n % 60:02d}:00" for n in range(EVENTS)]
    path.write_text("\n".join(["user_id,event,date,time", *rows, ""]), encoding="utf-8")
    tab.open("load")
    page.locator(".upload input[type=file]").set_input_files(str(path))
    tab.wait_for(".st-key-arrival")
    page.locator("summary").filter(has_text="Privacy").click()
    tab.settle()  # the switch moves while its box opens
    page.get_by_text("Replace user ids by keyed hashes").click()
    tab.settle()
    expect(page.get_by_text("In this log user ids are keyed hashes.")).to_be_visible()
    expect(page.get_by_text("the log's own key will give other hashes")).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    tab.wait_for(".st-key-open-imported")
    page.locator(".st-key-open-imported button").click()
    tab.settle()

    log_id = next(log["log_id"] for log in list_logs(server.workspace) if log["name"] == "people")
    tab.go("Privacy")
    for label in ("User id, as the imported files write it", "The same once more"):
        page.get_by_label(label).fill("ada-3")
    page.get_by_role("button", name="Forget this user").click()
    expect(page.get_by_text(f"Forgotten. {EVENTS // USERS} events removed from 1 version.")).to_be_visible()
    assert find_manifest(server.workspace, log_id)["users"] == USERS - 1
    log, key = open_log(server.workspace, log_id), key_of(server.workspace, log_id)
    users = set(log.fetch(log.table())["user_id"])
    assert users == {keyed_hash(key, f"ada-{n}") for n in range(USERS) if n != 3}
