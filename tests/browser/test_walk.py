"""The whole walk of a newcomer, on a real log uploaded through the page: data, patterns, graph, effect, model, list."""

import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import expect

from core.storage.runs import find_result, list_runs
from tests.browser.conftest import Server, Tab

STUDY = 900_000  # milliseconds for a whole study beside other tests, after which something hangs
ROWS = 40_000  # enough for a question and a model, small enough for two shared cores


@pytest.fixture(scope="module")
def real_log(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first months of Deskdrop as CSV, as an analyst would export it."""
    events = pd.read_parquet(real_data / "deskdrop" / "users_interactions.parquet")
    path = tmp_path_factory.mktemp("upload") / "deskdrop.csv"
    events.sort_values("timestamp", kind="stable").head(ROWS).to_csv(path, index=False)
    return path


def test_the_demo_log_opens_by_itself_and_starts_with_pictures_not_forms(tab: Tab) -> None:
    tab.open()
    tab.wait_for(".js-plotly-plot")
    expect(tab.page.get_by_text("does search within 10 minutes")).to_be_visible()
    expect(tab.page.locator(".js-plotly-plot")).to_have_count(2)


def test_a_real_log_is_walked_from_upload_to_recommendation(tab: Tab, server: Server, real_log: Path) -> None:
    page = tab.page
    tab.open("load")
    expect(page.get_by_role("button", name="Choose files")).to_be_visible()
    page.locator(".upload input[type=file]").set_input_files(str(real_log))
    expect(page.get_by_text("'timestamp' was read as Unix time in seconds.")).to_be_visible()
    page.get_by_role("button", name="Import").click()
    tab.wait_for(".st-key-open-imported")
    expect(page.get_by_text(f"{ROWS:,} events")).to_have_count(2)  # in the message and in the list of logs
    page.locator(".st-key-open-imported button").click()
    tab.settle()
    assert "log=deskdrop" in page.url

    for title in ("Trends and rhythm", "Funnels"):
        tab.go(title)
        expect(page.locator(".js-plotly-plot").first).to_be_visible()
    assert "log=deskdrop" in page.url  # a click in the navigation keeps the address whole

    tab.go("Ask")
    expect(page.get_by_text("This compares different people")).to_be_visible()
    tab.go("Draw")
    expect(page.get_by_text("Identifiable by adjusting for")).to_be_visible()
    page.get_by_role("link", name="Estimate with this graph").click()
    tab.settle()
    page.locator(".st-key-estimate button").click()
    tab.wait_for(".st-key-first-answer, .st-key-verdict")
    expect(page.locator(".st-key-verdict")).to_contain_text(re.compile("(Green|Amber|Red) light"), timeout=STUDY)
    expect(page.locator(".st-key-verdict")).to_contain_text("Not checked")

    tab.go("Train")
    page.get_by_text("Graph model (LightGCN)").click()
    tab.settle()
    page.locator(".st-key-train button").click()
    tab.settle()
    expect(page.get_by_role("link", name="See what it recommends")).to_be_visible(timeout=240_000)
    page.get_by_role("link", name="See what it recommends").click()
    tab.settle()
    expect(page.get_by_text("recommended items are also in the popular list")).to_be_visible()

    run = list_runs(server.workspace, kind="train")[0]
    assert find_result(server.workspace, run["run_id"])["metrics"]["ndcg@10"]["value"] > 0


def test_an_effect_of_the_demo_can_be_lost_by_doubting_what_was_measured(tab: Tab, server: Server) -> None:
    page = tab.page
    tab.open("estimate?log=demo")
    page.locator(".st-key-estimate button").click()
    tab.wait_for(".st-key-first-answer, .st-key-verdict")
    expect(page.locator(".st-key-verdict")).to_contain_text("Green light", timeout=STUDY)
    expect(page.get_by_text("known truth", exact=False).first).to_be_visible()
    page.get_by_role("link", name="Mark something as unmeasured").click()
    tab.settle()
    page.locator(".st-key-groups-intent").get_by_text("unmeasured", exact=True).click()
    tab.settle()
    expect(page.get_by_text("Not identifiable: intent is unmeasured")).to_be_visible()
    page.get_by_role("link", name="Estimate with this graph").click()
    tab.settle()
    page.locator(".st-key-estimate button").click()
    tab.wait_for(".st-key-first-answer, .st-key-verdict")
    expect(page.locator(".st-key-verdict")).to_contain_text("Amber light", timeout=STUDY)
    doubted, believed = (
        find_result(server.workspace, row["run_id"])
        for row in list_runs(server.workspace, kind="study", log_id="demo")[:2]
    )
    truth = believed["truth"]["ate"]
    intervals = [next(e for e in study["estimates"] if e["estimator"] == "aipw") for study in (believed, doubted)]
    assert intervals[0]["low"] < truth < intervals[0]["high"]
    assert not intervals[1]["low"] < truth < intervals[1]["high"]


def test_a_link_survives_a_reload_and_a_fresh_browser(tab: Tab) -> None:
    tab.open("ask?log=demo")
    tab.page.get_by_role("spinbutton", name="within (days)", exact=True).fill("2")
    tab.page.keyboard.press("Enter")
    tab.settle()
    expect(tab.page.get_by_role("heading", name=re.compile("change buy within 2 days"))).to_be_visible()
    link = tab.page.url
    assert "question=" in link
    tab.page.context.clear_cookies()
    tab.page.goto(link)
    tab.settle()
    expect(tab.page.get_by_role("heading", name=re.compile("change buy within 2 days"))).to_be_visible()
