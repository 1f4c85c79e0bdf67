"""Bring files of one shape into the engine as one view `raw`: their rows in file order, their columns as _c0, _c1, ...

raw    _row BIGINT (from 1, over all files), _file INTEGER (index into the spec's files), _c0, _c1, ... as the file has
       them (text for CSV)
No name from a file reaches a later query, and no stored name begins with `_`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.errors import BadFile
from core.events.reading.sieve import RejectedLine, Sieved, sieve
from core.events.reading.sources import Source, as_utf8
from core.events.stages import Stage, Watch
from core.storage.engine import EngineError, Writer, first_line, literal, quoted

KINDS = {
    "VARCHAR": "text", "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP WITH TIME ZONE": "zoned moment",
    "FLOAT": "decimal", "DOUBLE": "decimal",
} | dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), "moment") | dict.fromkeys(
    ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT", "UHUGEINT"),
    "integer",
)  # fmt: skip


@dataclass(frozen=True)
class RawColumn:
    """A column of the files. sql: its name in `raw`; kind: text, integer, decimal, boolean, date, moment, zoned moment
    or other (lists, structs and the like)."""

    place: int
    name: str
    kind: str

    @property
    def sql(self) -> str:
        return f"_c{self.place}"


@dataclass(frozen=True)
class Gathered:
    """columns: of `raw`; rows: in `raw`; first_rows, breaks: per file, the row number before its first row and the
    places where lines stop counting up with rows (see `sieve`); rejected: lines that were no record."""

    columns: tuple[RawColumn, ...]
    rows: int
    first_rows: tuple[int, ...]
    breaks: tuple[np.ndarray, ...]


def check_shapes(engine: Writer, sources: Sequence[Source]) -> tuple[Source, ...]:
    """The sources with the columns of Parquet files filled in; raises BadFile if they do not have the same shape."""
    known = tuple(replace(s, columns=tuple(parquet_types(engine, s))) if s.format == "parquet" else s for s in sources)
    first = known[0]
    for other in known[1:]:
        if other.format != first.format or set(other.columns) != set(first.columns):
            differing = sorted(set(other.columns) ^ set(first.columns))[:3]
            raise BadFile(
                f"'{other.name}' and '{first.name}' differ in shape ({', '.join(differing) or 'one is Parquet'}); "
                "files of one log need the same columns, so import them apart."
            )
    return known


def parquet_types(engine: Writer, source: Source) -> dict[str, str]:
    """{column: type} of a Parquet file; raises BadFile if it is none."""
    try:
        rows = engine.rows(
            "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet(?))", [_path(source)]
        )
    except EngineError as error:
        raise BadFile(
            f"'{source.name}' begins like Parquet but cannot be read ({first_line(error)}); write it again."
        ) from None
    return dict(rows)


def gather_parquet(engine: Writer, sources: Sequence[Source]) -> Gathered:
    """Make `raw` a view on Parquet files; nothing is copied."""
    columns = parquet_columns(engine, sources[0])
    selects, first_rows, rows = [], [], 0
    for file, source in enumerate(sources):
        names = ", ".join(f"{quoted(column.name)} AS {column.sql}" for column in columns)
        selects.append(
            f"SELECT file_row_number + {rows + 1} AS _row, {file} AS _file, {names} "
            f"FROM read_parquet({literal(_path(source))}, file_row_number=true)"
        )
        first_rows.append(rows)
        rows += engine.rows("SELECT count(*) FROM read_parquet(?)", [_path(source)])[0][0]
    engine.execute("CREATE VIEW raw AS " + " UNION ALL ".join(selects))
    return Gathered(columns, rows, tuple(first_rows), tuple(np.array([[0, 1]]) for _ in sources))


def parquet_columns(engine: Writer, source: Source) -> tuple[RawColumn, ...]:
    """The columns of a Parquet file with their kinds."""
    return tuple(
        RawColumn(place, name, "decimal" if kind.startswith("DECIMAL") else KINDS.get(kind, "other"))
        for place, (name, kind) in enumerate(parquet_types(engine, source).items())
    )


def text_columns(source: Source) -> tuple[RawColumn, ...]:
    """The columns of a CSV file: all text."""
    return tuple(RawColumn(place, name, "text") for place, name in enumerate(source.columns))


def gather_text(
    engine: Writer, sources: Sequence[Source], folder: Path, *,
    reject: Callable[[int, list[RejectedLine]], None], watch: Stage,
) -> Gathered:  # fmt: skip
    """Sieve each CSV file and load its records into `texts`, on which `raw` is a view; `reject(file, lines)` gets the
    rest."""
    columns = text_columns(sources[0])
    defined = ", ".join(f"{column.sql} VARCHAR" for column in columns)
    engine.execute(f"CREATE TABLE texts (_file INTEGER, {defined})")
    first_rows, breaks, rows = [], [], 0
    for file, source in enumerate(sources):
        stage = watch.part(file / len(sources), (file + 1) / len(sources))
        readable = as_utf8(source, folder, stage.part(0.0, 0.1))
        sieved = sieve(
            readable, folder / f"whole-{file}.csv", delimiter=source.delimiter, columns=len(columns),
            has_header=source.has_header, reject=lambda lines, file=file: reject(file, lines),  # type: ignore[misc]
            watch=stage.part(0.1, 0.5),
        )  # fmt: skip
        _load(engine, source, file, sieved, sources[0].columns, stage.part(0.5, 1.0))
        first_rows.append(rows)
        breaks.append(sieved.breaks)
        rows += sieved.rows
    engine.execute("CREATE VIEW raw AS SELECT rowid + 1 AS _row, * FROM texts")
    return Gathered(columns, rows, tuple(first_rows), tuple(breaks))


def _load(engine: Writer, source: Source, file: int, sieved: Sieved, names: tuple[str, ...], watch: Watch) -> None:
    before = engine.rows("SELECT count(*) FROM texts")[0][0]
    order = [f"_c{names.index(name)}" for name in source.columns]
    try:
        engine.watched(
            f"INSERT INTO texts BY NAME SELECT {file} AS _file, * FROM {csv_reader(sieved.path, source, order)}", watch
        )
    except EngineError as error:
        raise BadFile(f"'{source.name}' cannot be read ({first_line(error)}); save it again as UTF-8 CSV.") from None
    loaded = engine.rows("SELECT count(*) FROM texts")[0][0] - before
    if loaded != sieved.rows:
        raise BadFile(
            f"'{source.name}' reads as {loaded:,} rows in one way and {sieved.rows:,} in another, so rows could be "
            "lost; save it again as CSV with fields that hold quotes or line breaks in double quotes."
        )


def csv_reader(path: Path, source: Source, order: Sequence[str]) -> str:
    """The engine's reader of one sieved CSV file, all columns text, with nothing left for it to guess."""
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in order)
    return (
        f"read_csv({literal(str(path))}, delim={literal(source.delimiter)}, quote='\"', escape='\"', "
        f"header={str(source.has_header).lower()}, auto_detect=false, columns={{{columns}}}, nullstr='', "
        "max_line_size=16777216, strict_mode=false)"
    )


def _path(source: Source) -> str:
    return str(source.path)
