"""The rows that an import kept aside, for reading: which file, line and column, what stood there, why."""

import pandas as pd

from core.storage.workspace import Workspace


def kept_aside(workspace: Workspace, log_id: str, version_id: str) -> pd.DataFrame:
    """The rejects of a log version: file, line, column, value, reason, raw; no rows where everything was fine."""
    path = workspace.version(log_id, version_id) / "rejects.parquet"
    return pd.read_parquet(path) if path.exists() else pd.DataFrame()
