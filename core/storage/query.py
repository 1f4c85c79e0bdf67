"""Analysts' own SQL: one SELECT over one version of one log, on an instance of its own that can reach nothing else.

The instance holds the log's file attached read-only, has no file access, and its settings are locked. Statements that
the lock would still allow (ATTACH ':memory:', CREATE in memory, PREPARE, SET VARIABLE) are refused before they run.
"""

import threading
import time
from dataclasses import dataclass

import duckdb
import pandas as pd
import pyarrow as pa
from pydantic import Field

from core.errors import BadSpec, Cancelled
from core.specs import Spec
from core.storage.engine import attached, first_line
from core.storage.workspace import Workspace

MAX_SQL_CHARACTERS = 20_000
MAX_RESULT_BYTES = 64 * 1024 * 1024  # what a page may hold and send
MEMORY_LIMIT = "1GB"
SPILL_LIMIT = "4GB"
BATCH_ROWS = 2_048
WHOLE = {
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}  # fmt: skip   whole numbers and booleans stay what they are beside nulls
# Types that a table on a page, or JSON, shows as they are; of any other the text is shown.
PLAIN = (
    "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "FLOAT", "DOUBLE",
    "VARCHAR", "DATE", "TIMESTAMP",
)  # fmt: skip


class QuerySpec(Spec):
    """sql: one SELECT; limit: rows that are fetched at most; timeout_seconds: when it is stopped."""

    sql: str = Field(min_length=1, max_length=MAX_SQL_CHARACTERS)
    limit: int = Field(default=1_000, ge=1, le=100_000)
    timeout_seconds: int = Field(default=60, ge=1, le=3_600)


@dataclass(frozen=True)
class Fetched:
    """frame: the rows, column names made unique; truncated: why there are more rows than these, or None;
    seconds: how long it took."""

    frame: pd.DataFrame
    truncated: str | None
    seconds: float


class QueryInstance:
    """One version of a log, open for analysts' SQL. Every query has a cursor of its own."""

    def __init__(self, workspace: Workspace, log_id: str, version_id: str) -> None:
        allowed = "['enable_progress_bar', 'enable_progress_bar_print', 'progress_bar_time']"
        self._connection = attached(
            workspace, log_id, version_id,
            settings={
                "memory_limit": MEMORY_LIMIT, "max_temp_directory_size": SPILL_LIMIT,
                "allow_persistent_secrets": "false",
            },
            before_locking=("SET TimeZone='UTC'", f"SET allowed_configs={allowed}"),
        )  # fmt: skip

    def start(self, spec: QuerySpec) -> "Query":
        """Begin a query in a thread of its own; raises BadSpec if it is not one SELECT."""
        return Query(self._connection.cursor(), one_select(spec.sql), spec)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


class Query:
    """A query under way. Wait with `wait`, look with `share`, stop with `stop`; then take the `result`."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, sql: str, spec: QuerySpec) -> None:
        self._cursor, self._sql, self._spec = cursor, sql, spec
        self._fetched: Fetched | None = None
        self._error: Exception | None = None
        self._stopped: str | None = None
        self._started = time.monotonic()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return time.monotonic() - self._started

    def wait(self, seconds: float) -> bool:
        """Wait a little; returns whether it has ended. Stops it when its time is over."""
        self._thread.join(seconds)
        if self._thread.is_alive() and self.seconds > self._spec.timeout_seconds:
            self.stop(f"stopped after {self._spec.timeout_seconds} seconds; narrow it down, or allow it more time")
        return not self._thread.is_alive()

    def share(self) -> float:
        """Share done, 0 to 1; 0 while the engine cannot tell."""
        try:
            return min(max(float(self._cursor.query_progress()) / 100, 0.0), 1.0)
        except duckdb.Error:
            return 0.0

    def stop(self, why: str = "stopped") -> None:
        """Interrupt it and wait until it has let go."""
        self._stopped = self._stopped or why
        while self._thread.is_alive():
            self._cursor.interrupt()
            self._thread.join(0.05)

    def result(self) -> Fetched:
        """What it found; raises BadSpec with the engine's words, or Cancelled if it was stopped."""
        self._thread.join()
        if self._stopped:
            raise Cancelled(f"The query was {self._stopped}.")
        if self._error is not None:
            raise BadSpec(f"The query failed: {_said(self._error)}")
        assert self._fetched is not None
        return self._fetched

    def _run(self) -> None:
        try:
            self._cursor.execute("SET enable_progress_bar=true")
            self._cursor.execute("SET enable_progress_bar_print=false")
            self._cursor.execute("USE log")
            frame, truncated = _fetch(self._cursor, self._sql, self._spec.limit)
            self._fetched = Fetched(frame, truncated, self.seconds)
        except Exception as error:  # noqa: BLE001  handed to whoever asks for the result
            self._error = error
        finally:
            self._cursor.close()


def one_select(sql: str) -> str:
    """The statement without its closing semicolon; raises BadSpec unless it is exactly one SELECT."""
    try:
        statements = duckdb.extract_statements(sql)
    except (duckdb.Error, UnicodeError) as error:
        raise BadSpec(f"The query cannot be read: {_said(error)}") from None
    if len(statements) != 1:
        raise BadSpec(f"One SELECT at a time, please: this is {len(statements)} statements.")
    kind = statements[0].type
    if kind != duckdb.StatementType.SELECT:
        raise BadSpec(f"Only SELECT is allowed here, and this is {kind.name}; the log is read-only.")
    text = sql.encode()
    return next((text[:at].decode() for at, _ in duckdb.tokenize(sql) if text[at : at + 1] == b";"), sql)


def _fetch(cursor: duckdb.DuckDBPyConnection, sql: str, limit: int) -> tuple[pd.DataFrame, str | None]:
    """At most `limit` rows and MAX_RESULT_BYTES of them."""
    found = cursor.sql(sql)
    names = _unique(found.columns)
    columns = ", ".join(
        f"#{place}" if str(kind) in PLAIN else f"CAST(#{place} AS VARCHAR)"
        for place, kind in enumerate(found.types, start=1)
    )
    reader = found.limit(limit + 1).project(columns).to_arrow_reader(BATCH_ROWS)
    batches, size, truncated = [], 0, None
    for batch in reader:
        batches.append(batch)
        size += batch.nbytes
        if size > MAX_RESULT_BYTES:
            truncated = f"the first {MAX_RESULT_BYTES // 1024**2} MB"
            break
    table = pa.Table.from_batches(batches, schema=reader.schema)
    if table.num_rows > limit:
        table, truncated = table.slice(0, limit), f"the first {limit:,} rows"
    return table.rename_columns(names).to_pandas(types_mapper=WHOLE.get), truncated


def _unique(names: list[str]) -> list[str]:
    """Column names made different: a second `n` becomes `n (2)`."""
    made: list[str] = []
    for name in names:
        choice, number = name, 2
        while choice in made:
            choice, number = f"{name} ({number})", number + 1
        made.append(choice)
    return made


def _said(error: Exception) -> str:
    """The engine's message in one line, with the place it points at where it names one."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return f"it needs more than {MEMORY_LIMIT} of memory; aggregate earlier, or select fewer columns."
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    hint = next((line for line in lines[1:] if line.startswith(("Did you mean", "Candidate bindings"))), "")
    return " ".join(part for part in (first_line(error).rstrip("."), hint) if part) + "."
