"""Where everything lies on disk.

logs/<log_id>/versions/<version_id>/{log.duckdb, rejects.parquet, manifest.json}
runs/<run_id>/{spec.json, progress.jsonl, checkpoint/, result.json, error.txt, log.txt}
uploads/                    files that arrived and were not imported yet
keys/                       secrets: readable by this account alone, never exported
locks/                      one file per log that is being changed
workspace.sqlite (WAL)      catalogue, runs, specs, graphs
"""

import json
import math
import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from core.errors import NotFound

ROOT = Path(__file__).resolve().parents[2]
ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}\Z")


@dataclass(frozen=True)
class Workspace:
    """A folder of logs and runs. Every function that reads or writes takes it as its first argument."""

    root: Path

    @classmethod
    def default(cls) -> "Workspace":
        """The folder named by WHYPATH_WORKSPACE, or data/workspace beside the code; made if it is not there."""
        workspace = cls(Path(os.environ.get("WHYPATH_WORKSPACE") or ROOT / "data" / "workspace").resolve())
        workspace.prepare()
        return workspace

    def prepare(self) -> None:
        """Make the folders; harmless when they exist."""
        for folder in (self.logs, self.runs, self.uploads, self.spill):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    @property
    def uploads(self) -> Path:
        return self.root / "uploads"

    @property
    def spill(self) -> Path:
        """Where DuckDB may write what does not fit its memory limit."""
        return self.root / "spill"

    @property
    def locks(self) -> Path:
        """Where logs that are being changed have their locks."""
        return self.root / "locks"

    @property
    def keys(self) -> Path:
        """Secrets: readable by this account alone, never exported."""
        folder = self.root / "keys"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    @property
    def database(self) -> Path:
        return self.root / "workspace.sqlite"

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder of its own for a while. Its name bears the process's number, so that a killed one's can be swept."""
        with tempfile.TemporaryDirectory(dir=self.spill, prefix=f"scratch_{os.getpid()}_") as name:
            yield Path(name)

    def version(self, log_id: str, version_id: str) -> Path:
        """The folder of one immutable log version."""
        return self.logs / checked_id(log_id) / "versions" / checked_id(version_id)

    def run(self, run_id: str) -> Path:
        """The folder of one run."""
        return self.runs / checked_id(run_id)


def new_id(stem: str) -> str:
    """A readable id that sorts by time: stem, UTC second, six random characters."""
    slug = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:40] or "x"
    return f"{slug}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def checked_id(value: str) -> str:
    """The id itself if it has the shape of one; ids become folder names, so anything else is refused."""
    if not ID.match(value):
        raise NotFound(f"'{value[:80]}' is not an id that Whypath gave out.")
    return value


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write beside the target, flush to disk, rename: a reader sees the old content or the new one."""
    data = content.encode() if isinstance(content, str) else content
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically; NaN and infinity become null, times ISO 8601 UTC."""
    write_atomically(path, json.dumps(jsonable(value), ensure_ascii=False, indent=1))


def jsonable(value: Any) -> Any:
    """The value with everything that JSON lacks replaced: NaN by null, numpy numbers by numbers, times by text."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [jsonable(item) for item in value]
    if hasattr(value, "tolist"):  # numpy and pandas
        return jsonable(value.tolist())
    if not isinstance(value, date | time) or str(value) == "NaT":
        return None if str(value) in ("NaT", "<NA>", "nan") else str(value)
    if isinstance(value, datetime):
        moment = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return moment.isoformat() + "Z"
    return value.isoformat()
