"""Analysts' SQL: one SELECT reads the log; nothing else is read, written, set or attached; it can be stopped."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import BadSpec, Cancelled
from core.storage.engine import literal, writer
from core.storage.query import QueryInstance, QuerySpec, one_select
from core.storage.workspace import Workspace

REFUSED = [
    "", "SELECT 1; SELECT 2", "COPY events TO 'x.csv'", "ATTACH ':memory:' AS m", "CREATE TABLE memory.x AS SELECT 1",
    "CREATE MACRO f(x) AS x", "SET memory_limit='9GB'", "SET VARIABLE a=1", "RESET ALL", "PRAGMA database_list", "CALL pragma_version()",
    "INSTALL httpfs", "LOAD httpfs", "PREPARE p AS SELECT 1", "USE memory", "DROP TABLE events", "DELETE FROM events",
    "UPDATE events SET user_id='x'", "INSERT INTO events VALUES (1)", "EXPLAIN ANALYZE CREATE TABLE memory.x AS SELECT 1",
    "EXPORT DATABASE 'x'", "VACUUM", "CHECKPOINT", "BEGIN", "SELECT 1; DROP TABLE events", "selct 1", "SELECT 'unclosed",
]  # fmt: skip
DENIED = [
    "SELECT * FROM read_csv({file})", "SELECT * FROM {file}", "SELECT * FROM read_text({file})",
    "SELECT * FROM read_blob({file})", "SELECT * FROM read_parquet({file})", "SELECT * FROM read_json({file})",
    "SELECT * FROM glob({file})", "SELECT * FROM sniff_csv({file})", "SELECT * FROM parquet_metadata({file})",
    "SELECT * FROM query('SELECT * FROM read_text(' || {file} || ')')", "SELECT * FROM 'https://example.org/a.csv'",
    "WITH gone AS (DELETE FROM events RETURNING *) SELECT * FROM gone", "SELECT getenv('HOME')", "SELECT * FROM frame",
    "SELECT * FROM other.main.secret",
]  # fmt: skip


@pytest.fixture
def instance(workspace: Workspace) -> Iterator[QueryInstance]:
    folder = workspace.version("log", "version")
    folder.mkdir(parents=True)
    with writer(workspace, folder / "log.duckdb") as engine:
        engine.execute("CREATE TABLE events AS SELECT range AS event_id, 'u' || range % 10 AS user_id FROM range(1000)")
    opened = QueryInstance(workspace, "log", "version")
    yield opened
    opened.close()


def rows(instance: QueryInstance, sql: str, **settings: int) -> list[list[object]]:
    return instance.start(QuerySpec.read({"sql": sql, **settings})).result().frame.to_numpy().tolist()


def test_a_select_reads_the_log(instance: QueryInstance) -> None:
    assert rows(instance, "SELECT count(*), count(DISTINCT user_id) FROM events; -- over") == [[1000, 10]]


@pytest.mark.parametrize("sql", REFUSED)
def test_whatever_is_not_one_select_is_refused_before_it_runs(sql: str) -> None:
    with pytest.raises(BadSpec):
        one_select(sql)


@pytest.mark.parametrize("sql", DENIED)
def test_nothing_outside_the_log_can_be_reached(instance: QueryInstance, workspace: Workspace, sql: str) -> None:
    secret = workspace.root / "secret.csv"
    secret.write_text("password\nhunter2\n")
    frame = "a variable of this process that must not be seen"
    with pytest.raises(BadSpec) as refusal:
        rows(instance, sql.replace("{file}", literal(str(secret))))
    assert "hunter2" not in str(refusal.value)
    assert frame


def test_nothing_is_changed_by_any_of_them(instance: QueryInstance, workspace: Workspace) -> None:
    before = (workspace.version("log", "version") / "log.duckdb").read_bytes()
    for sql in [*REFUSED, *DENIED]:
        try:
            rows(instance, sql.replace("{file}", "'x'") or " ")
        except BadSpec:
            continue
        raise AssertionError(sql)
    assert (workspace.version("log", "version") / "log.duckdb").read_bytes() == before
    assert rows(instance, "SELECT count(*) FROM events") == [[1000]]


def test_rows_beyond_the_limit_are_cut_and_it_is_said(instance: QueryInstance) -> None:
    found = instance.start(QuerySpec(sql="SELECT * FROM events ORDER BY event_id", limit=7)).result()
    assert len(found.frame) == 7
    assert found.truncated == "the first 7 rows"
    assert instance.start(QuerySpec(sql="SELECT 1", limit=1)).result().truncated is None


def test_a_huge_result_is_cut_before_it_fills_the_memory(instance: QueryInstance) -> None:
    spec = QuerySpec(sql="SELECT repeat('x', 100000) || range FROM range(20000)", limit=100_000)
    found = instance.start(spec).result()
    assert found.truncated == "the first 64 MB"


def test_columns_of_the_same_name_and_of_nested_types_can_be_shown(instance: QueryInstance) -> None:
    found = instance.start(
        QuerySpec(
            sql="SELECT 1 AS a, 2 AS a, {'b': [1, 2]} AS c, 170141183460469231731687303715884105727::HUGEINT AS d"
        )
    ).result()
    assert list(found.frame.columns) == ["a", "a (2)", "c", "d"]
    assert found.frame.iloc[0].tolist()[2:] == ["{'b': [1, 2]}", "170141183460469231731687303715884105727"]


def test_a_mistake_is_said_in_one_line_with_the_engines_hint(instance: QueryInstance) -> None:
    with pytest.raises(BadSpec, match=r"user_idd.*user_id") as refusal:
        rows(instance, "SELECT user_idd FROM events")
    assert "\n" not in str(refusal.value)


def test_a_runaway_query_is_stopped_by_its_time_and_by_hand(instance: QueryInstance) -> None:
    endless = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"
    query = instance.start(QuerySpec(sql=endless, timeout_seconds=1))
    while not query.wait(0.1):
        assert 0.0 <= query.share() <= 1.0
    with pytest.raises(Cancelled, match="after 1 seconds"):
        query.result()
    query = instance.start(QuerySpec(sql=endless))
    time.sleep(0.2)
    query.stop()
    with pytest.raises(Cancelled):
        query.result()
    assert rows(instance, "SELECT 1") == [[1]]


def test_too_much_memory_is_a_sentence_and_the_instance_lives_on(instance: QueryInstance) -> None:
    with pytest.raises(BadSpec, match="memory"):
        rows(instance, "SELECT list(range) FROM range(1000000000)")
    assert rows(instance, "SELECT 1") == [[1]]


def test_no_setting_can_be_changed(instance: QueryInstance, tmp_path: Path) -> None:
    assert rows(instance, "SELECT current_setting('enable_external_access')") == [[False]]
    assert rows(instance, "SELECT current_setting('lock_configuration')") == [[True]]
