"""Every page in light, dark and on a narrow window: nothing breaks, nothing sticks out, axe finds nothing new."""

import json
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from pages.router import SECTIONS
from tests.browser.conftest import Tab

ADDRESSES = [
    "" if file == "start.py" else file.removesuffix(".py") for entries in SECTIONS.values() for file, *_ in entries
]
# What Streamlit's own widgets violate, seen on pages without a line of ours; rule by rule, so that a new one is noticed.
STREAMLITS_OWN = json.loads((Path(__file__).parent / "axe_baseline.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("tab", ["light", "dark"], indirect=True)
@pytest.mark.parametrize("address", ADDRESSES)
def test_axe_finds_nothing_serious_that_is_new(tab: Tab, address: str) -> None:
    tab.open(f"{address}?log=demo")
    tab.page.wait_for_timeout(1200)
    found = Axe().run(tab.page).response["violations"]
    serious = {
        entry["id"]: [node["target"] for node in entry["nodes"]][:3]
        for entry in found
        if entry["impact"] in ("serious", "critical") and entry["id"] not in STREAMLITS_OWN
    }
    assert not serious


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_narrow_window_scrolls_down_only(tab: Tab, address: str) -> None:
    tab.page.set_viewport_size({"width": 400, "height": 800})
    tab.open(f"{address}?log=demo")
    tab.page.wait_for_timeout(800)
    sideways = tab.page.evaluate(
        "() => { const main = document.querySelector('[data-testid=stMain]'); return main.scrollWidth - main.clientWidth }"
    )
    assert sideways <= 1
