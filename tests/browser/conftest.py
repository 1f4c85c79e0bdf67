"""The app in a real browser: a server on a free port with a workspace of its own, and a page that notices trouble.

Trouble is an error in the page's scripts, or any request that would leave the machine.
"""

import importlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from core.storage.workspace import Workspace

expect.set_options(timeout=60_000)  # on two busy cores a chart or a widget may take its time to be drawn

ROOT = Path(__file__).resolve().parents[2]
STARTUP_SECONDS = 90
ARGUMENTS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-dev-shm-usage"]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@dataclass(frozen=True)
class Server:
    """A running app."""

    address: str
    workspace: Workspace


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app as a newcomer starts it, with nothing in its workspace."""
    folder = tmp_path_factory.mktemp("browser")
    with serving("app.py", folder, WHYPATH_WORKSPACE=str(folder / "workspace")) as address:
        yield Server(address, Workspace(folder / "workspace"))


@contextmanager
def serving(script: str, folder: Path, **environment: str) -> Iterator[str]:
    """A script of this repository, run by Streamlit on a free port; its address. The server's log is in the folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    around = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=around, stdout=log, stderr=log)
    try:
        _wait_until_up(process, address, folder / "server.log")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_until_up(process: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.3)
    pytest.fail(f"The app did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: the machine's own, or Playwright's, which is fetched if neither is there."""
    with sync_playwright() as playwright:
        opened = _launched(playwright)
        yield opened
        opened.close()


def _launched(playwright: Playwright) -> Browser:
    own = next((path for name in NAMES if (path := shutil.which(name))), None)
    if own is None and not Path(playwright.chromium.executable_path).exists():
        own = _installed(playwright)
    return playwright.chromium.launch(executable_path=own, args=ARGUMENTS)


def _installed(playwright: Playwright) -> str | None:
    """Fetch a Chromium; returns its path, or None where it is Playwright's own. Fails with one sentence."""
    fetched = subprocess.run(
        [sys.executable, "-m", "playwright", "install", "chromium"], capture_output=True, check=False
    )
    if fetched.returncode == 0 and Path(playwright.chromium.executable_path).exists():
        return None
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for step in (["update"], ["install", "-y", "chromium"]):  # a new machine knows no packages before an update
            subprocess.run(["apt-get", *step], capture_output=True, check=False, env=environment)
        importlib.invalidate_caches()
        if found := shutil.which("chromium"):
            return found
    pytest.fail("The browser tests need Chromium: install it, or say `python -m playwright install chromium`.")


@dataclass
class Tab:
    """One browser tab on the app, with what went wrong in it."""

    page: Page
    address: str
    trouble: list[str]

    def open(self, path: str = "") -> None:
        """Go to an address of the app and wait until it is drawn."""
        self.page.goto(f"{self.address}/{path}")
        self.settle()

    def settle(self) -> None:
        """Wait until the app is connected and no script runs."""
        app = self.page.get_by_test_id("stApp")
        expect(app).to_have_attribute("data-test-connection-state", "CONNECTED", timeout=60_000)
        self.page.wait_for_timeout(300)
        expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=120_000)

    def go(self, title: str) -> None:
        """Click a page in the navigation."""
        self.page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True).click()
        self.settle()

    def wait_for(self, selector: str, *, seconds: int = 240) -> None:
        """Wait until something is there."""
        expect(self.page.locator(selector).first).to_be_visible(timeout=1000 * seconds)
        self.settle()


@pytest.fixture(params=["light"])
def tab(server: Server, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Tab]:
    """A tab; the test fails if anything went wrong in it."""
    with tab_on(server.address, browser, color_scheme=request.param) as opened:
        yield opened


@contextmanager
def tab_on(address: str, browser: Browser, **settings: Any) -> Iterator[Tab]:
    """A tab on the app at this address; fails at its end if anything went wrong in it."""
    context = browser.new_context(**{"viewport": {"width": 1360, "height": 900}, **settings})
    context.set_default_timeout(60_000)
    page = context.new_page()
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(f"error in the page: {error}"))
    page.on("request", lambda asked: None if _is_local(asked.url) else trouble.append(f"left: {asked.url}"))
    yield Tab(page, address, trouble)
    context.close()
    assert not trouble


def _is_local(url: str) -> bool:
    return url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:", "about:"))


@pytest.fixture(scope="session")
def editor_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where editor_page.py is served."""
    with serving("tests/browser/editor_app.py", tmp_path_factory.mktemp("editor")) as address:
        yield address


@pytest.fixture(scope="module")
def editor_tab(editor_address: str, browser: Browser) -> Iterator[Tab]:
    """One tab for all tests of a file: a graph begins anew faster than a page."""
    with tab_on(editor_address, browser) as opened:
        opened.open()
        yield opened


@pytest.fixture
def editor(editor_tab: Tab) -> Iterator[Any]:
    """The graph editor in that tab; the test fails if anything went wrong there."""
    from tests.browser.editor_driver import Editor

    editor_tab.page.mouse.move(5, 5)
    yield Editor(editor_tab)
    assert not editor_tab.trouble
