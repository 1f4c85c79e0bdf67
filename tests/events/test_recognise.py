"""Roles guessed by the names that common schemas use, and by content."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from core.errors import BadInput
from core.events.recognise import completed, recognise
from core.storage.workspace import Workspace

DAY, SECOND = "2024-01-01 10:00:00", "1704103200"

# (header, first row, {role: column}); two rows are written, so that nothing looks constant by accident
SCHEMAS: dict[str, tuple[str, str, dict[str, str]]] = {
    "Retentioneering": ("user_id,event,timestamp", f"u,view,{DAY}", {
        "user_id": "user_id", "event_type": "event", "timestamp": "timestamp"}),
    "Mixpanel": ("distinct_id,event,time,$insert_id", f"u,view,{SECOND},x1", {
        "user_id": "distinct_id", "event_type": "event", "timestamp": "time"}),
    "Amplitude": ("event_type,user_id,time,insert_id", f"view,u,{SECOND}000,x1", {
        "user_id": "user_id", "event_type": "event_type", "timestamp": "time"}),
    "PostHog": ("event,distinct_id,timestamp,properties", f'view,u,{DAY},"{{""a"":1}}"', {
        "user_id": "distinct_id", "event_type": "event", "timestamp": "timestamp"}),
    "RecTools": ("user_id,item_id,weight,datetime", f"1,2,3,{DAY}", {
        "user_id": "user_id", "item_id": "item_id", "value": "weight", "timestamp": "datetime"}),
    "RecBole": ("user_id:token\titem_id:token\trating:float\ttimestamp:float", f"1\t2\t3\t{SECOND}", {
        "user_id": "user_id:token", "item_id": "item_id:token", "value": "rating:float",
        "timestamp": "timestamp:float"}),
    "Open Bandit": ("timestamp,action,reward,pscore,position", f"{DAY},3,0,0.02,1", {
        "timestamp": "timestamp", "item_id": "action", "value": "reward", "propensity": "pscore",
        "position": "position"}),
    "GrowthBook": ("user_id,timestamp,experiment_id,variation_id", f"u,{DAY},e,1", {
        "user_id": "user_id", "timestamp": "timestamp", "arm": "variation_id"}),
    "MovieLens": ("UserID,MovieID,Rating,Timestamp", f"1,2,3,{SECOND}", {
        "user_id": "UserID", "item_id": "MovieID", "value": "Rating", "timestamp": "Timestamp"}),
    "Deskdrop": ("timestamp,eventType,contentId,personId,sessionId", f"{SECOND},VIEW,1,-2,3", {
        "user_id": "personId", "item_id": "contentId", "event_type": "eventType", "session_id": "sessionId",
        "timestamp": "timestamp"}),
    "Online Retail": ("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
        "536365,85123A,MUG,6,12/1/2010 8:26,2.55,17850,UK", {
        "user_id": "CustomerID", "item_id": "StockCode", "timestamp": "InvoiceDate", "value": "UnitPrice",
        "text": "Description"}),
    "names that say nothing": ("a,b,c", f"x,{DAY},y", {"timestamp": "b"}),
}  # fmt: skip


@pytest.mark.parametrize("schema", SCHEMAS)
def test_common_schemas_are_recognised_without_asking(
    schema: str, write: Callable[..., Path], load: Callable[..., object], workspace: Workspace
) -> None:
    header, row, expected = SCHEMAS[schema]
    path = write(f"{header}\n{row}\n{row}\n")
    found = recognise(workspace, path)
    assert found.mapping == expected
    assert all(0 < guess.confidence < 1 and guess.reason for guess in found.guesses.values())
    assert load(path).manifest["events"] == 2


def test_the_first_rows_are_shown_under_their_own_names(write: Callable[..., Path], workspace: Workspace) -> None:
    found = recognise(workspace, write("user_id;event;timestamp\n" + f"u;view;{DAY}\n" * 30))
    assert (found.format, found.delimiter, found.encoding) == ("csv", ";", "utf-8")
    assert found.first_rows.columns.tolist() == ["user_id", "event", "timestamp"]
    assert len(found.first_rows) == 20
    assert found.columns[1] == ("event", "text", ("view",))


def test_broken_rows_do_not_disturb_recognising(write: Callable[..., Path], workspace: Workspace) -> None:
    found = recognise(workspace, write(f'user_id,timestamp\nu\n"x,{DAY}\nv,{DAY}\n'))
    assert found.first_rows.user_id.tolist() == ["v"]


def test_recognising_a_large_file_reads_only_its_beginning(write: Callable[..., Path], workspace: Workspace) -> None:
    found = recognise(workspace, write("user_id,timestamp\n" + f"Jörg,{DAY}\n" * 300_000))
    assert found.mapping == {"timestamp": "timestamp", "user_id": "user_id"}
    assert list(workspace.spill.iterdir()) == []


def test_a_file_without_a_header_is_read_from_its_first_row(
    write: Callable[..., Path], load: Callable[..., object], workspace: Workspace
) -> None:
    path = write(f"u,{DAY}\nv,{DAY}\n")
    assert recognise(workspace, path).mapping == {"timestamp": "column_2"}
    log = load(path, mapping={"timestamp": "column_2", "user_id": "column_1"})
    assert log.table().user_id.tolist() == ["u", "v"]
    assert any("no header" in note for note in log.manifest["notes"])


def test_what_is_missing_is_said(write: Callable[..., Path], workspace: Workspace) -> None:
    doubts = " ".join(recognise(workspace, write("colour,size\nred,1\nblue,2\n")).doubts)
    assert "No column looks like a timestamp" in doubts
    assert "No column looks like a user" in doubts


def test_a_price_beside_a_quantity_is_a_doubt(write: Callable[..., Path], workspace: Workspace) -> None:
    found = recognise(workspace, write(f"user_id,timestamp,Quantity,UnitPrice\nu,{DAY},6,2.55\n"))
    assert any("not the row's total" in doubt for doubt in found.doubts)


def test_two_columns_of_moments_are_a_doubt(tmp_path: Path, workspace: Workspace) -> None:
    path = tmp_path / "log.parquet"
    moment = pd.Timestamp(DAY)
    pd.DataFrame({"user_id": ["u"], "created_at": [moment], "shipped_at": [moment]}).to_parquet(path)
    found = recognise(workspace, path)
    assert found.mapping["timestamp"] == "created_at"
    assert any("shipped_at" in doubt for doubt in found.doubts)


def test_a_file_of_another_kind_is_refused(write: Callable[..., Path], workspace: Workspace) -> None:
    with pytest.raises(BadInput, match="Excel"):
        recognise(workspace, write(b"PK\x03\x04" + b"x" * 60, "log.csv"))


def test_a_mapping_without_the_time_is_filled_with_guesses(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("who,what,when,group\na,view,2026-01-01 10:00:00,x\nb,buy,2026-01-01 11:00:00,y\n")
    whole = {"timestamp": "when", "user": "who"}
    assert completed(workspace, path, whole) == {"timestamp": "when", "user_id": "who"}
    assert completed(workspace, path, {}) == {}
    filled = completed(workspace, path, {"event": "group"})
    assert filled["event_type"] == "group"
    assert filled["timestamp"] == "when"
