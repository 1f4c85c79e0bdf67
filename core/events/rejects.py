"""The rows that an import kept aside: which line, which column, why."""

import pandas as pd

from core.storage.workspace import Workspace


def read_rejects(workspace: Workspace, log_id: str, version_id: str) -> pd.DataFrame:
    """The rejects of a log version; no rows where everything was fine."""
    path = workspace.version(log_id, version_id) / "rejects.parquet"
    return pd.read_parquet(path) if path.exists() else pd.DataFrame()
