"""The rows that an import kept aside, for reading: which file, line and column, what stood there, why."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from core.storage.engine import Writer, literal
from core.storage.workspace import Workspace

FILE = "rejects.parquet"


def kept_aside(workspace: Workspace, log_id: str, version_id: str, *, most: int | None = None) -> pd.DataFrame:
    """The rejects of a log version, or the first `most` of them: file, line, column, value, reason, raw."""
    path = workspace.version(log_id, version_id) / FILE
    if not path.exists():
        return pd.DataFrame()
    if most is None:
        return pd.read_parquet(path)
    with pq.ParquetFile(path) as file:
        batch = next(file.iter_batches(batch_size=most), None)
        return pd.DataFrame() if batch is None else batch.to_pandas()


def join_kept_aside(engine: Writer, before: Path, folder: Path, scratch: Path) -> list[dict[str, Any]]:
    """Put what was kept aside `before` (a file) in front of what a folder has; returns [{reason, rows}] of all, the
    most frequent first."""
    new = (folder / FILE).rename(scratch / FILE)
    parts = ", ".join(literal(str(part)) for part in (before, new) if part.exists())
    whole = literal(str(folder / FILE))
    engine.execute(f"COPY (SELECT * FROM read_parquet([{parts}], union_by_name=true)) TO {whole} (FORMAT parquet)")
    rows = engine.rows(
        f"SELECT reason, count(*) FROM read_parquet({whole}) GROUP BY reason ORDER BY count(*) DESC, reason LIMIT 100"
    )
    return [{"reason": reason, "rows": count} for reason, count in rows]
