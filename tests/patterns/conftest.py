"""Small logs by hand: rows of (user, event type, UTC time), imported as any file is."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.storage.engine import Log, open_log
from core.storage.workspace import Workspace

Row = tuple[str, str, str]
MakeLog = Callable[[Sequence[Row]], Log]


@pytest.fixture(scope="package")
def made_log(tmp_path_factory: pytest.TempPathFactory) -> MakeLog:
    """A function that imports rows in their order and opens the log; package-wide, so that properties may call it."""
    workspace = Workspace(tmp_path_factory.mktemp("patterns") / "workspace")
    workspace.prepare()
    file = workspace.uploads / "rows.csv"

    def make(rows: Sequence[Row]) -> Log:
        file.write_text("user,type,at\n" + "".join(f"{user},{kind},{at}\n" for user, kind, at in rows))
        mapping = {"user_id": "user", "event_type": "type", "timestamp": "at"}
        spec = ImportSpec(files=(str(file),), name="rows", mapping=mapping)
        return open_log(workspace, import_log(workspace, spec, lambda *_: None)["log_id"])

    return make


@pytest.fixture(scope="package")
def retail(tmp_path_factory: pytest.TempPathFactory, real_data: Path) -> Log:
    """UCI Online Retail: 541,909 invoice lines, one event type, 38 countries."""
    workspace = Workspace(tmp_path_factory.mktemp("retail") / "workspace")
    workspace.prepare()
    file = real_data / "online_retail_uci" / "transactions.parquet"
    mapping = {"user_id": "CustomerID", "item_id": "StockCode", "timestamp": "InvoiceDate"}
    spec = ImportSpec(files=(str(file),), name="retail", mapping=mapping)
    return open_log(workspace, import_log(workspace, spec, lambda *_: None)["log_id"])
