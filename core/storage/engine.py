"""The engine: runs Ibis expressions on a published log version, and builds new ones. The only door to DuckDB.

Expressions are built on unbound tables and compiled here, so that any room may write one and only this file runs it.
Published versions are opened read-only, locked, without file access; every call has its own cursor, because several
threads on one DuckDB connection get wrong rows.
"""

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from core.errors import BadFile, NotFound
from core.storage.background import in_thread
from core.storage.catalogue import find_manifest
from core.storage.column_types import ibis_type
from core.storage.machine import cores
from core.storage.workspace import Workspace

MEMORY_LIMIT = os.environ.get("WHYPATH_MEMORY_LIMIT", "2GB")
MEMORY_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}  # as the engine writes them


class Log:
    """One published version of an event log, open for reading by as many threads and processes as like."""

    def __init__(self, workspace: Workspace, manifest: dict[str, Any]) -> None:
        self.workspace = workspace
        self.manifest = manifest
        self._lent: dict[str, pa.Table] = {}
        self.log_id: str = manifest["log_id"]
        self.version_id: str = manifest["version_id"]
        self._connection = attached(workspace, self.log_id, self.version_id)

    def table(self, name: str = "events") -> ir.Table:
        """An unbound Ibis table of the log; the names are those of the manifest's `tables`."""
        return ibis.table(self._schema(name), name=name)

    def lend(self, name: str, table: pa.Table) -> ir.Table:
        """Let expressions read an Arrow table beside the log's own, by this name; it stays until the log is closed."""
        self._lent[name] = table
        return ibis.table(ibis.schema(table.schema), name=name)

    def columns(self, name: str = "events") -> list[str]:
        """The column names of a table of the log."""
        return list(self._schema(name))

    @lru_cache(maxsize=32)  # noqa: B019  a Log is kept for the life of the process
    def _schema(self, name: str) -> dict[str, str]:
        rows = self._rows(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name=? AND database_name='log' "
            "ORDER BY column_index",
            [name],
        )
        if not rows:
            raise NotFound(f"Log '{self.log_id}' has no table '{name}'.")
        return {column: ibis_type(kind) for column, kind in rows}

    def fetch_arrow(self, expression: ir.Expr) -> pa.Table:
        """Run an expression and return its whole result as an Arrow table."""
        with self._cursor() as cursor:
            found: pa.Table = cursor.sql(compiled(expression)).to_arrow_table()
        plain = [
            pa.field(field.name, pa.string()) if pa.types.is_dictionary(field.type) else field for field in found.schema
        ]
        return found.cast(pa.schema(plain))

    def fetch(self, expression: ir.Expr) -> pd.DataFrame:
        """The whole result of an expression as a data frame; only aggregates and unit tables belong here."""
        frame: pd.DataFrame = self.fetch_arrow(expression).to_pandas()
        return frame

    @contextmanager
    def batches(self, expression: ir.Expr, rows: int) -> Iterator[pa.RecordBatchReader]:
        """Run an expression and read its result a batch of rows at a time, for a result that need not fit in memory."""
        with self._cursor() as cursor:
            yield cursor.sql(compiled(expression)).to_arrow_reader(rows)

    def fetch_sql(self, statement: str, values: Sequence[Any] = ()) -> pd.DataFrame:
        """Run one SELECT that Ibis cannot say, with its values bound."""
        with self._cursor() as cursor:
            frame: pd.DataFrame = cursor.execute(statement, list(values)).df()
        return frame

    def _rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._cursor() as cursor:
            found: list[tuple[Any, ...]] = cursor.execute(statement, list(values)).fetchall()
        return found

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = self._connection.cursor()
        try:
            cursor.execute("USE log")  # a cursor does not inherit it
            for name, table in self._lent.items():
                cursor.register(name, table)
            yield cursor
        finally:
            cursor.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def attached(
    workspace: Workspace, log_id: str, version_id: str, *,
    settings: Mapping[str, Any] | None = None, before_locking: Sequence[str] = (),
) -> duckdb.DuckDBPyConnection:  # fmt: skip
    """An instance in memory that holds one version as `log`, read-only, without file access, its settings locked.

    settings: other than the usual ones; before_locking: statements that the lock would forbid.
    """
    path = workspace.version(log_id, version_id) / "log.duckdb"
    if not path.exists():
        raise NotFound(f"The file of log '{log_id}' is gone ({version_id}); import it again.")
    connection = duckdb.connect(":memory:", config={**_settings(workspace), **(settings or {})})
    try:
        connection.execute(f"ATTACH {literal(str(path))} AS log (READ_ONLY)")
    except duckdb.Error as error:
        raise BadFile(f"The file of log '{log_id}' cannot be opened ({first_line(error)}).") from None
    for statement in ("SET enable_external_access=false", *before_locking, "SET lock_configuration=true"):
        connection.execute(statement)
    return connection


def open_log(workspace: Workspace, log_id: str, version_id: str | None = None) -> Log:
    """Open a version of a log, the current one by default; raises NotFound with the logs there are."""
    return Log(workspace, find_manifest(workspace, log_id, version_id))


def compiled(expression: ir.Expr) -> str:
    """The DuckDB SQL of an Ibis expression."""
    return str(ibis.to_sql(expression, dialect="duckdb"))


class Writer:
    """A private DuckDB file while a version is being built. Values are bound; names must be quoted by `quoted`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._watch: Callable[[float], None] | None = None
        self._lent: dict[str, pa.Table] = {}

    def execute(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Run a statement to its end."""
        self._connection.execute(statement, list(values)).fetchall()

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        found: list[tuple[Any, ...]] = []

        def fetch() -> None:
            found.extend(self._connection.execute(statement, list(values)).fetchall())

        work = fetch if self._watch is None else partial(self._in_thread, fetch, self._watch)
        work()
        return found

    @contextmanager
    def watching(self, watch: Callable[[float], None]) -> Iterator[None]:
        """Meanwhile every query by `rows` calls `watch(0)` now and then, which may stop it by what it raises."""
        self._watch = lambda share: watch(0.0)
        try:
            yield
        finally:
            self._watch = None

    def frame(self, statement: str, values: Sequence[Any] = ()) -> pd.DataFrame:
        """All rows of a query, as a data frame."""
        found: pd.DataFrame = self._connection.execute(statement, list(values)).df()
        return found

    def add(self, name: str, table: pa.Table) -> None:
        """Make a table from an Arrow table."""
        self._connection.register("incoming", table)
        self.execute(f"CREATE TABLE {quoted(name)} AS SELECT * FROM incoming")
        self._connection.unregister("incoming")

    def lend(self, name: str, table: pa.Table) -> None:
        """Let queries read an Arrow table where it stands, until `take_back` or another of its name is lent.

        Its bytes count as the engine's.
        """
        before = self._lent[name].nbytes if name in self._lent else 0
        self._connection.register(name, table)
        self._lent[name] = table
        self.execute(f"SET memory_limit='{self.memory_bytes() + before - table.nbytes}B'")

    def lent(self, name: str) -> pa.Table:
        """A table that was lent."""
        return self._lent[name]

    def take_back(self, name: str) -> None:
        """Let go of a table that was lent."""
        self._connection.unregister(name)
        self.execute(f"SET memory_limit='{self.memory_bytes() + self._lent.pop(name).nbytes}B'")

    def memory_bytes(self) -> int:
        """How much memory the engine may use."""
        number, unit = self.rows("SELECT current_setting('memory_limit')")[0][0].split()
        return int(float(number) * MEMORY_UNITS[unit])

    def watched(self, statement: str, watch: Callable[[float], None], values: Sequence[Any] = ()) -> None:
        """Run a long statement in a thread, calling `watch(share)` meanwhile; what `watch` raises stops it."""
        self._in_thread(lambda: self.execute(statement, values), watch)

    def _in_thread(self, work: Callable[[], None], watch: Callable[[float], None]) -> None:
        in_thread(work, lambda: watch(max(self.progress_share(), 0.0)), self._stop)

    def _stop(self, ended: threading.Event) -> None:
        while not ended.is_set():
            self.interrupt()
            ended.wait(0.1)

    def progress_share(self) -> float:
        """Share done of the statement that another thread is running, or -1 when DuckDB cannot tell."""
        return float(self._connection.query_progress()) / 100

    def interrupt(self) -> None:
        """Stop the statement that another thread is running."""
        self._connection.interrupt()


@contextmanager
def writer(workspace: Workspace, path: Path | None = None, *, memory_limit: str = MEMORY_LIMIT) -> Iterator[Writer]:
    """A writable DuckDB at a new path (in memory without one), closed at the end. Never used on a published version."""
    connection = duckdb.connect(str(path) if path else ":memory:", config=_settings(workspace, memory_limit))
    try:
        connection.execute("SET enable_progress_bar=true; SET enable_progress_bar_print=false")
        connection.execute("SET TimeZone='UTC'")
        yield Writer(connection)
    finally:
        connection.close()


def quoted(name: str) -> str:
    """A column or table name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL string, for the few statements (ATTACH, COPY, views) that take no bound values."""
    return "'" + text.replace("'", "''") + "'"


def first_line(error: BaseException) -> str:
    """The first line of a library's message, without its class name."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


# What DuckDB raises, for the rooms that may not import it.
EngineError = duckdb.Error


def _settings(workspace: Workspace, memory_limit: str = MEMORY_LIMIT) -> dict[str, Any]:
    workspace.prepare()
    return {
        "threads": cores(),
        "memory_limit": memory_limit,
        "temp_directory": str(workspace.spill),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "python_enable_replacements": "false",
    }
