"""Small logs for the tests of questions and analysis tables, imported the way an analyst would."""

from collections.abc import Callable

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.storage.engine import Log, open_log
from core.storage.workspace import Workspace

ROLES = ("user_id", "event_type", "timestamp", "session_id", "value", "item_id", "arm", "position")


@pytest.fixture
def log_of(workspace: Workspace) -> Callable[[pd.DataFrame], Log]:
    """Imports a frame whose columns have the names of their roles, every other column an attribute, and opens it."""

    def imported(frame: pd.DataFrame) -> Log:
        path = workspace.uploads / "events.parquet"
        table = pa.Table.from_pandas(frame.astype({"timestamp": "datetime64[us]"}), preserve_index=False)
        pq.write_table(table, path)
        mapping = {role: role for role in ROLES if role in frame}
        spec = ImportSpec(files=(str(path),), name="small", mapping=mapping)
        manifest = import_log(workspace, spec, lambda share, message: None)
        return open_log(workspace, manifest["log_id"])

    return imported
