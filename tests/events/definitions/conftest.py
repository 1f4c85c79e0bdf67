"""One small log with every kind of column, gaps and ties in it."""

from pathlib import Path

import pytest

from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.storage.engine import Log, open_log
from core.storage.workspace import Workspace

ROWS = """user,type,at,price,country,vip,due
u1,view,2023-03-02T00:10:00,,DE,true,2023-04-01
u2,view,2023-03-02T09:00:00,10,,false,2023-04-02
u2,buy,2023-03-02T09:00:00,60,FR,,2023-04-03
u1,add to cart,2023-03-03T08:00:00,50,DE,true,
u1,buy,2023-03-03T20:00:00,50.5,DE,true,2023-04-05
u3,search,2023-03-03T20:30:00,,O'Hara,false,2023-04-06
u1,buy,2023-03-05T10:00:00,,DE,true,2023-04-07
u2,view,2023-03-05T10:00:00,-3,FR,false,2023-04-08
u2,view,2023-03-05T10:00:00,-3,FR,false,2023-04-08
u3,buy,2023-03-06T12:00:00,1200,,true,2023-04-10
"""


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with the small log in it."""
    workspace = Workspace(tmp_path_factory.mktemp("definitions") / "workspace")
    workspace.prepare()
    return workspace


@pytest.fixture(scope="package")
def log(home: Workspace) -> Log:
    """The small log: types view, buy, search, `add to cart`; value, country, vip, due."""
    file: Path = home.uploads / "rows.csv"
    file.write_text(ROWS)
    mapping = {"user_id": "user", "event_type": "type", "timestamp": "at", "value": "price"}
    spec = ImportSpec(files=(str(file),), name="rows", mapping=mapping)
    return open_log(home, import_log(home, spec, lambda *_: None)["log_id"])
