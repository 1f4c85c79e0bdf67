"""Every page opens: on the demo log, on a log with one event type, in an empty workspace, and from a link."""

import subprocess
import sys
from pathlib import Path

import pytest

from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.storage.workspace import Workspace
from pages.router import SECTIONS
from tests.pages.conftest import ROOT, log_named, open_page, said

PAGES = [file.removesuffix(".py") for entries in SECTIONS.values() for file, *_ in entries]
HEAVY = ("torch", "pytorch_lightning", "torch_geometric", "dowhy", "econml", "lightgbm", "sklearn")


def test_the_navigation_holds_every_page_and_nothing_else() -> None:
    files = {path.stem for path in (ROOT / "pages").glob("*.py")} - {"__init__", "router"}
    assert set(PAGES) == files


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_on_the_demo_log(demo: Workspace, page: str) -> None:
    app = open_page(page)
    assert not app.exception
    assert app.title
    assert not app.error
    assert "400 users" in app.caption[0].value  # the strip


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_an_empty_workspace_says_that_the_demo_log_is_coming(empty: Workspace, page: str) -> None:
    app = open_page(page)
    assert not app.exception
    if page not in ("load", "own_table"):  # these need no log to be open
        assert "demo log is being simulated" in said(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_copes_with_a_log_of_one_event_type(demo: Workspace, page: str, tmp_path: Path) -> None:
    log_id = one_type_log(demo, tmp_path)
    app = open_page(page, log=log_id)
    assert not app.exception
    if page in ("draw", "ask", "estimate"):
        assert "one event type" in said(app)


def one_type_log(workspace: Workspace, folder: Path) -> str:
    try:
        return log_named(workspace, "one type")
    except StopIteration:
        file = folder / "visits.csv"
        rows = [f"u{place % 7},2026-01-{1 + place % 28:02d} 1{place % 9}:00:00" for place in range(200)]
        file.write_text("\n".join(["user,time", *rows]), encoding="utf-8")
        spec = ImportSpec(files=(str(file),), name="one type", mapping={"user_id": "user", "timestamp": "time"})
        return str(import_log(workspace, spec, lambda share, message: None)["log_id"])


def test_a_link_to_a_log_that_does_not_exist_says_so_and_shows_the_demo(demo: Workspace) -> None:
    app = open_page(log="no-such-log")
    assert not app.exception
    assert "There is no log 'no-such-log'" in said(app)


def test_a_link_opens_the_log_it_names(demo: Workspace, tmp_path: Path) -> None:
    log_id = one_type_log(demo, tmp_path)
    assert open_page(log=log_id).selectbox(key="log").value == log_id


def test_a_link_with_a_forged_question_or_zone_is_refused_in_words(demo: Workspace) -> None:
    app = open_page("ask", question="0" * 64, zone="Mars/Olympus")
    assert not app.exception
    assert "has no spec" in said(app)
    assert app.selectbox(key="zone").value == "UTC"


def test_no_page_loads_a_heavy_library_into_the_web_process(demo: Workspace) -> None:
    program = (
        "import sys; sys.path.insert(0, '.')\n"
        "from tests.pages.conftest import open_page\n"
        f"failed = [page for page in {PAGES!r} if open_page(page).exception]\n"
        f"print(failed, [name for name in {HEAVY!r} if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip().splitlines()[-1] == "[] []"
