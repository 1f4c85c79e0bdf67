"""A date and a time of day in two columns become the timestamp, and nothing else becomes one by mistake."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core.errors import BadInput
from core.events.append import append_files
from core.events.import_spec import ImportSpec
from core.events.preview import preview
from core.events.reading.names import parts_of
from core.events.recognise import recognise
from core.events.saved_mappings import save_mapping, saved_for
from core.storage.workspace import Workspace

WRITTEN = [
    ("2024-03-13", "13:45:10", "2024-03-13 13:45:10"),
    ("13/03/2024", "13:45", "2024-03-13 13:45:00"),
    ("3/13/2024", "1:45 PM", "2024-03-13 13:45:00"),
    ("13.03.24", "13:45:10", "2024-03-13 13:45:10"),
    ("2024-03-13", "01:45:10 p.m.", "2024-03-13 13:45:10"),
    ("2024-03-13", "13:45:10.250", "2024-03-13 13:45:10.250"),
    ("2024-03-13", "13:45:10,250", "2024-03-13 13:45:10.250"),
    ("2024-03-13", "13:45:10+02:00", "2024-03-13 11:45:10"),
    ("2024-03-13", "13:45:10 UTC", "2024-03-13 13:45:10"),
    ("13 Mar 2024", "13:45:10", "2024-03-13 13:45:10"),
    ("2024-03-13 00:00:00", "13:45:10", "2024-03-13 13:45:10"),
    ("20240313", "134510", "2024-03-13 13:45:10"),
    ("20240313", "1345", "2024-03-13 13:45:00"),
    ("45364", "0.75", "2024-03-13 18:00:00"),
]


@pytest.mark.parametrize(("day", "time", "moment"), WRITTEN)
def test_both_are_read_however_they_are_written(
    day: str, time: str, moment: str, write: Callable[..., Path], load: Callable[..., Any]
) -> None:
    log = load(write(f"user_id;date;event;time\nu;{day};view;{time}\n"))
    assert log.manifest["spec"]["mapping"]["timestamp"] == "date+time"
    assert log.table().timestamp.tolist() == [pd.Timestamp(moment)]
    assert log.manifest["attributes"] == []
    assert any("were joined into the timestamp" in note for note in log.manifest["notes"])


@pytest.mark.parametrize("ending", ["parquet", "xlsx"])
def test_stored_dates_and_times_are_joined_too(ending: str, tmp_path: Path, load: Callable[..., Any]) -> None:
    path = tmp_path / f"log.{ending}"
    frame = pd.DataFrame({
        "user_id": ["u", "v"], "order_date": [dt.date(2024, 3, 13)] * 2,
        "order_time": [dt.time(13, 45, 10), dt.time(0, 0)],
    })  # fmt: skip
    frame.to_parquet(path) if ending == "parquet" else frame.to_excel(path, index=False)
    log = load(path)
    moments = log.table().sort_values("event_id").timestamp.tolist()
    assert moments == [pd.Timestamp("2024-03-13 13:45:10"), pd.Timestamp("2024-03-13")]


def test_a_row_that_lacks_one_of_them_is_set_aside(write: Callable[..., Path], load: Callable[..., Any]) -> None:
    log = load(write("user_id,date,time\nu,2024-03-13,13:45\nu,2024-03-13,\nu,,13:45\nu,2024-03-13,25:99\n"))
    assert (log.manifest["events"], log.manifest["rejected"]) == (1, 3)
    assert {row["reason"]: row["rows"] for row in log.manifest["reject_reasons"]} == {
        "date+time lacks the date or the time of day, so there is no timestamp": 2,
        "date+time cannot be read as a moment between 1900 and 2200": 1,
    }
    assert log.rejects.line.tolist() == [3, 4, 5]


@pytest.mark.parametrize(
    ("table", "timestamp"),
    [
        ("user_id,date\nu,2024-03-13\n", "date"),
        ("user_id,time\nu,2024-03-13 10:00:00\n", "time"),
        ("user_id,date,time\nu,2024-03-13,1710337510\n", "time"),
        ("user_id,date,time\nu,2024-03-13 10:00:00,13:45\n", "date"),
        ("user_id,timestamp,date,time\nu,2024-03-13 13:45:10,2024-03-13,13:45:10\n", "timestamp"),
        ("user_id,date,opening\nu,2024-03-13,09:00\n", "date"),
        ("user_id,date,time,date+time\nu,2024-03-13,13:45,2024-03-13 13:45:10\n", "date+time"),
        ("u,2024-03-13,13:45:10,view\nv,2024-03-13,13:46:10,view\n", "column_2+column_3"),
    ],
)  # fmt: skip
def test_only_a_pair_is_taken_for_one(
    table: str, timestamp: str, write: Callable[..., Path], workspace: Workspace
) -> None:
    assert recognise(workspace, write(table)).mapping["timestamp"] == timestamp


def test_times_of_day_that_stand_apart_are_a_doubt(write: Callable[..., Path], workspace: Workspace) -> None:
    found = recognise(workspace, write("user_id,date,opening\nu,2024-03-13,09:00\n"))
    assert any("map the timestamp to 'date+opening'" in doubt for doubt in found.doubts)
    assert found.times_of_day == ("opening",)


def test_the_order_of_days_is_asked_as_ever_and_the_zone_counts(
    write: Callable[..., Path], load: Callable[..., Any], workspace: Workspace
) -> None:
    path = write("user_id,date,time\nu,03/04/2024,10:00\n")
    asked = {"files": [str(path)], "mapping": {"user_id": "user_id", "timestamp": "date+time"}}
    orders = preview(workspace, asked).day_orders
    assert orders is not None and (orders.day_first, orders.month_first) == ("3 April 2024", "4 March 2024")
    log = load(path, day_first=True, time_zone="Asia/Tokyo")
    assert log.table().timestamp.tolist() == [pd.Timestamp("2024-04-03 01:00")]


def test_they_can_be_named_in_either_order_and_must_be_what_they_are_called(
    write: Callable[..., Path], load: Callable[..., Any], workspace: Workspace
) -> None:
    path = write("user_id,day,hour,word\nu,2024-03-13,13,soon\n")
    for named in ("day+hour", "hour+day"):
        log = load(path, mapping={"user_id": "user_id", "timestamp": named})
        assert log.table().timestamp.tolist() == [pd.Timestamp("2024-03-13 13:00")]
    for named, words in (("day+word", "'word' holds no times of day, e.g. 'soon'"), ("day+nowhere", "no column 'day")):
        with pytest.raises(BadInput, match=words.replace("+", r"\+")):
            load(path, mapping={"timestamp": named})
        assert words in str(preview(workspace, {"files": [str(path)], "mapping": {"timestamp": named}}).problem)


def test_files_are_appended_and_mappings_saved_by_the_two_columns(
    write: Callable[..., Path], load: Callable[..., Any], workspace: Workspace
) -> None:
    first = write("user_id,date,time,note\nu,2024-03-13,13:45,a\n", "first.csv")
    second = write("time,date,user_id,note\n13:46,2024-03-13,u,b\n", "second.csv")
    mapping = {"user_id": "user_id", "timestamp": "date+time"}
    log = load(first, mapping=mapping)
    save_mapping(workspace, ImportSpec(files=(str(first),), mapping=mapping), log.manifest)
    assert saved_for(workspace, second).mapping == mapping
    spec = ImportSpec(files=(str(second),), append_to=log.manifest["log_id"])
    grown = append_files(
        workspace, log.manifest, spec, lambda share, message: None, version_id="version-2", current=True
    )
    assert grown["events"] == 2
    with pytest.raises(BadInput, match="has no column 'date"):
        lacking = ImportSpec(files=(str(write("user_id,date\nu,2024-03-13\n")),), append_to=log.manifest["log_id"])
        append_files(workspace, grown, lacking, lambda share, message: None, version_id="version-3", current=True)


def test_a_name_with_a_plus_is_itself_where_it_is_a_column() -> None:
    assert parts_of("a+b", ["a+b", "a", "b"]) == ("a+b",)
    assert parts_of("a+b+c", ["a+b", "c"]) == ("a+b", "c")
    assert parts_of("a+b", ["a"]) == ()


def test_times_in_attributes_are_written_in_the_zone_of_the_import(
    write: Callable[..., Path], load: Callable[..., Any], tmp_path: Path
) -> None:
    table = "user_id,timestamp,seen,born\nu,2024-01-01 10:00:00,{},1990-05-01\n"
    for value, moment in (("2023-07-01 10:00:00", "08:00"), ("2023-07-01T10:00:00Z", "10:00")):
        log = load(write(table.format(value)), time_zone="Europe/Berlin")
        events = log.table()
        assert events.timestamp.tolist() == [pd.Timestamp("2024-01-01 09:00")]
        assert events.seen.tolist() == [pd.Timestamp(f"2023-07-01 {moment}")]
        assert events.born.tolist() == [pd.Timestamp("1990-05-01")]  # a day is no moment
        assert any("'seen', 'born' were taken as Europe/Berlin" in note for note in log.manifest["notes"])
    path = tmp_path / "log.parquet"
    moment = pd.Timestamp("2023-07-01 10:00")
    frame = pd.DataFrame({"timestamp": [moment], "seen": [moment], "zoned": [moment.tz_localize("UTC")]})
    frame.to_parquet(path)
    events = load(path, time_zone="Europe/Berlin").table()
    assert (events.seen[0], events.zoned[0]) == (pd.Timestamp("2023-07-01 08:00"), moment)
