"""From a discovery to the picture to a what-if, on the demo's question, with the mouse and the keyboard."""

import re

from playwright.sync_api import expect

from core.graphs.library import open_graph
from core.storage.runs import find_result, list_runs
from tests.browser.conftest import Server, Tab


def test_a_suggestion_is_accepted_in_the_picture_and_asked_what_if(tab: Tab, server: Server) -> None:
    page = tab.page
    tab.open()
    tab.wait_for(".js-plotly-plot")  # the demo log is there
    tab.open("discover?log=demo")
    page.get_by_role("spinbutton", name="Bootstrap draws").fill("10")
    page.keyboard.press("Enter")
    tab.settle()
    page.locator(".st-key-discover-go button").click()
    link = page.get_by_role("link", name="Judge them in the picture")
    expect(link).to_be_visible(timeout=240_000)
    link.click()
    tab.settle()
    suggestions = page.get_by_role("button", name=re.compile("^Suggested: "))
    expect(suggestions.first).to_be_visible()
    before = suggestions.count()
    suggestions.first.focus()
    page.keyboard.press("a")
    expect(suggestions).to_have_count(before - 1)
    expect(page.locator(".panel")).to_contain_text("Learnt: boss")
    tab.settle()
    page.wait_for_url(re.compile("graph="))
    graph = open_graph(server.workspace, re.search("graph=([^&]+)", page.url)[1])  # type: ignore[index]
    assert [(edge.method, edge.halved) for edge in graph.learnt] == [("boss", True)]

    if before > 1:
        suggestions.first.focus()
        page.keyboard.press("Delete")
        expect(page.get_by_text("1 dismissed")).to_be_visible()

    tab.go("What if")
    page.get_by_role("spinbutton", name="Refits behind each interval").fill("2")
    page.keyboard.press("Enter")
    tab.settle()
    page.locator(".st-key-what_if-go button").click()
    expect(page.get_by_role("heading", name=re.compile("search = 1 instead of search = 0: buy"))).to_be_visible(
        timeout=240_000
    )
    run = list_runs(server.workspace, kind="what_if")[0]
    assert find_result(server.workspace, run["run_id"])["outcome"] == "buy"
