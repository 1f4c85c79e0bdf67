"""Fetch a table or a query's rows from a database into a Parquet file that waits to be imported like an upload.

Rows come in batches through a cursor on the database's side: neither the whole table nor a second copy is in memory.
"""

import secrets
from pathlib import Path
from typing import Any

import ibis.expr.schema as sch
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import BadFile, BadSpec, NotFound
from core.specs import hash_of
from core.storage.arrivals import safe_name
from core.storage.databases import FetchSpec, connected, drop_secret, password_of, said
from core.storage.runs import Run, Say
from core.storage.workspace import Workspace, new_id

BATCH_ROWS = 50_000
SOURCE_KEY = b"whypath.source"  # in the Parquet file: where its rows came from, in words


def work(run: Run) -> dict[str, Any]:
    """The job's procedure; the password is deleted when the run has ended, however it did."""
    spec = FetchSpec.read(run.spec)
    try:
        return fetch(run.workspace, spec, run.progress)
    finally:
        drop_secret(run.workspace, spec.secret)


def fetch(workspace: Workspace, spec: FetchSpec, progress: Say) -> dict[str, Any]:
    """{path, rows, columns, notes}: the rows as Parquet in a folder of its own under uploads/.

    Raises BadSpec or BadFile with one sentence; what was written until then is deleted.
    """
    password = password_of(workspace, spec)
    progress(0.0, f"Connecting to {spec.title}")
    stem = safe_name(spec.table or f"query-{hash_of(spec.query)[:8]}")
    folder = workspace.uploads / secrets.token_hex(16)
    folder.mkdir(parents=True)
    partial, path = folder / ".partial", folder / f"{stem}.parquet"
    try:
        with connected(spec.url, password) as backend:
            table, notes = _plain(_asked(backend, spec, password))
            rows = _write(backend, table, partial, spec, password, progress)
        if not rows:
            raise BadFile(f"{spec.title} has no rows; a log needs at least one event.")
        partial.rename(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        folder.rmdir()
        raise
    return {"path": str(path), "rows": rows, "columns": list(table.columns), "notes": notes, "source": spec.title}


def _asked(backend: Any, spec: FetchSpec, password: str | None) -> ir.Table:
    try:
        if spec.table:
            place, _, name = spec.table.rpartition(".")
            found: ir.Table = backend.table(name, database=place or None)
            return found
        schema = _schema_of_query(backend, str(spec.query)) if backend.name == "postgres" else None
        asked: ir.Table = backend.sql(spec.query, schema=schema)
        return asked
    except (BadSpec, NotFound):
        raise
    except Exception as error:  # noqa: BLE001  each driver has errors of its own
        what = f"table '{spec.table}'" if spec.table else "the query"
        raise BadSpec(f"{spec.title} does not answer {what}: {said(error, password)}") from None


def _schema_of_query(backend: Any, query: str) -> sch.Schema:
    """The columns of a query in PostgreSQL; Ibis would make a view to find out, which a read-only session may not."""
    with backend.raw_sql(f"SELECT * FROM ({query.rstrip().rstrip(';')}) AS asked LIMIT 0") as cursor:
        described = [(column.name, column.type_code) for column in cursor.description]
    names = [name for name, _ in described]
    if len(set(names)) < len(names):
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise BadSpec(f"The query has two columns named '{twice}'; give one of them another name with AS.")
    kinds = ", ".join(f"format_type({int(code)}, NULL)" for _, code in described)
    with backend.raw_sql(f"SELECT {kinds}") as cursor:
        found = cursor.fetchone()
    mapper = backend.compiler.type_mapper
    return sch.Schema({name: mapper.from_string(kind, nullable=True) for name, kind in zip(names, found, strict=True)})


def _plain(table: ir.Table) -> tuple[ir.Table, list[str]]:
    """The table with columns that a log can take: decimals as numbers, what is nested or special as text."""
    chosen, notes = {}, []
    for name, kind in table.schema().items():
        column = table[name]
        if kind.is_binary():
            notes.append(f"Column '{name}' holds bytes, which a log has no use for; it was left out.")
        elif kind.is_decimal():
            chosen[name] = column.cast("float64")
        elif kind.is_numeric() or kind.is_boolean() or kind.is_string() or kind.is_timestamp() or kind.is_date():
            chosen[name] = column
        else:
            chosen[name] = column.cast("string")
    if not chosen:
        raise BadSpec("The table has no column that a log can take.")
    return table.select(**chosen), notes


def _write(backend: Any, table: ir.Table, path: Path, spec: FetchSpec, password: str | None, progress: Say) -> int:
    rows = 0
    try:
        reader = backend.to_pyarrow_batches(table, chunk_size=BATCH_ROWS)
        schema = reader.schema.with_metadata({SOURCE_KEY: f"{spec.title} ({new_id('fetched')})".encode()})
        with pq.ParquetWriter(path, schema, compression="zstd") as file:
            for batch in reader:
                file.write_table(pa.Table.from_batches([batch]).cast(schema))
                rows += batch.num_rows
                progress(min(0.95, rows / (rows + 20 * BATCH_ROWS)), f"{rows:,} rows fetched from {spec.title}")
    except (pa.ArrowException, ValueError, OSError) as error:
        raise BadFile(f"{spec.title} sent a value that cannot be stored: {said(error, password)}") from None
    except Exception as error:
        if type(error).__module__.split(".")[0] in ("psycopg", "clickhouse_connect", "snowflake", "google"):
            raise BadFile(f"{spec.title} stopped after {rows:,} rows: {said(error, password)}") from None
        raise
    return rows


def source_of(path: Path) -> str | None:
    """Where the rows of a fetched Parquet file came from, in words; None for any other file."""
    try:
        said_there = (pq.read_schema(path).metadata or {}).get(SOURCE_KEY)
    except (pa.ArrowException, OSError):
        return None
    return said_there.decode("utf-8", "replace") if said_there else None
