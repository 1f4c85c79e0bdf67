"""Bring files of one shape into the engine as one view `raw`: their rows in file order, their columns as _c0, _c1, ...

raw    _row BIGINT (from 1, over all files), _file INTEGER (index into the spec's files), _c0, _c1, ... as the file has
       them (text for CSV)
No name from a file reaches a later query, and no stored name begins with `_`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from core.errors import BadFile
from core.events.columns import EVENT_TYPE, TIMESTAMP, USER_ID
from core.events.reading.names import parts_of
from core.events.reading.sources import Source
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
    or other (lists, structs and the like); tidy: a text of which no value needs trimming or stands for a missing one;
    joined: SQL of a text that several columns make together (see `two_columns`).
    """

    place: int
    name: str
    kind: str
    tidy: bool = False
    joined: str = ""

    @property
    def sql(self) -> str:
        return self.joined or f"_c{self.place}"


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
            column = mapping.get(role, "")
            if parts_of(column, union_of(sources)) and not parts_of(column, source.columns):
                raise BadFile(
                    f"'{source.name}' and '{sources[0].name}' differ in shape: '{source.name}' has no column "
                    f"'{column[:60]}', which is the {role} of the others; import it apart and append."
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


def _path(source: Source) -> str:
    return str(source.path)
