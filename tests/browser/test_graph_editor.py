"""The graph editor in a real browser: every operation by mouse and by keyboard; what Python holds is read under it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, expect

from core.errors import BadSpec
from core.graphs.causal_graph import CausalGraph, Node
from tests.browser.conftest import Tab, serving, tab_on
from tests.browser.editor_page import HOSTILE, SMALL


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving("tests/browser/editor_app.py", tmp_path_factory.mktemp("editor")) as at:
        yield at


@pytest.fixture
def editor(address: str, browser: Browser) -> Iterator["Editor"]:
    with tab_on(address, browser) as tab:
        yield Editor(tab)


class Editor:
    """What an analyst sees and does, and what Python holds."""

    def __init__(self, tab: Tab) -> None:
        self.tab, self.page = tab, tab.page

    def open(self, which: str = "small", more: str = "") -> "Editor":
        self.tab.open(f"?graph={which}{more}")
        expect(self.page.locator(".editor .canvas")).to_be_visible()
        return self

    def node(self, words: str) -> Locator:
        return self.page.locator(".node").filter(has=self.page.locator(".words", has_text=re.compile(f"^{re.escape(words)}")))

    def edge(self, source: str, target: str) -> Locator:
        return self.page.locator(".edges").get_by_role("button", name=re.compile(f"^{source} causes {target}"))

    def suggestion(self, words: str) -> Locator:
        return self.page.get_by_role("button", name=re.compile(f"^Suggested: .*{words}"))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def click(self, button: str) -> None:
        self.page.locator(".editor").get_by_role("button", name=button, exact=True).click()

    def middle(self, thing: Locator) -> tuple[float, float]:
        thing.scroll_into_view_if_needed()
        box = thing.locator(".body").bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=3)
        mouse.move(*end, steps=3)
        mouse.up()

    def truth(self) -> dict[str, Any]:
        return dict(json.loads(self.page.get_by_test_id("stCode").inner_text()))

    def expect_edges(self, *edges: str) -> None:
        """Python's edges, once it has them: exactly these, as "source>target"."""
        self.eventually(lambda graph: sorted(f"{e['source']}>{e['target']}" for e in graph["edges"]), sorted(edges))

    def expect_node(self, name: str, **fields: Any) -> None:
        """Python's node of that name, once it is so."""

        def seen(graph: dict[str, Any]) -> Any:
            found = next((node for node in graph["nodes"] if node["name"] == name), {})
            return {field: found.get(field) for field in fields}

        self.eventually(seen, fields)

    def eventually(self, read: Any, wanted: Any) -> None:
        seen = None
        for _ in range(150):
            seen = read(self.truth()["graph"])
            if seen == wanted:
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"{seen} is not {wanted}")

    def expect_refused(self, sentence: str) -> None:
        expect(self.page.locator(".refused")).to_have_text(sentence)


EDGES = ("age>search", "age>buy", "intent>buy", "search>clicks", "clicks>buy")


def test_edges_are_drawn_turned_and_removed_with_the_mouse(editor: Editor) -> None:
    editor.open()
    port = editor.node("search").locator(".port-reach")
    editor.node("search").hover()
    box = port.bounding_box()
    assert box is not None
    editor.drag((box["x"] + box["width"] / 2, box["y"] + box["height"] / 2), editor.middle(editor.node("buy")))
    editor.expect_edges(*EDGES, "search>buy")

    editor.click("Draw edge")
    editor.node("age").click()
    editor.node("<img").click()
    editor.expect_edges(*EDGES, "search>buy", "age>intent")

    editor.edge("age", "<img").locator(".reach").dispatch_event("pointerdown", {"pointerId": 1, "button": 0})
    editor.page.locator(".canvas").dispatch_event("pointerup", {"pointerId": 1})
    editor.click("Turn round")
    editor.expect_edges(*EDGES, "search>buy", "intent>age")
    editor.click("Remove")
    editor.expect_edges(*EDGES, "search>buy")
    assert editor.truth()["edits"] == ["change"] * 4  # once per change
