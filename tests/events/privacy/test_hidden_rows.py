"""A preview shows nothing that an import with the same privacy would not store."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.events.preview import preview
from core.storage.workspace import Workspace

MAPPING = {
    "user_id": "who", "timestamp": "when", "session_id": "visit", "insert_id": "no", "latitude": "lat",
    "longitude": "lon", "text": "words",
}  # fmt: skip
ALL = {"hash_users": True, "place_decimals": 1, "drop_text": True, "drop_attributes": ["phone"]}
SECRETS = ("@example", "-visit", "-no", "52.51", "13.37", "Dear", "555-")


@pytest.fixture
def path(write: Callable[..., Path]) -> Path:
    rows = [
        f"u{n % 20}@example.org,alias{n % 20}@example.com,2024-01-{1 + n % 28:02d} 10:00:00,u{n % 20}-visit,{n}-no,"
        f"52.51627,13.37770,Dear {n},555-{n},free"
        for n in range(60)
    ]
    return write("\n".join(["who,alias,when,visit,no,lat,lon,words,phone,plan", *rows, ""]))


def test_what_an_import_hides_is_in_no_row_and_no_fact(path: Path, workspace: Workspace) -> None:
    shown = preview(workspace, {"files": [str(path)], "mapping": MAPPING, "privacy": ALL})
    assert shown.problem is None and shown.file_rows is not None
    everything = shown.rows.to_csv() + shown.file_rows.to_csv() + str(shown.facts) + str(shown.notes)
    assert [secret for secret in SECRETS if secret in everything] == []
    assert shown.rows.user_id.nunique() == 20
    assert shown.rows.user_id.str.fullmatch("[0-9a-f]{32}").all()
    assert set(shown.rows.latitude) == set(shown.file_rows.lat) == {52.5}
    assert set(shown.file_rows.who) == {"(hidden)"}
    assert {"words", "phone", "alias"} & set(shown.file_rows.columns) == set()
    assert shown.file_rows.plan.tolist() == shown.rows.plan.tolist() == ["free"] * 20
    assert any("'alias' tells almost every user apart" in note for note in shown.notes)
    assert any("a key of this preview" in note for note in shown.notes)
    assert not list(workspace.keys.iterdir())


def test_the_rows_stored_have_the_columns_that_the_preview_has(
    path: Path, workspace: Workspace, load: Callable[..., Any]
) -> None:
    shown = preview(workspace, {"files": [str(path)], "mapping": MAPPING, "privacy": ALL})
    events = load(path, mapping=MAPPING, privacy=ALL).table().sort_values("event_id")
    for column in ("plan", "latitude", "longitude", "timestamp"):
        assert shown.rows[column].tolist() == events[column].tolist()[:20]
    assert set(shown.rows) <= set(events)
    assert shown.set_aside == 0


@pytest.mark.parametrize(
    "asked",
    [{"mapping": {}}, {"mapping": {"timestamp": "who"}}, {"privacy": {"drop_attributes": ["nowhere"]}}],
)
def test_where_nothing_can_be_previewed_the_file_is_not_shown_either(
    asked: dict[str, Any], path: Path, workspace: Workspace
) -> None:
    shown = preview(workspace, {"files": [str(path)], "mapping": MAPPING, "privacy": ALL, **asked})
    assert shown.problem and shown.file_rows is not None and shown.file_rows.empty


def test_nothing_is_withheld_where_nothing_is_hidden(path: Path, workspace: Workspace) -> None:
    for privacy in ({}, {"privacy": {}}, {"privacy": {"hash_users": False}}):
        shown = preview(workspace, {"files": [str(path)], "mapping": MAPPING, **privacy})
        assert shown.file_rows is None and "u0@example.org" in set(shown.rows.user_id)
