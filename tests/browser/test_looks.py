"""Every page in light, in dark and on a narrow window: axe finds nothing new that is serious, nothing sticks out."""

import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from pages.router import SECTIONS
from tests.browser.conftest import Tab

ADDRESSES = [
    "" if file == "start.py" else file.removesuffix(".py") for entries in SECTIONS.values() for file, *_ in entries
]
# What Streamlit's own widgets violate, as {rule: inside which of them}. The navigation's sections nest lists in a way that
# axe refuses; in dark, a theme has one colour both under white text (buttons) and as text (selected segment, tab); the
# shortcut that a button names is pale.
STREAMLITS_OWN = json.loads((Path(__file__).parent / "axe_baseline.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_is_sound_in_light_in_dark_and_narrow(tab: Tab, address: str) -> None:
    tab.open(f"{address}?log=demo")
    tab.page.wait_for_timeout(1000)
    assert not lastingly_found(tab.page)
    tab.page.emulate_media(color_scheme="dark")
    dark = re.compile(r"rgb\(18, 22, 29\)")  # the dark page of .streamlit/config.toml
    expect(tab.page.get_by_test_id("stApp")).to_have_css("background-color", dark)
    assert not lastingly_found(tab.page)
    tab.page.set_viewport_size({"width": 400, "height": 800})
    tab.page.wait_for_timeout(600)
    assert sticking_out(tab.page) <= 1


def lastingly_found(page: Page) -> list[tuple[str, str]]:
    """What is found again a moment later: while Streamlit fades a part in, its text is pale."""
    found: list[tuple[str, str]] = []
    for _ in range(4):
        found = newly_found(page)
        if not found:
            break
        page.wait_for_timeout(1000)
    return found


def newly_found(page: Page) -> list[tuple[str, str]]:
    """Serious violations that are not Streamlit's own: (rule, element)."""
    return [
        (entry["id"], node["target"][0])
        for entry in Axe().run(page).response["violations"]
        if entry["impact"] in ("serious", "critical")
        for node in entry["nodes"]
        if not is_streamlits_own(page, entry["id"], node["target"][0])
    ]


def is_streamlits_own(page: Page, rule: str, target: str) -> bool:
    """Whether the element lies inside one of Streamlit's widgets that are known to violate the rule."""
    inside = STREAMLITS_OWN.get(rule)
    return inside is not None and bool(
        page.locator(target).first.evaluate("(e, inside) => !!e.closest(inside)", inside)
    )


def sticking_out(page: Page) -> int:
    """Pixels by which the content is wider than the window."""
    return int(page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth"))
