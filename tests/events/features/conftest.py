"""A small log by hand, with values, gaps and a tie at the moment that the tests ask about."""

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
u1,add to cart,2023-03-03T08:00:00,50,=DE,true,
u1,buy,2023-03-03T20:00:00,50.5,DE,true,2023-04-05
u3,search,2023-03-03T20:30:00,,O'Hara,false,2023-04-06
u1,buy,2023-03-05T10:00:00,,=DE,true,2023-04-07
u2,view,2023-03-05T10:00:00,-3,FR,false,2023-04-08
u2,view,2023-03-05T10:00:00,-3,FR,false,2023-04-08
u4,buy,2023-03-06T12:00:00,1200,,true,2023-04-10
"""
AT = "2023-03-06T12:00:00Z"  # the moment of the last event, which therefore does not count


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with the small log in it."""
    workspace = Workspace(tmp_path_factory.mktemp("features") / "workspace")
    workspace.prepare()
    return workspace


@pytest.fixture(scope="package")
def small(home: Workspace) -> Log:
    """The small log."""
    return imported(home, ROWS)


def imported(home: Workspace, rows: str, **mapping: str) -> Log:
    """A log of these rows of CSV."""
    file: Path = home.uploads / "rows.csv"
    file.write_text(rows)
    asked = mapping or {"user_id": "user", "event_type": "type", "timestamp": "at", "value": "price"}
    spec = ImportSpec(files=(str(file),), name="rows", mapping=asked)
    return open_log(home, import_log(home, spec, lambda *_: None)["log_id"])
