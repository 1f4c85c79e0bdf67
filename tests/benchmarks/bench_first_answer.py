"""How long from the click on Estimate to the raw difference on the screen? The demo shop, in a real browser.

    python -m tests.benchmarks first_answer [clicks] [--keep FOLDER]

Target: 1 second on two free cores. Each click asks anew (another seed) with a warm worker in waiting; the run is
cancelled once its first answer is seen, and the next click waits for the spare. The phases: until the run's row is
written, until the worker has taken it, until it has written the raw difference, until the browser shows it. CPU seconds
of the worker and of the server stand beside, because the wall clock of a shared machine says little.
"""

import argparse
import os
import tempfile
import time
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
from playwright.sync_api import Browser, sync_playwright

from core.effects.question import CausalQuestion
from core.events.demo.run import DEMO_LOG
from core.jobs.queue import cancel
from core.jobs.runner import hold_lock
from core.jobs.work import run_here
from core.storage.catalogue import find_manifest, keep_spec, list_logs
from core.storage.runs import ACTIVE, list_runs
from core.storage.workspace import Workspace
from tests.benchmarks.printed import line
from tests.browser.conftest import Tab, _launched, serving, tab_on

TARGET_SECONDS = 1.0
TICKS = os.sysconf("SC_CLK_TCK")
PROCESSES = {"server": "streamlit run", "workers": "core work --lane study"}
NOTE_TIMES = """selector => {
    document.addEventListener("click", () => { window.clickedAt = Date.now() }, { capture: true, once: true });
    new MutationObserver((_, observer) => {
        if (document.querySelector(selector)) { window.seenAt = Date.now(); observer.disconnect() }
    }).observe(document.body, { childList: true, subtree: true })
}"""
SEEN = ".st-key-first-answer h1"


def main(clicks: int, folder: Path) -> None:
    workspace = Workspace(folder / "workspace")
    workspace.prepare()
    if DEMO_LOG not in [log["log_id"] for log in list_logs(workspace)]:
        run_here(workspace, "demo", {"log_id": DEMO_LOG}, title="Demo log")
    asked = find_manifest(workspace, DEMO_LOG)["truth"]["question"]
    seed = 1 + len(list_runs(workspace))
    with (
        serving("app.py", folder, WHYPATH_WORKSPACE=str(workspace.root)) as address,
        sync_playwright() as playwright,
        _launched(playwright) as browser,
    ):
        taken = [_one_click(workspace, address, browser, asked, seed + at) for at in range(clicks)]
    print(f"{clicks} clicks, median (slowest); load {os.getloadavg()[0]:.1f}")
    for phase in taken[0]:
        seconds = [each[phase] for each in taken]
        met = {"at_most": TARGET_SECONDS} if phase == "click to answer" else {}
        line(phase, float(np.median(seconds)), **met, aside=f"{max(seconds):.2f}")


def _one_click(workspace: Workspace, address: str, browser: Browser, asked: Any, seed: int) -> dict[str, float]:
    question = CausalQuestion.read({**asked, "seed": seed})
    _wait_for_spare(workspace)
    with tab_on(address, browser) as tab:
        tab.open(f"estimate?log={DEMO_LOG}&question={keep_spec(workspace, question.plain())}")
        return _clicked(workspace, tab)


def _clicked(workspace: Workspace, tab: Tab) -> dict[str, float]:
    written: list[float] = []
    Thread(target=_note_when_written, args=(workspace, set(_partials(workspace)), written), daemon=True).start()
    before = _cpu_seconds(workspace)
    tab.page.evaluate(NOTE_TIMES, SEEN)
    tab.page.get_by_role("button", name="Estimate", exact=True).click()
    tab.page.wait_for_selector(SEEN)
    after = _cpu_seconds(workspace)
    clicked, seen = (float(tab.page.evaluate(f"window.{name}")) / 1000 for name in ("clickedAt", "seenAt"))
    row = list_runs(workspace)[0]
    queued, started = (_moment(row[name]) for name in ("created_at", "started_at"))
    cancel(workspace, row["run_id"])
    while list_runs(workspace)[0]["status"] in ACTIVE:
        time.sleep(0.05)
    return {
        "click to answer": seen - clicked,
        "  click to queued": queued - clicked,
        "  queued to taken": started - queued,
        "  taken to written": written[0] - started,
        "  written to seen": seen - written[0],
        **{f"CPU until seen, {name}": after[name] - before.get(name, 0.0) for name in after},
    }


def _partials(workspace: Workspace) -> list[Path]:
    return list(workspace.runs.glob("*/partial.json"))


def _note_when_written(workspace: Workspace, before: set[Path], written: list[float]) -> None:
    while set(_partials(workspace)) <= before:
        time.sleep(0.005)
    written.append(time.time())


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _cpu_seconds(workspace: Workspace) -> dict[str, float]:
    """CPU seconds so far of the server and of the workers of this workspace."""
    totals = dict.fromkeys(PROCESSES, 0.0)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            name = next((name for name, words in PROCESSES.items() if words in command), None)
            if name is None or not (
                name == "browser" or str(workspace.root).encode() in (folder / "environ").read_bytes()
            ):
                continue
            fields = (folder / "stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        except OSError:
            continue
        totals[name] += (int(fields[11]) + int(fields[12])) / TICKS
    return totals


def _wait_for_spare(workspace: Workspace) -> None:
    """Until a worker has done its imports and waits: it holds the lane."""
    while (lock := hold_lock(workspace, "lane-study")) is not None:
        lock.close()
        time.sleep(0.2)
    time.sleep(1.0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("clicks", type=int, nargs="?", default=5)
    parser.add_argument("--keep", type=Path, help="a folder to keep the workspace in, and to find it again")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        main(given.clicks, given.keep or Path(scratch))
