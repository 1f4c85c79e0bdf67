"""The graph editor by mouse: every operation, and what Python holds after it."""

import re
from pathlib import Path

from playwright.sync_api import expect

from core.graphs.causal_graph import Node
from tests.browser.editor_driver import EDGES, Editor, refusal_of
from tests.browser.editor_page import HOSTILE, SMALL


def test_edges_are_drawn_turned_and_removed_with_the_mouse(editor: Editor) -> None:
    editor.open()
    editor.node("search").hover()
    box = editor.node("search").locator(".port").bounding_box()
    assert box is not None
    editor.drag((box["x"] + box["width"] / 2, box["y"] + box["height"] / 2), editor.middle(editor.node("buy")))
    editor.expect_edges(*EDGES, "search>buy")
    editor.click("Draw edge")
    editor.node("search").click()
    editor.node("age").click()
    editor.expect_refused(refusal_of(SMALL, ("search", "age")))
    editor.click("Draw edge")
    editor.node("<img").click()
    editor.node("search").click()
    editor.expect_edges(*EDGES, "search>buy", "intent>search")
    editor.choose_edge("clicks", "buy")
    editor.click("Remove")
    editor.choose_edge("search", "clicks")
    editor.click("Turn round")
    editor.expect_edges("age>search", "age>buy", "intent>buy", "clicks>search", "search>buy", "intent>search")
    editor.expect_edits(*["change"] * 4)  # once per change


def test_variables_are_added_by_name_or_from_the_list_renamed_and_removed(editor: Editor) -> None:
    page = editor.open().page
    name = page.get_by_role("combobox", name="Name of a new variable")
    name.fill("mood")
    editor.click("Add")
    editor.expect_node("mood", roles=["unmeasured"])  # the log offers no such column
    expect(page.locator(".said")).to_contain_text("marked unmeasured")
    name.fill("last vis")
    page.get_by_role("option", name="Days since the last visit").click()
    editor.expect_node("days_since", roles=[], title="Days since the last visit")
    name.press("ArrowDown")
    name.press("ArrowDown")
    name.press("Enter")
    editor.expect_node("n_events", title="Number of events")
    name.fill("age")
    name.press("Enter")
    editor.expect_refused(refusal_of(SMALL, nodes=(*SMALL.nodes, Node("age"))))
    name.fill("")
    editor.node("age").click()
    editor.click("Rename")
    page.get_by_label("Name", exact=True).fill("years")
    page.get_by_label("Title").fill("Years of age")
    page.get_by_label("Title").press("Enter")
    editor.expect_node("years", title="Years of age")
    editor.expect_edges(*(edge.replace("age", "years") for edge in EDGES))
    expect(editor.node("Years of age")).to_be_focused()
    editor.click("Remove")
    editor.expect_edges("intent>buy", "search>clicks", "clicks>buy")
    expect(page.locator(".said")).to_have_text("Removed Years of age and its 2 edges.")


def test_roles_are_set_moved_and_explained(editor: Editor) -> None:
    page = editor.open().page
    editor.node("clicks").click()
    editor.click("treatment")
    editor.expect_node("clicks", roles=["treatment"])
    editor.expect_node("search", roles=[])
    editor.click("unmeasured")
    editor.expect_refused("Node 'clicks' is treatment and unmeasured; treatment and outcome must be measured.")
    editor.node("age").click()
    editor.click("randomised")
    editor.expect_node("age", roles=["randomised"])
    editor.click("selected")
    editor.expect_node("age", roles=["randomised", "selected"])
    editor.click("randomised")
    editor.expect_node("age", roles=["selected"])
    page.mouse.move(5, 5)
    editor.node("clicks").hover()
    expect(page.locator(".tip")).to_have_text("Part of the effect runs through clicks.")
    page.mouse.move(5, 5)
    expect(page.locator(".tip")).to_be_hidden()
    editor.node("age").focus()
    expect(page.locator(".tip")).to_have_text("age causes search and buy: adjust for it.")
    expect(editor.node("age")).to_have_attribute("aria-describedby", "tip")
    expect(page.get_by_role("button", name="age, selected, confounder, adjusted for")).to_be_visible()


def test_a_variable_dragged_to_another_column_gets_its_time_unless_edges_forbid_it(editor: Editor) -> None:
    page = editor.open("tiers").page
    expect(page.locator(".band text")).to_have_text(["before", "treatment", "after"])
    editor.node("past").hover()
    after = page.locator(".band").nth(2).bounding_box()
    assert after is not None
    there = (after["x"] + after["width"] / 2, after["y"] + 60)
    editor.drag(editor.middle(editor.node("past")), there)
    editor.expect_refused("The edge past → search runs against time: tier 2 is after tier 1; turn it round.")
    editor.expect_node("past", tier=0, place=None)
    editor.choose_edge("past", "search")
    editor.press("Delete")
    editor.expect_edges("age>search", "age>buy", "past>buy", "search>buy")
    editor.drag(editor.middle(editor.node("past")), there)
    editor.expect_node("past", tier=2)
    expect(page.locator(".said")).to_have_text("past: after.")
    page.locator(".time select").select_option("any time")
    editor.expect_node("past", tier=None, place=None)
    expect(page.locator(".band text")).to_have_text(["any time", "before", "treatment", "after"])
    editor.node("buy").click()
    page.locator(".time select").select_option("later than all")
    editor.expect_node("buy", tier=3)
    expect(page.locator(".band text")).to_have_text(["any time", "time 0", "time 1", "time 3"])
    editor.node("Age").click()
    page.locator(".time select").select_option("time 3")
    editor.expect_refused("The edge age → search runs against time: tier 3 is after tier 1; turn it round.")
    expect(page.locator(".time select")).to_have_value("0")


def test_what_was_placed_stays_until_all_is_laid_out_anew(editor: Editor) -> None:
    page = editor.open().page
    x, y = editor.middle(editor.node("age"))
    editor.drag((x, y), (x + 40, y - 70))
    editor.eventually(lambda graph: [node["name"] for node in graph["nodes"] if "place" in node], ["age"])
    before = editor.truth()["graph"]["nodes"][0]["place"]
    editor.click("Draw edge")
    editor.node("<img").click()
    editor.node("age").click()
    editor.expect_edges(*EDGES, "intent>age")
    editor.expect_node("age", place=before)
    page.get_by_role("button", name="Tidy").click()
    editor.expect_node("age", place=None)
    editor.click("Undo")
    editor.expect_node("age", place=before)
    editor.click("Redo")
    editor.expect_node("age", place=None)


def test_suggestions_are_accepted_either_way_or_as_a_hidden_cause(editor: Editor) -> None:
    page = editor.open().page
    editor.suggestion("are tied").focus()
    editor.press("Enter")
    expect(page.locator(".panel")).to_contain_text("Found by pc, in 61 % of the draws.")
    editor.click(f"Accept as {HOSTILE} → age")
    editor.expect_edges(*EDGES, "intent>age")
    expect(page.locator(".panel")).to_contain_text("Learnt: pc")
    editor.suggestion("share a hidden cause").focus()
    editor.press("Enter")
    editor.click("Accept as a hidden cause")
    hidden = "unmeasured cause of intent and clicks"
    editor.expect_edges(*EDGES, "intent>age", f"{hidden}>intent", f"{hidden}>clicks")
    editor.expect_node(hidden, roles=["unmeasured"])
    editor.click("Undo")
    editor.click("Undo")
    editor.expect_edges(*EDGES)
    expect(editor.suggestion("")).to_have_count(3)
    editor.expect_edits("accept", "accept", "change", "change")


def test_the_picture_is_zoomed_and_moved(editor: Editor) -> None:
    page = editor.open().page

    def view() -> list[float]:
        numbers = re.findall(r"-?[\d.]+", page.locator(".view").get_attribute("transform") or "")
        return [float(number) for number in numbers]

    begun = view()
    editor.click("Zoom in")
    assert view()[2] > begun[2]
    editor.click("Zoom out")
    editor.click("Zoom out")
    assert view()[2] < begun[2]
    editor.click("Fit")
    assert view() == begun
    canvas = page.locator(".canvas").bounding_box()
    assert canvas is not None
    x, y = canvas["x"] + 30, canvas["y"] + 30
    page.mouse.move(x, y)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -120)
    page.keyboard.up("Control")
    page.wait_for_timeout(100)
    assert view()[2] > begun[2]
    before = view()
    editor.drag((x, y), (x + 50, y + 20))
    assert [round(now - then) for now, then in zip(view(), before, strict=True)] == [50, 20, 0]
    page.locator(".canvas").focus()
    editor.press("ArrowRight", "ArrowDown")
    assert [round(now - then) for now, then in zip(view(), before, strict=True)] == [-10, -40, 0]
    editor.press("0")
    assert view() == begun
    editor.press("+", "+", "-")
    assert view()[2] > begun[2]
    editor.expect_edits()


def test_the_picture_is_saved_as_svg_and_png(editor: Editor, tmp_path: Path) -> None:
    page = editor.open().page
    for kind in ("SVG", "PNG"):
        with page.expect_download() as saved:
            editor.click(kind)
        saved.value.save_as(tmp_path / saved.value.suggested_filename)
    svg = (tmp_path / "causal-graph.svg").read_text(encoding="utf-8")
    assert "<img" not in svg and "&lt;img" in svg and "class=" not in svg
    png = (tmp_path / "causal-graph.png").read_bytes()
    assert png.startswith(b"\x89PNG") and len(png) > 10_000
