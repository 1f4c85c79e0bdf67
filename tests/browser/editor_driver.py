"""The graph editor as an analyst works it in a tab, and what Python holds under it (see editor_page.py)."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from core.errors import BadSpec
from core.graphs.causal_graph import CausalGraph, Node
from tests.browser.conftest import Tab

EDGES = ("age>search", "age>buy", "intent>buy", "search>clicks", "clicks>buy")


def refusal_of(graph: CausalGraph, *edges: tuple[str, str], nodes: tuple[Node, ...] | None = None) -> str:
    """The sentence with which Python refuses the graph with these edges besides, or with these nodes instead."""
    with pytest.raises(BadSpec) as refused:
        CausalGraph(nodes or graph.nodes, (*graph.edges, *edges))
    return str(refused.value)


class Editor:
    """What an analyst sees and does, and what Python holds."""

    def __init__(self, tab: Tab) -> None:
        self.tab, self.page = tab, tab.page

    def open(self, which: str = "small") -> "Editor":
        """Begin anew with a graph of editor_page.py."""
        turn = self.truth()["turn"]
        self.page.locator(f".st-key-begin-{which} button").click()
        while self.truth()["turn"] == turn:
            self.page.wait_for_timeout(50)
        expect(self.page.locator(".editor .canvas")).to_have_count(1)
        return self

    def node(self, words: str) -> Locator:
        return self.page.locator(".nodes .node").filter(
            has=self.page.locator(".words", has_text=re.compile(f"^{re.escape(words)}"))
        )

    def edge(self, source: str, target: str) -> Locator:
        return self.page.locator(".edges").get_by_role("button", name=re.compile(f"^{source} causes {target}"))

    def suggestion(self, words: str) -> Locator:
        return self.page.get_by_role("button", name=re.compile(f"^Suggested: .*{words}"))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def click(self, button: str) -> None:
        self.page.locator(".editor").get_by_role("button", name=button, exact=True).click()

    def choose_edge(self, source: str, target: str) -> None:
        """Click in the middle of its line."""
        self.settle()
        at = (
            self.edge(source, target)
            .locator(".line")
            .evaluate(
                "line => { const p = line.getPointAtLength(line.getTotalLength() / 2).matrixTransform(line.getScreenCTM()); "
                "return [p.x, p.y]; }"
            )
        )
        self.page.mouse.click(*at)

    def settle(self) -> None:
        """Wait until nothing glides to a new place."""
        still = "[...window.whypathGraphs.values()].every(editor => !editor.gliding)"
        while not self.page.evaluate(still):
            self.page.wait_for_timeout(50)

    def middle(self, thing: Locator) -> tuple[float, float]:
        self.settle()
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

    def expect_edits(self, *kinds: str) -> None:
        """What Python was told, once it was told all of it: one kind per change."""
        self.eventually(lambda _: self.truth()["edits"], list(kinds))

    def expect_refused(self, sentence: str) -> None:
        expect(self.page.locator(".refused")).to_have_text(sentence)
