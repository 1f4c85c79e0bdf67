"""Writing a small file and importing it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core.events.import_job import work
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.storage.engine import Log, open_log
from core.storage.runs import Run
from core.storage.workspace import Workspace, new_id


class Imported:
    """An imported log: its manifest, its tables as data frames, its rejects."""

    def __init__(self, workspace: Workspace, manifest: dict[str, Any]) -> None:
        self.manifest = manifest
        self.log: Log = open_log(workspace, manifest["log_id"])
        self._folder = workspace.version(manifest["log_id"], manifest["version_id"])

    def table(self, name: str = "events") -> pd.DataFrame:
        return self.log.fetch(self.log.table(name))

    @property
    def rejects(self) -> pd.DataFrame:
        return pd.read_parquet(self._folder / "rejects.parquet")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """write(content, name) puts text or bytes into a file and returns its path."""

    def write_file(content: str | bytes, name: str = "log.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


@pytest.fixture
def load(workspace: Workspace) -> Callable[..., Imported]:
    """load(path, ..., **settings) imports files."""

    def load_files(*paths: Path, **settings: Any) -> Imported:
        spec = ImportSpec(files=tuple(map(str, paths)), **settings)
        return Imported(workspace, import_log(workspace, spec, lambda share, message: None))

    return load_files


@pytest.fixture
def bring(workspace: Workspace, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """bring(text, **settings) carries out an import run and returns its result."""

    def carry_out(text: str, name: str = "part.csv", **asked: Any) -> dict[str, Any]:
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        run = Run(workspace, new_id("import"), "import", {"files": [str(file)], **asked}, None, None)
        run.folder.mkdir(parents=True)
        return work(run)

    return carry_out
