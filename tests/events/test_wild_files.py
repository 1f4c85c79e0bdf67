"""Files as tools and people write them, imported without a mapping: the roles are right and every row is accounted for."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.events.hostile import lines, parquet, workbook

DAY, STAMP = "2024-03-01 09:00:06", 1709283606
KINDS, ROWS = ("view", "cart", "buy"), 30


def table(header: str, row: Callable[[int], str], encoding: str = "utf-8") -> bytes:
    return "\n".join(([header] if header else []) + [row(n) for n in range(ROWS)]).encode(encoding)


def kind(n: int) -> str:
    return KINDS[n % 3]


def objects(record: Callable[[int], dict[str, Any]]) -> bytes:
    return lines(*[record(n) for n in range(ROWS)])


def ga4() -> bytes:
    params = [{"key": "ga_session_id", "value": {"int_value": 7, "string_value": None}}]
    return parquet(pd.DataFrame([
        {"event_date": "20240301", "event_timestamp": (STAMP + n) * 10**6, "event_name": kind(n), "event_params": params,
         "user_pseudo_id": f"u{n % 9}.1", "user_id": None, "items": [{"item_id": f"i{n % 5}", "item_name": "Lamp"}]}
        for n in range(ROWS)
    ]))  # fmt: skip


SEGMENT = "id,received_at,uuid_ts,anonymous_id,user_id,event,event_text,original_timestamp,sent_at,timestamp"
WHO = {"user_id": "user_id", "event_type": "event", "timestamp": "timestamp"}

# name of the file: (bytes, {role: column})
FILES: dict[str, tuple[bytes, dict[str, str]]] = {
    "ga4.parquet": (ga4(), {
        "timestamp": "event_timestamp", "user_id": "user_pseudo_id", "event_type": "event_name", "text": "items.item_name",
        "item_id": "items.item_id", "session_id": "event_params.ga_session_id"}),
    "segment_tracks.csv": (
        table(SEGMENT, lambda n: f"ajs-{n}x,{DAY},{DAY},a{n % 9},{'u' if n % 2 else ''},{kind(n)},T,{DAY},{DAY},{DAY}"), {
        "timestamp": "timestamp", "user_id": "anonymous_id", "event_type": "event", "insert_id": "id"}),
    "serial.xlsx": (workbook([["user_id", "event", "timestamp"], *[["u", kind(n), 45352.37507 + n] for n in range(ROWS)]]), WHO),
    "micro.jsonl": (objects(lambda n: {"uid": f"u{n % 9}", "name": kind(n), "ts": str((STAMP + n) * 10**6)}), {
        "timestamp": "ts", "user_id": "uid", "event_type": "name"}),
    "pages.json": (json.dumps({"meta": {"n": 3}, "data": {"rows": [
        {"user": {"id": f"u{n}"}, "event": {"name": kind(n), "ts": DAY}, "items": [{"sku": "x"}]} for n in range(ROWS)]}}).encode(), {
        "timestamp": "event.ts", "user_id": "user.id", "event_type": "event.name", "item_id": "items.sku"}),
    "bars.txt": (table("USER_ID|EVENT_TYPE|EVENT_TS|SKU", lambda n: f"u{n}|{kind(n)}|202403010900{n % 60:02d}|s{n}"), {
        "timestamp": "EVENT_TS", "user_id": "USER_ID", "event_type": "EVENT_TYPE", "item_id": "SKU"}),
    "headerless.tsv": (table("", lambda n: f"u{n % 9}\tsku-{n % 7}\t{kind(n)}\t{STAMP + n}"), {
        "timestamp": "column_4", "user_id": "column_1", "item_id": "column_2", "event_type": "column_3"}),
    "dollars.csv": (table("user_id,event,timestamp,amount", lambda n: f'u,{kind(n)},{DAY},"${n},234.5"'), {**WHO, "value": "amount"}),
    "thousands.csv": (table("user_id,event,timestamp,value", lambda n: f'u,{kind(n)},{DAY},"{n * 100:,.2f}"'), {**WHO, "value": "value"}),
    "german.csv": (table("Kunde;Datum;Uhrzeit;Artikel;Umsatz", lambda n: f"Jörg;01.03.2024;09:00:06;a{n};{n + 1}.234,50 €", "cp1252"), {
        "timestamp": "Datum+Uhrzeit", "user_id": "Kunde", "item_id": "Artikel", "value": "Umsatz"}),
    "names.csv": (table('" User ""ID"" ","Event 🎉","When it happened","Price (€)"', lambda n: f"u,{kind(n)},{DAY},9.5"), {
        "timestamp": "When it happened", "user_id": 'User "ID"', "event_type": "Event 🎉", "value": "Price (€)"}),
    "utf16.tsv": (table("user_id\tevent\ttimestamp", lambda n: f"u{n}\t{kind(n)}\t{DAY}", "utf-16-le"), WHO),
    "one.csv": (table("timestamp", lambda n: DAY), {"timestamp": "timestamp"}),
    "wide.csv": (table(",".join([*WHO, *(f"f{n}" for n in range(297))]).replace("event_type", "event"),
        lambda n: f"u,{kind(n)},{DAY}" + f",{n}" * 297), WHO),
    "again.csv": (table("user_id,event,timestamp", lambda n: "user_id,event,timestamp" if n == 9 else f"u,{kind(n)},{DAY}"), WHO),
    "mixed.csv": (table("user_id,event,timestamp", lambda n: f"u,{kind(n)},{DAY}" + "\r" * (n % 2)), WHO),
    "total.csv": (table("user_id,event,timestamp", lambda n: f"u,{kind(n)},{DAY}" if n else "Total,,"), WHO),
    "offsets.csv": (table("UserId,EventName,EventDateTime", lambda n: f"u,{kind(n)},2024-03-01T14:30:06+0530"), {
        "timestamp": "EventDateTime", "user_id": "UserId", "event_type": "EventName"}),
    "mixpanel.json": (json.dumps([{"event": kind(n), "properties": {"distinct_id": "u", "time": STAMP * 1000, "$insert_id": f"x{n}y"}}
        for n in range(ROWS)]).encode(), {
        "timestamp": "properties.time", "user_id": "properties.distinct_id", "event_type": "event",
        "insert_id": "properties.$insert_id"}),
}  # fmt: skip
REJECTED = {"again.csv": 1, "total.csv": 1}


@pytest.mark.parametrize("name", FILES)
def test_it_is_recognised_and_no_row_is_lost(name: str, tmp_path: Path, load: Callable[..., Any]) -> None:
    content, roles = FILES[name]
    (tmp_path / name).write_bytes(content)
    log = load(tmp_path / name)
    assert log.manifest["spec"]["mapping"] == roles
    rejected = REJECTED.get(name, 0)
    assert (log.manifest["events"], log.manifest["rejected"]) == (ROWS - rejected, rejected)
    assert str(log.manifest["first_at"]).startswith("2024-03-01")
    if name != "bars.txt":
        assert log.table().timestamp.min().floor("s") == pd.Timestamp("2024-03-01 09:00:06")


@pytest.mark.parametrize(
    ("values", "numbers", "rejected"),
    [
        (["$1,234.50", "$9", "12.5"], [1234.5, 9, 12.5], 0),
        (["1.234,50 €", "9,50 €", "12"], [1234.5, 9.5, 12], 0),
        (["9,50", "1.234,50", "7,25"], [9.5, 1234.5, 7.25], 0),
        (["1,234,567", "950", "1,234"], [1234567, 950, 1234], 0),
        (["0,125", "1,250", "2,5"], [0.125, 1.25, 2.5], 0),
        (["-$5.00", "EUR 3", "£ 4"], [-5, 3, 4], 0),
        (["$1,234.50", "1,2,3", "$"], [1234.5], 2),
    ],
)
def test_amounts_are_numbers_whatever_their_signs(
    values: list[str], numbers: list[float], rejected: int, write: Callable[..., Path], load: Callable[..., Any]
) -> None:
    rows = io.StringIO()
    pd.DataFrame({"timestamp": DAY, "price": values}).to_csv(rows, index=False)
    log = load(write(rows.getvalue()), mapping={"timestamp": "timestamp", "value": "price"})
    assert sorted(log.table().value) == sorted(numbers)
    assert log.manifest["rejected"] == rejected
