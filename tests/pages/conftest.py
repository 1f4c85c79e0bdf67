"""Pages are driven as an analyst would drive them, on a small demo log; runs wait until a test carries them out.

The tests hold the runner's place (its lock), so that no process is started behind their back.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.events.demo.shop import LOG_ID, MAPPING, NAME, simulate
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.jobs.runner import hold_lock
from core.storage.catalogue import database, list_logs
from core.storage.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
SMALL_DEMO_USERS = 400
HOSTILE = "**x** <img src=y> [a](http://b) :red[z]"  # what would be markup
PATIENCE = 300  # seconds for one run of a page, on a busy machine


@pytest.fixture(scope="session")
def demo_workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace with a small demo log; tests may add logs and runs, none may count on there being none."""
    workspace = Workspace(tmp_path_factory.mktemp("pages") / "workspace")
    workspace.prepare()
    events, truth = simulate(users=SMALL_DEMO_USERS)
    path = workspace.uploads / "demo.parquet"
    pq.write_table(events, path)
    spec = ImportSpec(files=(str(path),), name=NAME, mapping=MAPPING)
    import_log(workspace, spec, lambda share, message: None, log_id=LOG_ID, truth=truth)
    lock = hold_lock(workspace, "runner")
    assert lock is not None
    yield workspace
    lock.close()


@pytest.fixture
def demo(demo_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The workspace with the demo log, opened by the pages."""
    _open(demo_workspace, monkeypatch)
    return demo_workspace


@pytest.fixture
def fresh(demo: Workspace) -> Iterator[Workspace]:
    """The demo log without definitions, before and after."""
    yield demo
    with database(demo) as rows:
        rows.execute("DELETE FROM shelf")


@pytest.fixture
def empty(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A fresh workspace, opened by the pages; the demo's import waits in the queue."""
    lock = hold_lock(workspace, "runner")
    assert lock is not None
    _open(workspace, monkeypatch)
    yield workspace
    lock.close()


def _open(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHYPATH_WORKSPACE", str(workspace.root))
    st.cache_resource.clear()
    st.cache_data.clear()


def open_page(name: str = "start", **query: str) -> AppTest:
    """The app on one of its pages, run once."""
    app = AppTest.from_file(str(ROOT / "pages" / "router.py"), default_timeout=PATIENCE)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run() if name == "start" else app.switch_page(f"{name}.py").run()


def said(app: AppTest) -> str:
    """Everything the page says, in one text."""
    kinds = (app.title, app.subheader, app.markdown, app.caption, app.error, app.warning, app.info, app.success)
    return "\n".join(str(element.value) for kind in kinds for element in kind).replace("\\", "")


def carry_out(workspace: Workspace, run_id: str) -> None:
    """Work on a run in a process of its own, as the runner's workers do."""
    subprocess.run(
        [sys.executable, "-m", "core", "work", run_id],
        cwd=ROOT,
        env={**os.environ, "WHYPATH_WORKSPACE": str(workspace.root), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        check=False,
    )


def log_named(workspace: Workspace, name: str) -> str:
    """The id of the newest log of that name."""
    return next(str(log["log_id"]) for log in list_logs(workspace) if log["name"] == name)
