"""A log of ten events by hand, and every derived table of it."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from core.errors import BadInput
from core.events.columns import (
    EVENT_COLUMNS,
    HOUR_COLUMNS,
    ITEM_COLUMNS,
    SESSION_COLUMNS,
    TABLES,
    USER_COLUMNS,
    USER_DAY_COLUMNS,
)  # fmt: skip
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.storage.catalogue import find_manifest, list_logs
from core.storage.workspace import Workspace

# event_id is the row, from 1. The gap is 30 minutes.
TEN = """who,did,what,when,paid,name,city
b,view,i1,2024-01-01 10:00:00,,Mug,Rome
a,view,i1,2024-01-01 09:00:00,,Mug,Rome
a,buy,i1,2024-01-01 09:10:00,5,Cup,Rome
a,view,i2,2024-01-01 09:10:00,,Pen,Oslo
a,view,i2,2024-01-01 09:40:00,,Pen,Oslo
a,view,i2,2024-01-01 10:10:01,,Pen,Oslo
b,buy,i1,2024-01-01 10:00:00,7,Mug,Rome
b,view,i3,2024-01-02 00:00:00,,,
c,view,,2024-01-02 00:30:00,,,
a,view,i1,2023-12-31 23:59:59,,Cup,Rome
"""
ROLES = {
    "user_id": "who", "event_type": "did", "item_id": "what", "timestamp": "when", "value": "paid", "text": "name",
}  # fmt: skip


@pytest.fixture
def ten(write: Callable[..., Path], load: Callable[..., object]) -> object:
    return load(write(TEN), mapping=ROLES, name="Ten")


def test_events_are_sorted_by_user_and_time_and_ties_keep_the_order_of_the_file(ten: object) -> None:
    events = ten.table()
    assert events.user_id.tolist() == ["a"] * 6 + ["b"] * 3 + ["c"]
    assert events.event_id.tolist() == [10, 2, 3, 4, 5, 6, 1, 7, 8, 9]
    assert events.history_position.tolist() == [1, 2, 3, 4, 5, 6, 1, 2, 3, 1]


def test_thirty_minutes_of_silence_are_allowed_and_a_second_more_ends_the_session(ten: object) -> None:
    events = ten.table()
    # a: 23:59:59 alone; 09:00, 09:10, 09:10, 09:40 together (gaps 600, 0, 1800 s); 10:10:01 alone (gap 1801 s).
    assert events.session_id.tolist() == [10, 2, 2, 2, 2, 6, 1, 1, 8, 9]
    assert events.session_position.tolist() == [1, 1, 2, 3, 4, 1, 1, 2, 1, 1]
    assert events.gap_seconds.fillna(-1).tolist() == [-1, 32401, 600, 0, 1800, 1801, -1, 0, 50400, -1]


def test_next_facts_stay_inside_the_session(ten: object) -> None:
    events = ten.table()
    assert events.next_event_type.fillna("-").tolist() == ["-", "buy", "view", "view", "-", "-", "buy", "-", "-", "-"]
    assert events.next_gap_seconds.fillna(-1).tolist() == [-1, 600, 0, 1800, -1, -1, 0, -1, -1, -1]


def test_sessions_hold_their_span_and_path(ten: object) -> None:
    sessions = ten.table("sessions").set_index("session_id")
    codes = {event_type: code for code, event_type in ten.manifest["path_codes"].items()}
    assert sessions.loc[2, "path"] == "".join(codes[kind] for kind in ("view", "buy", "view", "view"))
    assert sessions.loc[2, ["events", "duration_seconds"]].tolist() == [4, 2400]
    assert len(sessions) == 6


def test_users_items_hours_and_days_add_up(ten: object) -> None:
    users = ten.table("users").set_index("user_id")
    assert users.events.to_dict() == {"a": 6, "b": 3, "c": 1}
    assert users.sessions.to_dict() == {"a": 3, "b": 2, "c": 1}
    items = ten.table("items").set_index("item_id")
    assert items.events.to_dict() == {"i1": 5, "i2": 3, "i3": 1}
    assert items.users.to_dict() == {"i1": 2, "i2": 1, "i3": 1}
    assert items.title.dropna().to_dict() == {"i1": "Mug", "i2": "Pen"}  # Mug 3 times, Cup 2; i3 has no text
    hours = ten.table("hours")
    assert hours.events.sum() == 10
    assert hours[hours.event_type == "buy"].value.tolist() == [5, 7]
    days = ten.table("user_days")
    assert days[(days.user_id == "a") & (days.event_type == "view")].events.tolist() == [1, 4]


def test_every_table_has_its_columns(ten: object) -> None:
    expected = (EVENT_COLUMNS, SESSION_COLUMNS, USER_COLUMNS, ITEM_COLUMNS, HOUR_COLUMNS, USER_DAY_COLUMNS)
    for table, columns in zip(TABLES, expected, strict=True):
        assert set(columns) <= set(ten.log.columns(table))
    assert ten.log.columns("events")[len(EVENT_COLUMNS) :] == ["value", "text", "city"]


def test_the_manifest_tells_what_was_loaded(ten: object, workspace: Workspace) -> None:
    manifest = ten.manifest
    assert (manifest["events"], manifest["users"], manifest["items"], manifest["sessions"]) == (10, 3, 3, 6)
    assert (manifest["first_at"], manifest["last_at"]) == ("2023-12-31T23:59:59Z", "2024-01-02T00:30:00Z")
    assert manifest["event_types"][0] == {"event_type": "view", "events": 8, "users": 3}
    assert manifest["attributes"] == [{"column": "city", "title": "city", "kind": "text"}]
    assert manifest["columns"]["value"] == "paid"
    assert manifest["files"][0]["bytes"] == len(TEN)
    assert find_manifest(workspace, manifest["log_id"]) == manifest


def test_a_mapped_session_groups_by_its_value_and_nulls_follow_the_gap_rule(
    write: Callable[..., Path], load: Callable[..., object]
) -> None:
    log = load(write(
        "user_id,session_id,event,timestamp\n"
        "u,s1,a,2024-01-01 10:00:00\n"  # 1
        "u,s2,b,2024-01-01 10:01:00\n"  # 2: interleaved with s1
        "u,s1,c,2024-01-01 18:00:00\n"  # 3: hours later, still s1
        "u,,d,2024-01-01 10:02:00\n"  # 4: no value
        "u,,e,2024-01-01 10:20:00\n"  # 5: 18 minutes after 4: the same session
        "u,,f,2024-01-01 12:00:00\n"  # 6: another
        "v,s1,g,2024-01-01 10:00:00\n"  # 7: s1 of another user is another session
    ))  # fmt: skip
    events = log.table().set_index("event_id").sort_index()
    assert events.session_id.tolist() == [1, 2, 1, 4, 4, 6, 7]
    assert events.session_position.tolist() == [1, 1, 2, 1, 2, 1, 1]
    assert events.next_event_type.fillna("-").tolist() == ["c", "-", "-", "e", "-", "-", "-"]
    assert events.history_position.tolist() == [1, 2, 6, 3, 4, 5, 1]
    assert log.manifest["has_sessions"]
    assert log.manifest["attributes"][0]["title"] == "session_id"


def test_a_log_without_users_or_types_counts_every_row_as_a_user(
    write: Callable[..., Path], load: Callable[..., object]
) -> None:
    log = load(write("timestamp,reward\n2024-01-01,1\n2024-01-01,0\n"))
    assert log.manifest["users"] == 2
    assert not log.manifest["has_users"]
    assert log.table().event_type.tolist() == ["event", "event"]
    assert any("user of its own" in note for note in log.manifest["notes"])


def test_attributes_get_the_kind_that_all_their_values_allow(
    write: Callable[..., Path], load: Callable[..., object]
) -> None:
    log = load(write(
        "timestamp,count,price,flag,since,zip,mixed,order_id,gone\n"
        "2024-01-01,1,2.5,true,2024-01-01 10:00:00,01234,1,17,\n"
        "2024-01-02,2,NA,false,2024-01-02 10:00:00+02:00,99999,x,18,\n"
    ), mapping={"timestamp": "timestamp"})  # fmt: skip
    kinds = {attribute["column"]: attribute["kind"] for attribute in log.manifest["attributes"]}
    assert kinds == {
        "count": "number", "price": "number", "flag": "boolean", "since": "time", "zip": "text", "mixed": "text",
        "order_id": "text", "gone": "text",
    }  # fmt: skip
    events = log.table()
    assert events.since.tolist() == [pd.Timestamp("2024-01-01 10:00"), pd.Timestamp("2024-01-02 08:00")]
    assert events.price.isna().tolist() == [False, True]


def test_text_with_few_values_is_stored_as_enum_and_with_many_as_text(
    write: Callable[..., Path], load: Callable[..., object]
) -> None:
    rows = "".join(f"2024-01-01,k{n % 999},t{n}\n" for n in range(1_000))
    log = load(write("timestamp,few,many\n" + rows))
    types = log.log.fetch_sql("SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'events'")
    stored = dict(types.itertuples(index=False))
    assert stored["few"].startswith("ENUM")
    assert stored["many"] == "VARCHAR"


def test_several_files_become_one_log_and_columns_may_change_places(
    write: Callable[..., Path], load: Callable[..., object]
) -> None:
    first = write("user_id,timestamp\nu,2024-01-01\nv,2024-01-02\n", "a.csv")
    second = write("timestamp,user_id\n2024-01-03,w\nnever,w\n", "b.csv")
    log = load(first, second)
    assert log.table().event_id.tolist() == [1, 2, 3]
    assert log.table().user_id.tolist() == ["u", "v", "w"]
    assert log.rejects[["file", "line"]].values.tolist() == [["b.csv", 3]]


def test_parquet_rejects_name_the_row(tmp_path: Path, load: Callable[..., object]) -> None:
    path = tmp_path / "log.parquet"
    frame = pd.DataFrame({"CustomerID": [1.0, None, 3.0], "InvoiceDate": pd.to_datetime(["2024-01-01"] * 3)})
    frame.to_parquet(path)
    log = load(path)
    assert log.table().user_id.tolist() == ["1", "3"]  # 1.0 is the whole number 1
    assert log.rejects.line.tolist() == [2]
    assert '"InvoiceDate":"2024-01-01' in log.rejects.raw[0]


def test_importing_into_a_log_adds_a_version_and_keeps_the_old(
    write: Callable[..., Path], workspace: Workspace
) -> None:
    spec = ImportSpec(files=(str(write(TEN)),), mapping=ROLES)
    first = import_log(workspace, spec, lambda share, message: None, truth={"effect": 0.5})
    second = import_log(workspace, spec, lambda share, message: None, log_id=first["log_id"])
    assert find_manifest(workspace, first["log_id"])["version_id"] == second["version_id"]
    assert find_manifest(workspace, first["log_id"], first["version_id"])["truth"] == {"effect": 0.5}
    assert len(list_logs(workspace)) == 1


def test_progress_never_goes_back_and_ends_near_one(write: Callable[..., Path], workspace: Workspace) -> None:
    seen: list[float] = []
    import_log(workspace, ImportSpec(files=(str(write(TEN)),)), lambda share, message: seen.append(share))
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(0.99)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"files": []}, "files"),
        ({"files": ["a", "a"]}, "named twice"),
        ({"files": ["a"], "mapping": {"who": "x"}}, "no role 'who'"),
        ({"files": ["a"], "mapping": {"user_id": "x"}}, "no column is mapped to 'timestamp'"),
        ({"files": ["a"], "session_gap_seconds": 0}, "session_gap_seconds"),
        ({"files": ["a"], "timestamp_unit": "years"}, "timestamp_unit"),
        ({"files": ["a"], "file": "a"}, "There is no setting 'file'"),
    ],
)
def test_an_impossible_spec_is_refused_in_one_sentence(settings: dict[str, object], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        ImportSpec.read(settings)


def test_the_events_own_ids_are_kept_as_text(write: Callable[..., Path], load: Callable[..., object]) -> None:
    path = write("user_id,timestamp,$insert_id,insert_id\nu,2024-01-01,007,a\nv,2024-01-02,,b\n")
    log = load(path, mapping={"user_id": "user_id", "timestamp": "timestamp", "insert_id": "$insert_id"})
    assert log.manifest["insert_id_column"] == "insert_id"
    assert log.table().insert_id.fillna("-").tolist() == ["007", "-"]
    assert log.table().attribute_insert_id.tolist() == ["a", "b"]
    assert load(path, mapping={"timestamp": "timestamp"}).manifest["insert_id_column"] is None
