"""Bring files of one shape into the engine as one view `raw`: their rows in file order, their columns as _c0, _c1, ...

raw    _row BIGINT (from 1, over all files), _file INTEGER (index into the spec's files), _c0, _c1, ... as the file has
       them (text for CSV)
No name from a file reaches a later query, and no stored name begins with `_`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from core.errors import BadFile
from core.events.columns import EVENT_TYPE, TIMESTAMP, USER_ID
from core.events.reading.records import MAX_RECORD_BYTES
from core.events.reading.sieve import RejectedLine, Sieved, sieve
from core.events.reading.sources import Source
from core.events.stages import Stage, Watch
from core.storage.engine import EngineError, Writer, first_line, literal, quoted

KINDS = {
    "VARCHAR": "text", "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP WITH TIME ZONE": "zoned moment",
    "FLOAT": "decimal", "DOUBLE": "decimal",
} | dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), "moment") | dict.fromkeys(
    ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT", "UHUGEINT"),
    "integer",
)  # fmt: skip


SWAPPED = """'"''', '''"'"""  # " and ' as arguments of translate


READ_BYTES = 4 * MAX_RECORD_BYTES  # of a CSV file that the engine takes at once


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

    def add_breaks(self, engine: Writer) -> None:
        """Make the table `breaks` (file, row, line) for an ASOF join with rows of `raw`."""
        parts = [
            np.column_stack([np.full(len(found), file), found[:, 0] + first + 1, found[:, 1]])
            for file, (first, found) in enumerate(zip(self.first_rows, self.breaks, strict=True))
        ]
        rows = np.concatenate(parts).astype(np.int64)
        engine.add("breaks", pa.table({"file": rows[:, 0], "row": rows[:, 1], "line": rows[:, 2]}))


def gather(
    engine: Writer, sources: Sequence[Source], folder: Path, *,
    reject: Callable[[int, list[RejectedLine]], None], watch: Stage,
) -> Gathered:  # fmt: skip
    """Make `raw` of files that are ready; `folder` takes copies, `reject(file, lines)` the lines that are no record."""
    if sources[0].format == "csv":
        return gather_text(engine, sources, folder, reject=reject, watch=watch)
    return gather_parquet(engine, sources)


def check_shapes(engine: Writer, sources: Sequence[Source]) -> tuple[Source, ...]:
    """The sources with the columns of Parquet files filled in, and said which file lacks which column.

    Raises BadFile if the files are of different formats or have nothing in common.
    """
    known = [replace(s, columns=tuple(parquet_types(engine, s))) if s.format == "parquet" else s for s in sources]
    first = known[0]
    every = union_of(known)
    for place, other in enumerate(known):
        if (other.format == "csv") != (first.format == "csv") or (other.format == "json") != (first.format == "json"):
            raise BadFile(
                f"'{other.name}' is {FORMATS[other.format]} and '{first.name}' {FORMATS[first.format]}; files of one "
                "log need the same format, so import them apart and append."
            )
        if not set(other.columns) & set(first.columns):
            raise BadFile(
                f"'{other.name}' and '{first.name}' differ in shape: they have no column in common; import them apart."
            )
        if lacking := [column[:60] for column in every if column not in other.columns]:
            note = f"'{other.name}' lacks {_listed(lacking)}, which other files have; its rows have no value there."
            known[place] = replace(other, notes=(*other.notes, note))
    return tuple(known)


def check_common(sources: Sequence[Source], mapping: Mapping[str, str]) -> None:
    """Raise BadFile if a file lacks the column that says when, who or what; all its rows would be rejected."""
    for role in (TIMESTAMP, USER_ID, EVENT_TYPE):
        for source in sources:
            column = mapping.get(role)
            if column in union_of(sources) and column not in source.columns:
                raise BadFile(
                    f"'{source.name}' and '{sources[0].name}' differ in shape: '{source.name}' has no column "
                    f"'{str(column)[:60]}', which is the {role} of the others; import it apart and append."
                )


NESTED = re.compile(r"STRUCT\(|MAP\(|\[\d*\]\Z")
FORMATS = {"csv": "a text table", "parquet": "Parquet", "json": "JSON", "excel": "an Excel sheet"}


def union_of(sources: Sequence[Source]) -> tuple[str, ...]:
    """All columns of the files, each once, in the order in which they are met."""
    return tuple(dict.fromkeys(column for source in sources for column in source.columns))


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5:,} more columns"


def parquet_types(engine: Writer, source: Source) -> dict[str, str]:
    """{column: type} of a source kept in Parquet; raises BadFile if it cannot be read."""
    if source.format == "excel":
        return dict.fromkeys(source.columns, "VARCHAR")
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
    columns = parquet_columns(engine, sources)
    selects, first_rows, rows = [], [], 0
    for file, source in enumerate(sources):
        names = ", ".join(parquet_values(engine, source, columns))
        selects.append(
            f"SELECT file_row_number + {rows + 1} AS _row, {file} AS _file, {names} "
            f"FROM read_parquet({literal(_path(source))}, file_row_number=true)"
        )
        first_rows.append(rows)
        rows += engine.rows("SELECT count(*) FROM read_parquet(?)", [_path(source)])[0][0]
    engine.execute("CREATE VIEW raw AS " + " UNION ALL ".join(selects))
    breaks = tuple(np.array([[0, 1]]) if source.breaks is None else source.breaks for source in sources)
    return Gathered(columns, rows, tuple(first_rows), breaks)


def parquet_columns(engine: Writer, sources: Sequence[Source]) -> tuple[RawColumn, ...]:
    """All columns of Parquet files with their kinds; one that differs between files is text."""
    kinds: dict[str, str] = {}
    for source in sources:
        for name, kind in parquet_types(engine, source).items():
            found = "decimal" if kind.startswith("DECIMAL") else KINDS.get(kind, "other")
            kinds[name] = found if kinds.get(name, found) == found else "text"
    return tuple(RawColumn(place, name, kind) for place, (name, kind) in enumerate(kinds.items()))


def parquet_values(engine: Writer, source: Source, columns: Sequence[RawColumn]) -> Iterator[str]:
    """SQL of each column in terms of one Parquet file, null where the file lacks it; nested values as JSON."""
    types = parquet_types(engine, source)
    for column in columns:
        name = (
            f"c{source.columns.index(column.name)}"
            if source.format == "excel" and column.name in types
            else column.name
        )
        if column.name not in types:
            yield f"NULL AS {column.sql}"
        elif NESTED.search(types[column.name]):
            yield f"CAST(to_json({quoted(name)}) AS VARCHAR) AS {column.sql}"
        elif column.kind in ("text", "other"):
            yield f"CAST({quoted(name)} AS VARCHAR) AS {column.sql}"
        else:
            yield f"{quoted(name)} AS {column.sql}"


def text_columns(sources: Sequence[Source]) -> tuple[RawColumn, ...]:
    """All columns of CSV files: all text."""
    return tuple(RawColumn(place, name, "text") for place, name in enumerate(union_of(sources)))


def gather_text(
    engine: Writer, sources: Sequence[Source], folder: Path, *,
    reject: Callable[[int, list[RejectedLine]], None], watch: Stage,
) -> Gathered:  # fmt: skip
    """Sieve each CSV file and load its records into `texts`, on which `raw` is a view; `reject(file, lines)` gets the
    rest."""
    columns = text_columns(sources)
    defined = ", ".join(f"{column.sql} VARCHAR" for column in columns)
    engine.execute(f"CREATE TABLE texts (_file INTEGER, {defined})")
    first_rows, breaks, rows = [], [], 0
    for file, source in enumerate(sources):
        stage = watch.part(file / len(sources), (file + 1) / len(sources))
        sieved = sieve(
            source.path, folder / f"whole-{file}.csv", delimiter=source.delimiter, columns=len(source.columns),
            has_header=source.has_header, reject=lambda lines, file=file: reject(file, lines),  # type: ignore[misc]
            watch=stage.part(0.0, 0.5),
        )  # fmt: skip
        _load(engine, source, file, sieved, columns, stage.part(0.5, 1.0))
        for path in {sieved.path, source.path}:
            if folder in path.parents:
                path.unlink()  # a copy of ours, which would only fill the disk from now on
        first_rows.append(rows)
        breaks.append(sieved.breaks)
        rows += sieved.rows
    engine.execute("CREATE VIEW raw AS SELECT rowid + 1 AS _row, * FROM texts")
    return Gathered(columns, rows, tuple(first_rows), tuple(breaks))


def let_go(engine: Writer) -> None:
    """Drop `raw` and what it stands on, once its rows are in `kept` or among the rejects."""
    engine.execute("DROP VIEW IF EXISTS raw")
    for table in ("texts", "unfolded", "sample"):
        engine.execute(f"DROP TABLE IF EXISTS {table}")


def _load(
    engine: Writer, source: Source, file: int, sieved: Sieved, columns: Sequence[RawColumn], watch: Watch
) -> None:
    before = engine.rows("SELECT count(*) FROM texts")[0][0]
    places = {column.name: column.sql for column in columns}
    order = [places[name] for name in source.columns]
    try:
        engine.watched(
            f"INSERT INTO texts BY NAME SELECT {file} AS _file, {values_of(source, order)} "
            f"FROM {csv_reader(sieved.path, source, order)}",
            watch,
        )
    except EngineError as error:
        if "Out of Memory" in str(error):
            raise  # no fault of the file
        raise BadFile(f"'{source.name}' cannot be read ({first_line(error)}); save it again as UTF-8 CSV.") from None
    loaded = engine.rows("SELECT count(*) FROM texts")[0][0] - before
    if loaded != sieved.rows:
        raise BadFile(
            f"'{source.name}' reads as {loaded:,} rows in one way and {sieved.rows:,} in another, so rows could be "
            "lost; save it again as CSV with fields that hold quotes or line breaks in double quotes."
        )


def values_of(source: Source, order: Sequence[str]) -> str:
    """SQL of the columns of a sieved CSV file; where quotes were swapped for its sake, they are swapped back."""
    if source.quote == '"':
        return "*"
    return ", ".join(f"translate({name}, {SWAPPED}) AS {name}" for name in order)


def csv_reader(path: Path, source: Source, order: Sequence[str]) -> str:
    """The engine's reader of one sieved CSV file, all columns text, with nothing left for it to guess.

    Told no size, it reads by sixteen of its longest lines: 256 MB at a time, which no small memory has.
    """
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in order)
    return (
        f"read_csv({literal(str(path))}, delim={literal(source.delimiter)}, quote='\"', escape='\"', "
        f"header={str(source.has_header).lower()}, auto_detect=false, columns={{{columns}}}, nullstr='', "
        f"max_line_size={READ_BYTES // 2}, buffer_size={READ_BYTES}, strict_mode=false)"
    )


def _path(source: Source) -> str:
    return str(source.path)
