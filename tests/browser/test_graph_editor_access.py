"""The graph editor for everybody: by keyboard, by fingers, in light and dark, narrow, with many variables."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.browser.conftest import tab_on
from tests.browser.editor_driver import EDGES, Editor


def test_the_keyboard_does_everything(editor: Editor) -> None:
    page = editor.open().page
    page.locator(".canvas").focus()
    editor.press("Enter")
    expect(editor.node("age")).to_be_focused()
    editor.press("ArrowRight")
    expect(editor.node("search")).to_be_focused()
    editor.press("e", "ArrowRight", "ArrowRight")
    expect(editor.node("buy")).to_be_focused()
    editor.press("Enter")
    editor.expect_edges(*EDGES, "search>buy")
    expect(editor.node("buy")).to_be_focused()
    editor.press(".", ".", ".")  # of its edges, the third
    expect(editor.edge("clicks", "buy")).to_be_focused()
    editor.press("ArrowLeft")
    expect(editor.node("clicks")).to_be_focused()
    editor.press(".")
    expect(editor.edge("search", "clicks")).to_be_focused()
    expect(page.locator(".tip")).to_have_text("search causes clicks, on a causal path.")
    editor.press("f")
    editor.expect_edges("age>search", "age>buy", "intent>buy", "clicks>search", "clicks>buy", "search>buy")
    expect(editor.edge("clicks", "search")).to_be_focused()
    editor.press("Delete")
    editor.expect_edges("age>search", "age>buy", "intent>buy", "clicks>buy", "search>buy")
    expect(editor.node("clicks")).to_be_focused()
    editor.press("u")
    editor.expect_node("clicks", roles=["unmeasured"])
    editor.press("u", "t")
    editor.expect_node("clicks", roles=["treatment"])
    editor.press("t", "o")
    editor.expect_node("clicks", roles=["outcome"])
    editor.expect_node("buy", roles=[])
    editor.press("Control+z")
    editor.expect_node("clicks", roles=[])
    editor.press("Control+z")
    editor.expect_node("clicks", roles=["treatment"])
    editor.press("Control+Shift+z")
    editor.expect_node("clicks", roles=[])
    expect(editor.node("clicks")).to_be_focused()
    editor.press("Shift+ArrowDown", "Shift+ArrowDown", "Shift+ArrowRight")
    editor.eventually(lambda graph: [node["name"] for node in graph["nodes"] if "place" in node], ["clicks"])
    assert editor.truth()["edits"][-3:].count("change") == 3
    editor.press("F2")
    page.keyboard.type("taps")
    editor.press("Enter")
    editor.expect_node("taps", roles=[])
    expect(editor.node("taps")).to_be_focused()
    editor.press("Delete")
    editor.expect_edges("age>search", "age>buy", "intent>buy", "search>buy")
    editor.press("Escape")
    expect(page.locator(".canvas")).to_be_focused()
    editor.press("?")
    expect(page.get_by_text("turn the edge round")).to_be_visible()


def test_the_keyboard_accepts_and_dismisses_suggestions(editor: Editor) -> None:
    editor.open()
    editor.node("age").focus()
    editor.press(",")
    expect(editor.suggestion("are tied")).to_be_focused()
    editor.press(",")
    expect(editor.suggestion("age causes clicks")).to_be_focused()
    editor.press("a")
    editor.expect_edges(*EDGES, "age>clicks")
    learnt = {"method": "grasp", "stability": 0.93, "halved": True}
    assert next(each for each in editor.truth()["graph"]["edges"] if each.get("learnt"))["learnt"] == learnt
    expect(editor.edge("age", "clicks")).to_be_focused()
    editor.press("ArrowLeft", ",", "Delete")
    expect(editor.suggestion("are tied")).to_have_count(0)
    editor.expect_edits("accept", "dismiss")


def test_fingers_draw_edges_move_variables_and_zoom(editor_address: str, browser: Browser) -> None:
    with tab_on(editor_address, browser, viewport={"width": 420, "height": 900}, has_touch=True, is_mobile=True) as tab:
        tab.open()
        editor = Editor(tab)
        session = tab.page.context.new_cdp_session(tab.page)

        def touch(kind: str, *points: tuple[float, float]) -> None:
            fingers = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(points)]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

        def swipe(start: tuple[float, float], end: tuple[float, float]) -> None:
            touch("touchStart", start)
            for share in (0.3, 0.6, 1):
                touch("touchMove", (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])))
            touch("touchEnd")

        def scale() -> float:
            return float(
                (tab.page.locator(".view").get_attribute("transform") or "").partition("scale(")[2].rstrip(")")
            )

        port = editor.node("search").locator(".port").bounding_box()
        assert port is not None
        swipe((port["x"] + port["width"] / 2, port["y"] + port["height"] / 2), editor.middle(editor.node("buy")))
        editor.expect_edges(*EDGES, "search>buy")
        x, y = editor.middle(editor.node("buy"))
        swipe((x, y), (x - 10, y + 60))
        editor.eventually(lambda graph: [node["name"] for node in graph["nodes"] if "place" in node], ["buy"])
        before = scale()
        canvas = tab.page.locator(".canvas").bounding_box()
        assert canvas is not None
        x, y = canvas["x"] + canvas["width"] / 2, canvas["y"] + 40
        touch("touchStart", (x - 30, y), (x + 30, y))
        for apart in (40, 50, 60):
            touch("touchMove", (x - apart, y), (x + apart, y))
        touch("touchEnd")
        assert scale() / before == pytest.approx(2, rel=0.02)  # the fingers are twice as far apart


def test_sixty_variables_are_told_apart(editor: Editor) -> None:
    page = editor.open("large").page
    expect(page.locator(".nodes .node")).to_have_count(60)
    boxes = page.locator(".nodes .node .body").evaluate_all(
        "all => all.map(each => each.getBoundingClientRect().toJSON())"
    )
    overlapping = [
        (one, other)
        for place, one in enumerate(boxes)
        for other in boxes[:place]
        if min(one["right"], other["right"]) > max(one["left"], other["left"])
        and min(one["bottom"], other["bottom"]) > max(one["top"], other["top"])
    ]
    assert overlapping == []
    shortened = editor.node("variable number 14")
    expect(shortened.locator(".words")).to_contain_text("…")
    expect(shortened).to_have_attribute("aria-label", "variable number 14 of the log")
    shortened.focus()
    expect(page.locator(".tip")).to_have_text("variable number 14 of the log.")
    away = page.locator(".edge.away").count()
    near = page.locator(".edge.near").count()
    assert near > 0 and away + near == 150


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_sound_in_light_and_dark_and_for_thumbs_when_narrow(
    editor_address: str, browser: Browser, scheme: str
) -> None:
    with tab_on(editor_address, browser, color_scheme=scheme) as tab:
        tab.open()
        editor = Editor(tab)
        editor.node("age").click()
        serious = [
            (each["id"], node["html"][:120])
            for each in Axe().run(tab.page, context=".stBidiComponent").response["violations"]
            if each["impact"] in ("serious", "critical")
            for node in each["nodes"]
        ]
        assert serious == []
        tab.page.set_viewport_size({"width": 420, "height": 900})
        tab.page.wait_for_timeout(400)
        sizes = tab.page.locator(".editor :is(button, select, input):visible").evaluate_all(
            "all => all.map(each => Math.min(each.offsetHeight, each.offsetWidth))"
        )
        assert min(sizes) >= 44
        main = tab.page.get_by_test_id("stMain")
        assert main.evaluate("main => main.scrollWidth - main.clientWidth") <= 1
        editor.click("outcome")
        editor.expect_node("age", roles=["outcome"])
