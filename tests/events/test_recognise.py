"""Roles guessed by the names that common schemas use, and by content."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from core.errors import BadInput
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.events.recognise import completed, recognise
from core.storage.workspace import Workspace

DAY, SECOND = "2024-01-01 10:00:00", "1704103200"

# (header, first row, {role: column}); two rows are written, so that nothing looks constant by accident
SCHEMAS: dict[str, tuple[str, str, dict[str, str]]] = {
    "Retentioneering": ("user_id,event,timestamp", f"u,view,{DAY}", {
        "user_id": "user_id", "event_type": "event", "timestamp": "timestamp"}),
    "Mixpanel": ("distinct_id,event,time,$insert_id", f"u,view,{SECOND},x1", {
        "user_id": "distinct_id", "event_type": "event", "timestamp": "time", "insert_id": "$insert_id"}),
    "Amplitude": ("event_type,user_id,time,insert_id", f"view,u,{SECOND}000,x1", {
        "user_id": "user_id", "event_type": "event_type", "timestamp": "time", "insert_id": "insert_id"}),
    "Amplitude in full": (
        "app,device_id,user_id,session_id,event_type,event_time,client_event_time,server_upload_time,$insert_id,"
        "event_properties,user_properties,uuid",
        f'1,d,u,{SECOND}000,view,{DAY},{DAY},{DAY},x1,"{{""a"":1}}",{{}},y1', {
        "user_id": "user_id", "event_type": "event_type", "timestamp": "event_time", "insert_id": "$insert_id",
        "session_id": "session_id"}),
    "PostHog": ("uuid,event,distinct_id,timestamp,properties", f'x1,view,u,{DAY},"{{""a"":1}}"', {
        "user_id": "distinct_id", "event_type": "event", "timestamp": "timestamp"}),
    "GA4": ("event_date,event_timestamp,event_name,event_previous_timestamp,user_pseudo_id,ga_session_id",
        f"20240101,{SECOND}000000,view,{SECOND}000000,u,7", {
        "user_id": "user_pseudo_id", "event_type": "event_name", "timestamp": "event_timestamp",
        "session_id": "ga_session_id"}),
    "Segment": ("messageId,anonymousId,userId,type,event,originalTimestamp,timestamp,receivedAt,sentAt",
        f"x1,a,,track,view,{DAY},{DAY},{DAY},{DAY}", {
        "user_id": "anonymousId", "event_type": "event", "timestamp": "timestamp", "insert_id": "messageId"}),
    "Snowplow": ("event_id,collector_tstamp,derived_tstamp,event,event_name,domain_userid,user_id,domain_sessionid",
        f"x1,{DAY},{DAY},unstruct,view,d,u,s", {
        "user_id": "user_id", "event_type": "event_name", "timestamp": "derived_tstamp",
        "session_id": "domain_sessionid"}),
    "Shopify": ("Name,Email,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Total",
        f"#1001,a@example.org,{DAY} +0100,1,Lamp,9.5,L-1,9.5", {
        "user_id": "Email", "item_id": "Lineitem sku", "timestamp": "Created at", "value": "Lineitem price",
        "text": "Lineitem name"}),
    "Open Bandit as published": ("timestamp,item_id,position,click,propensity_score", f"{DAY}+00:00,3,1,0,0.0125", {
        "timestamp": "timestamp", "item_id": "item_id", "value": "click", "propensity": "propensity_score",
        "position": "position"}),
    "process mining": ("case:concept:name,concept:name,time:timestamp,org:resource", f"c1,approve,{DAY},ann", {
        "user_id": "case:concept:name", "event_type": "concept:name", "timestamp": "time:timestamp"}),
    "alarms": ("alarm_id,device_id,start_timestamp,end_timestamp", "3,7,30685,30835", {
        "user_id": "device_id", "event_type": "alarm_id", "timestamp": "start_timestamp"}),
    "nested names": ("event,properties.distinct_id,properties.time,properties.$insert_id", f"view,u,{SECOND},x1", {
        "user_id": "properties.distinct_id", "event_type": "event", "timestamp": "properties.time",
        "insert_id": "properties.$insert_id"}),
    "Chinese": ("用户ID,商品ID,行为类型,时间", f"u,i,view,{DAY}", {
        "user_id": "用户ID", "item_id": "商品ID", "event_type": "行为类型", "timestamp": "时间"}),
    "German": ("Kundennummer;Artikel;Ereignis;Zeitstempel;Betrag", f"u;i;view;{DAY};9,5", {
        "user_id": "Kundennummer", "item_id": "Artikel", "event_type": "Ereignis", "timestamp": "Zeitstempel",
        "value": "Betrag"}),
    "French": ("Utilisateur,Produit,Événement,Horodatage", f"u,i,view,{DAY}", {
        "user_id": "Utilisateur", "item_id": "Produit", "event_type": "Événement", "timestamp": "Horodatage"}),
    "Spanish": ("Usuario,Artículo,Acción,Fecha", f"u,i,view,{DAY}", {
        "user_id": "Usuario", "item_id": "Artículo", "event_type": "Acción", "timestamp": "Fecha"}),
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
    assert recognise(workspace, path).mapping == {"timestamp": "column_2", "user_id": "column_1"}
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


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("{n},{n},{m},978300760", ["user_id", "item_id", "value", "timestamp"]),  # MovieLens
        ("{n},{n}7,{m}0,pv,1511544070", ["user_id", "item_id", None, "event_type", "timestamp"]),  # Taobao
        ("{n},2010-10-19T23:55:27Z,30.{n}747,-97.79{m}1,22847", ["user_id", "timestamp", "latitude", "longitude", "item_id"]),
        ("1288868638067097{n},2016-01-0{m},9.99", ["user_id", "timestamp", "value"]),
    ],
)  # fmt: skip
def test_a_file_without_a_header_is_guessed_by_its_values(
    row: str, expected: list[str | None], write: Callable[..., Path], workspace: Workspace
) -> None:
    rows = [row.format(n=100 + 7 * n % 91, m=1 + n % 5) for n in range(60)]
    found = recognise(workspace, write("\n".join(rows)))
    roles = {column: role for role, column in found.mapping.items()}
    assert [roles.get(f"column_{place}") for place in range(1, len(expected) + 1)] == expected


def test_how_sure_a_guess_is_comes_in_words(write: Callable[..., Path], workspace: Workspace) -> None:
    sure = recognise(workspace, write(f"user_id,timestamp\nu,{DAY}\n")).guesses
    assert sure["user_id"].in_words == "sure"
    nameless = recognise(workspace, write(f"a,b\nu,{DAY}\n")).guesses
    assert nameless["timestamp"].in_words == "a guess"


def test_two_users_are_rivals_and_the_fuller_column_wins(write: Callable[..., Path], workspace: Workspace) -> None:
    header = "anonymous_id,user_id,timestamp\n"
    few_known = header + f"a,u,{DAY}\n" + f"b,,{DAY}\n" * 5
    all_known = header + f"a,u,{DAY}\n" * 6
    found = recognise(workspace, write(few_known))
    assert found.mapping["user_id"] == "anonymous_id"
    assert found.guesses["user_id"].rivals == ("user_id",)
    assert any("'user_id' would fit too" in doubt for doubt in found.doubts)
    assert recognise(workspace, write(all_known)).mapping["user_id"] == "user_id"


@pytest.mark.parametrize(
    ("ids", "taken"), [(["k3", "k1", "k2"], True), (["1", "2", "3"], False), (["a", "a", "b"], False)]
)
def test_only_what_tells_events_apart_is_their_own_id(
    ids: list[str], taken: bool, write: Callable[..., Path], workspace: Workspace
) -> None:
    rows = "".join(f"{own},u,{DAY}\n" for own in ids)
    found = recognise(workspace, write("event_id,user_id,timestamp\n" + rows))
    assert ("insert_id" in found.mapping) is taken


def test_a_time_is_found_by_its_values_where_its_name_says_nothing(write, workspace: Workspace) -> None:  # type: ignore[no-untyped-def]
    for values in (
        ["3/14/2024 9:07 AM", "3/15/2024 1:00 PM"],
        ["14.03.2024", "15.03.2024"],
        ["1710403200", "1710403260"],
    ):
        rows = "".join(f"u{n},{value}\n" for n, value in enumerate(values))
        assert recognise(workspace, write("who,when_\n" + rows)).mapping["timestamp"] == "when_", values
    with pytest.raises(BadInput, match="timestamp"):
        import_log(
            workspace, ImportSpec(files=(str(write("who,version\na,1.2.3\nb,2.0.11\n")),)), lambda share, message: None
        )


def test_an_export_whose_users_are_not_all_signed_in_is_told_by_the_id_that_all_have(
    write, workspace: Workspace
) -> None:  # type: ignore[no-untyped-def]
    rows = "".join(f"{(n % 3 and 'u1') or ''},{n % 7},open,2024-01-0{1 + n % 9},i{n}\n" for n in range(30))
    found = recognise(workspace, write("user_id,amplitude_id,event_type,event_time,$insert_id\n" + rows))
    assert found.mapping["user_id"] == "amplitude_id"


def test_the_first_of_several_items_of_an_event_is_its_item(write, workspace: Workspace) -> None:  # type: ignore[no-untyped-def]
    line = '{"event_name": "buy", "event_timestamp": 1710403200000000, "user_pseudo_id": "u", "items": [{"item_id": "a", "price": 3}, {"item_id": "b"}]}'
    manifest = import_log(
        workspace, ImportSpec(files=(str(write(line + "\n", name="ga4.jsonl")),)), lambda share, message: None
    )
    assert manifest["items"] == 1
    assert any("the first is taken" in note for note in manifest["notes"])
