"""What every test may ask for: an empty workspace, and the folder of real data sets."""

import os

os.environ.setdefault(
    "OMP_NUM_THREADS", "1"
)  # before numpy is loaded: two threads on small matrices wait for each other

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from core.storage.workspace import Workspace
from tests.postgres import Server, fill, running

settings.register_profile("busy machine", deadline=None)  # no test has a time limit
settings.load_profile("busy machine")
REPOSITORY = Path(__file__).resolve().parents[1]


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name bytes by their length: packed bytes may carry the clock, and two workers would collect different tests."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A fresh, empty workspace."""
    made = Workspace(tmp_path / "workspace")
    made.prepare()
    return made


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets; skips where it is absent."""
    folder = Path(os.environ.get("WHYPATH_TEST_DATA") or REPOSITORY.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"real data sets are not at {folder}; set WHYPATH_TEST_DATA to test on them")
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server with events in "Web Shop"."the events"."""
    with running() as started:
        fill(started)
        yield started
