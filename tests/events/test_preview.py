"""What an import would make of the first rows, and what each choice costs; it must equal what the import then does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core.events.preview import preview
from core.storage.workspace import Workspace

ROWS = """who,what,did,when,paid
u1,lamp,view,2026-03-02 09:00:00,
u1,lamp,buy,2026-03-02 10:00:00,9.5
,desk,view,2026-03-02 11:00:00,much
u2,,view,yesterday,
u2,desk,view,2026-03-03 12:00:00,3
"""
MAPPING = {"user_id": "who", "item_id": "what", "event_type": "did", "timestamp": "when", "value": "paid"}


def test_the_rows_are_shown_as_they_would_be_stored(write: Callable[..., Path], workspace: Workspace) -> None:
    shown = preview(workspace, {"files": [str(write(ROWS))], "mapping": MAPPING, "time_zone": "Europe/Berlin"})
    assert shown.problem is None
    assert shown.rows.columns.tolist() == ["user_id", "item_id", "event_type", "timestamp", "value"]
    assert shown.rows.timestamp.tolist()[0] == pd.Timestamp("2026-03-02 08:00")
    assert (len(shown.rows), shown.counted, shown.whole, shown.set_aside) == (3, 5, True, 2)


def test_what_each_choice_costs_is_counted(write: Callable[..., Path], workspace: Workspace) -> None:
    shown = preview(workspace, {"files": [str(write(ROWS))], "mapping": MAPPING})
    assert shown.costs["user_id"] == ("1 row would be set aside: 'who' is empty, so the user is unknown.",)
    assert "'when' cannot be read as a moment" in shown.costs["timestamp"][0]
    assert shown.costs["value"] == ("1 row would be set aside: 'paid' is not a number.",)
    assert "item_id" not in shown.costs
    assert shown.facts["item_id"] == ("2 different", "1 without one")
    assert shown.facts["event_type"] == ("view 80 %, buy 20 %",)
    assert shown.facts["value"][0] == "3 to 9.5"


@pytest.mark.parametrize("mapping", [MAPPING, {"timestamp": "when"}, {"timestamp": "when", "user_id": "did"}])
def test_a_preview_of_a_whole_file_equals_its_import(
    mapping: dict[str, str], write: Callable[..., Path], load: Callable[..., Any], workspace: Workspace
) -> None:
    path = write(ROWS + "ragged\n")
    shown = preview(workspace, {"files": [str(path)], "mapping": mapping})
    log = load(path, mapping=mapping)
    assert shown.set_aside == log.manifest["rejected"]
    events = log.table().sort_values("event_id", ignore_index=True)
    for column in shown.rows.columns:
        assert shown.rows[column].astype(str).tolist() == events[column].astype(str).tolist()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"mapping": {}}, "No column is chosen for the time"),
        ({"mapping": {"user_id": "who"}}, "No column is chosen for the time"),
        ({"mapping": {"timestamp": "nowhere"}}, "no column 'nowhere'"),
        ({"mapping": {"timestamp": "who"}}, "'who' cannot be the timestamp"),
        ({"mapping": {"timestamp": "when"}, "time_zone": "Mars"}, "Mars"),
        ({"mapping": {"timestamp": "when"}, "files": ["/nowhere.csv"]}, "no file"),
    ],
)
def test_a_bad_choice_is_said_and_never_raised(
    asked: dict[str, Any], words: str, write: Callable[..., Path], workspace: Workspace
) -> None:
    assert words in str(preview(workspace, {"files": [str(write(ROWS))], **asked}).problem)


def test_nothing_is_left_behind(write: Callable[..., Path], workspace: Workspace) -> None:
    preview(workspace, {"files": [str(write(ROWS))], "mapping": MAPPING})
    assert list(workspace.spill.iterdir()) == list(workspace.logs.iterdir()) == []


@pytest.mark.parametrize(
    ("values", "example"),
    [
        (["03/04/2024 10:00", "05/05/2024 10:00"], ("03/04/2024 10:00", "3 April 2024", "4 March 2024")),
        (["3.4.24"], ("3.4.24", "3 April 2024", "4 March 2024")),
        (["03/04/2024", "13/04/2024"], None),
        (["04/04/2024"], None),
        (["2024-04-03"], None),
    ],
)
def test_the_order_of_day_and_month_is_asked_only_where_the_data_fit_both(
    values: list[str], example: tuple[str, str, str] | None, write: Callable[..., Path], workspace: Workspace
) -> None:
    path = write("user_id,date\n" + "".join(f"u,{value}\n" for value in values))
    for day_first in (None, True, False):
        found = preview(workspace, {"files": [str(path)], "mapping": {"timestamp": "date"}, "day_first": day_first})
        orders = found.day_orders
        assert (orders and (orders.value, orders.day_first, orders.month_first)) == example


def test_the_zone_and_the_unit_are_asked_where_the_times_do_not_tell(
    write: Callable[..., Path], workspace: Workspace
) -> None:
    def asked(value: str) -> tuple[bool, bool, bool]:
        path = str(write(f"user_id,step\nu,{value}\n"))
        found = preview(workspace, {"files": [path], "mapping": {"timestamp": "step"}})
        return found.naive, found.numeric, found.problem is not None

    assert asked("2024-01-01 10:00:00") == (True, False, False)
    assert asked("2024-01-01T10:00:00Z") == (False, False, False)
    assert asked("1704103200") == (False, True, False)
    assert asked("17") == (False, True, True)


def test_a_large_parquet_file_is_counted_whole(tmp_path: Path, workspace: Workspace) -> None:
    path, rows = tmp_path / "log.parquet", 20_000
    users = [None] * 7 + ["u"] * (rows - 7)
    moments = pd.date_range("2026-01-01", periods=rows, freq="min")
    pd.DataFrame({"u": users, "t": moments}).to_parquet(path)
    shown = preview(workspace, {"files": [str(path)], "mapping": {"user_id": "u", "timestamp": "t"}})
    assert (shown.counted_in_words, shown.set_aside, len(shown.rows)) == ("all 20,000 rows", 7, 20)


def test_what_was_read_of_several_files_is_said_exactly(
    write: Callable[..., Path], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [str(write("user_id,timestamp\n" + f"u{n},2026-03-02\n" * 3, f"{n}.csv")) for n in range(12)]

    def said(count: int) -> tuple[str, bool]:
        shown = preview(workspace, {"files": files[:count], "mapping": {"timestamp": "timestamp"}})
        return shown.counted_in_words, shown.whole

    assert said(1) == ("all 3 rows", True)
    assert said(10) == ("all 30 rows of the 10 files", True)
    assert said(12) == ("all 30 rows of the first 10 of 12 files", False)
    monkeypatch.setattr("core.events.reading.head.HEAD_BYTES", 40)
    assert said(1) == ("the first 1 row", False)
    assert said(2) == ("2 rows from the beginnings of the 2 files", False)
    assert said(12) == ("10 rows from the beginnings of the first 10 of 12 files", False)
    monkeypatch.undo()
    monkeypatch.setattr("core.events.preview.COUNTED_ROWS", 5)
    assert said(2) == ("the first 5 rows of the 2 files", False)
