"""Attributes may be called what our own tables and queries call their columns: nothing is taken for another."""

from pathlib import Path

import pytest

from core.events.features.answer import table_of
from core.events.features.listing import features_of
from core.events.features.spec import FeaturesSpec
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.storage.engine import open_log
from core.storage.workspace import Workspace

NAMES = [
    "kind",
    "hour",
    "day",
    "title",
    "events",
    "users",
    "times",
    "n",
    "sessions",
    "path",
    "first_us",
    "last_us",
    "first_at",
    "last",
    "first",
    "started_us",
    "month",
    "at_us",
    "ago_us",
    "of_user",
    "clock",
    "km",
    "duration_seconds",
    "gap",
    "code",
    "place",
    "share",
    "rows",
    "kept",
    "raw",
    "log",
]


@pytest.mark.parametrize("session", [None, "visit"])
def test_an_import_and_its_features_keep_them_apart(workspace: Workspace, session: str | None) -> None:
    file: Path = workspace.uploads / "names.csv"
    rows = [
        f"u{place % 4},{'view' if place % 3 else 'buy'},2026-01-{1 + place % 20:02d} {place % 24:02d}:00:00,i{place % 5},"
        f"text {place % 5},v{place % 4},{','.join([f'x{place % 2}'] * len(NAMES))}"
        for place in range(200)
    ]
    file.write_text("\n".join([f"user,type,at,item,name,visit,{','.join(NAMES)}", *rows]))
    mapping = {"user_id": "user", "event_type": "type", "timestamp": "at", "item_id": "item", "text": "name"}
    mapping |= {"session_id": session} if session else {}
    spec = ImportSpec(files=(str(file),), name="names", mapping=mapping)
    manifest = import_log(workspace, spec, lambda *_: None)
    assert [kind["events"] for kind in manifest["event_types"]] == [133, 67]
    log = open_log(workspace, manifest["log_id"])
    hours = log.fetch(log.table("hours"))
    assert hours["events"].sum() == 200
    assert str(hours["hour"].dtype).startswith("datetime64")
    items = log.fetch(log.table("items").order_by("item_id"))
    assert items["title"].tolist() == [f"text {place}" for place in range(5)]
    asked = FeaturesSpec(names=(*(f"latest_{name}" for name in NAMES), "events", "active_days"))
    frame = table_of(log, asked, features_of(log, asked), rows=10).frame
    assert frame["events"].tolist() == [50] * 4
    assert set(frame[[f"latest_{name}" for name in NAMES]].to_numpy().ravel()) == {"x0", "x1"}
