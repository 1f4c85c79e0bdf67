"""Rows come out of a real PostgreSQL, read-only; passwords stay nowhere; what goes wrong is one sentence."""

import json
import threading
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from core.errors import BadSpec, Cancelled, WhypathError
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.storage.databases import FetchSpec, check_select, keep_secret, may_connect, split_password, tables_of
from core.storage.engine import open_log
from core.storage.fetch import fetch, source_of
from core.storage.workspace import Workspace
from tests.postgres import PASSWORD, ROWS, Server


@pytest.fixture
def server(postgres: Server) -> Server:
    return postgres


def asked(workspace: Workspace, server: Server, **settings: str) -> FetchSpec:
    return FetchSpec.read({"url": server.url, "secret": keep_secret(workspace, PASSWORD), **settings})


def silent(share: float, message: str) -> None:
    assert PASSWORD not in message


def test_a_table_becomes_a_log(workspace: Workspace, server: Server) -> None:
    found = fetch(workspace, asked(workspace, server, table="Web Shop.the events"), silent)
    assert found["rows"] == ROWS
    assert any("thumbnail" in note for note in found["notes"])
    assert "the events" in str(source_of(Path(found["path"])))
    mapping = {"timestamp": "at", "user_id": "user id", "event_type": "event", "value": "amount"}
    manifest = import_log(workspace, ImportSpec(files=(found["path"],), mapping=mapping), lambda share, message: None)
    assert (manifest["events"], manifest["rejected"]) == (ROWS - ROWS // 500, ROWS // 500)
    log = open_log(workspace, manifest["log_id"])
    first = log.fetch(log.table().filter(log.table().event_id == 1)).iloc[0]
    assert first["timestamp"] == datetime(2024, 2, 29, 22, 1, tzinfo=UTC).replace(tzinfo=None)
    assert first["value"] == 0.01


def test_a_query_is_fetched_with_its_own_columns(workspace: Workspace, server: Server) -> None:
    query = (
        'SELECT "user id" AS who, at, properties->>\'page\' AS page FROM "Web Shop"."the events" WHERE event = \'buy\';'
    )
    found = fetch(workspace, asked(workspace, server, query=query), silent)
    assert found["columns"] == ["who", "at", "page"]
    assert pq.read_metadata(found["path"]).num_rows == ROWS // 2


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"table": "no_such"}, "no_such"),
        ({"query": "SELECT nope FROM nothing"}, "nope"),
        ({"query": "SELECT 1 AS a, 2 AS a"}, "two columns named 'a'"),
        ({"query": "SELECT 1/0 AS a"}, "division by zero"),
        ({"table": "nothing"}, "no rows"),
        ({"query": "SELECT pg_sleep(0), nextval('x')"}, "x"),
    ],
)
def test_what_cannot_be_fetched_is_one_sentence_and_leaves_nothing(
    workspace: Workspace, server: Server, settings: dict[str, str], sentence: str
) -> None:
    with pytest.raises(WhypathError, match=sentence) as refusal:
        fetch(workspace, asked(workspace, server, **settings), silent)
    assert "\n" not in str(refusal.value)
    assert list(workspace.uploads.iterdir()) == []


def test_a_query_cannot_change_the_database(workspace: Workspace, server: Server) -> None:
    with server.connect() as rows:
        rows.execute(
            'CREATE OR REPLACE FUNCTION sneaky() RETURNS int LANGUAGE sql AS \'DELETE FROM "Web Shop"."the events"; SELECT 1\''
        )
    with pytest.raises(WhypathError, match="read-only"):
        fetch(workspace, asked(workspace, server, query="SELECT sneaky() AS a"), silent)


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM a",
        "SELECT 1; SELECT 2",
        "WITH x AS (DELETE FROM a RETURNING *) SELECT * FROM x",
        "SELECT * INTO b FROM a",
        "COPY a TO STDOUT",
        "",
        "SELECT (",
    ],
)
def test_only_one_select_is_taken(query: str) -> None:
    with pytest.raises(ValueError, match=r"SELECT|cannot be read"):
        check_select(query, "postgres")


def test_a_wrong_password_and_a_closed_port_are_said_without_the_password(workspace: Workspace, server: Server) -> None:
    wrong = FetchSpec(url=server.url, table="nothing", secret=keep_secret(workspace, "wr0ng"))
    with pytest.raises(BadSpec, match="password authentication failed") as refusal:
        fetch(workspace, wrong, silent)
    assert "wr0ng" not in str(refusal.value)
    with pytest.raises(BadSpec, match="cannot be reached"):
        fetch(workspace, FetchSpec(url="postgresql://u@127.0.0.1:1/x", table="t"), silent)


def test_a_missing_driver_is_named_with_its_cure(workspace: Workspace) -> None:
    with pytest.raises(BadSpec, match=r"pip install 'ibis-framework\[snowflake\]'"):
        fetch(workspace, FetchSpec(url="snowflake://u@account/db", table="t"), silent)


def test_cancelling_midway_leaves_nothing(workspace: Workspace, server: Server) -> None:
    def stop(share: float, message: str) -> None:
        if "rows fetched" in message:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        fetch(workspace, asked(workspace, server, table="Web Shop.the events"), stop)
    assert list(workspace.uploads.iterdir()) == []


def test_a_connection_cut_midway_is_one_sentence(workspace: Workspace, server: Server) -> None:
    query = "SELECT now() AS at, n FROM generate_series(1, 100000000) n"

    def cut() -> None:
        with server.connect() as rows:
            rows.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'whypath'")

    def watch(share: float, message: str) -> None:
        if "rows fetched" in message:
            thread = threading.Thread(target=cut)
            thread.start()
            thread.join()

    with pytest.raises(WhypathError, match="stopped after") as refusal:
        fetch(workspace, asked(workspace, server, query=query), watch)
    assert "\n" not in str(refusal.value)


def test_the_tables_are_listed(server: Server) -> None:
    assert tables_of(server.url, PASSWORD) == ["Web Shop.the events", "public.nothing"]


def test_a_password_in_the_address_is_taken_out_and_kept_nowhere(workspace: Workspace, server: Server) -> None:
    assert split_password(server.whole_url) == (server.url, PASSWORD)
    with pytest.raises(BadSpec, match="holds a password"):
        FetchSpec.read({"url": server.whole_url, "table": "nothing"})
    spec = asked(workspace, server, table="Web Shop.the events")
    assert PASSWORD not in json.dumps(spec.plain())
    secret = workspace.keys / str(spec.secret)
    assert secret.stat().st_mode & 0o077 == 0


def test_pages_reach_only_the_hosts_that_were_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WHYPATH_DATABASES", raising=False)
    assert not may_connect("postgresql://u@db.example.org/x")
    monkeypatch.setenv("WHYPATH_DATABASES", "*.example.org, 10.0.0.7")
    assert may_connect("postgresql://u@db.example.org/x")
    assert not may_connect("postgresql://u@db.example.com/x")
    monkeypatch.setenv("WHYPATH_DATABASES", "any")
    assert may_connect("clickhouse://u@anywhere/x")


@pytest.mark.parametrize(
    "url", ["sqlite:///etc/passwd", "duckdb://x", "file:///etc/passwd", "mysql://u@h/d", "nonsense"]
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(BadSpec, match="begins with one of"):
        FetchSpec.read({"url": url, "table": "t"})
