"""A small log for the tests of variables, series and event streams."""

from collections.abc import Iterator

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.storage.engine import Log, open_log
from core.storage.workspace import Workspace
from tests.graphs.discovery.event_streams import simulated_events


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, Log]]:
    """Six weeks of 300 users: look and find happen by themselves, find sets off buy; the workspace and the open log."""
    workspace = Workspace(tmp_path_factory.mktemp("graphs"))
    workspace.prepare()
    events = simulated_events(
        users=300, hours=1008, rates={"look": 0.03, "find": 0.01, "buy": 0.003}, effects={("find", "buy"): 0.3}, seed=4
    )
    path = workspace.uploads / "shop.parquet"
    frame = events.assign(timestamp=pd.to_datetime(events["timestamp_us"], unit="us"), event_type=events["kind"])
    frame = frame[["user_id", "event_type", "timestamp"]].astype({"timestamp": "datetime64[us]"})
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
    spec = ImportSpec(files=(str(path),), name="shop", mapping={name: name for name in frame})
    manifest = import_log(workspace, spec, lambda share, message: None)
    log = open_log(workspace, manifest["log_id"])
    yield workspace, log
    log.close()
