"""The beginning of a file as `raw` and `sample`, for what is shown and judged before anything is imported."""

import codecs
import tempfile
from dataclasses import dataclass
from pathlib import Path

from core.errors import BadFile
from core.events.reading.gather import RawColumn, csv_reader, gather_parquet, parquet_columns, text_columns
from core.events.reading.moments import SAMPLE_ROWS
from core.events.reading.profiles import take_sample
from core.events.reading.records import BLANK, GOOD, split
from core.events.reading.sources import Source
from core.storage.engine import EngineError, Writer, first_line, literal, quoted
from core.storage.workspace import Workspace

HEAD_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Head:
    """columns: of `raw`; rows: in `raw`; whole: whether that is all of the file; broken: lines that were no record;
    notes: what was taken for granted in reading them."""

    columns: tuple[RawColumn, ...]
    rows: int
    whole: bool
    broken: int = 0
    notes: tuple[str, ...] = ()


def load_head(engine: Writer, workspace: Workspace, source: Source, *, rows: int = SAMPLE_ROWS) -> Head:
    """Make `raw` (at most `rows` rows) and `sample` from the beginning of a file; raises BadFile.

    Of a text file the first HEAD_BYTES are looked at, of a Parquet file all of it where it has no more than `rows`.
    """
    if source.format == "parquet":
        head = _parquet_head(engine, source, rows)
    else:
        head = _text_head(engine, workspace, source, rows)
    if not head.rows:
        why = f" that can be read ({head.broken:,} broken lines)" if head.broken else ""
        raise BadFile(f"'{source.name}' has a header but no rows{why}; a log needs at least one event.")
    take_sample(engine)
    return head


def _parquet_head(engine: Writer, source: Source, rows: int) -> Head:
    columns = parquet_columns(engine, source)
    there = engine.rows("SELECT count(*) FROM read_parquet(?)", [str(source.path)])[0][0]
    if 0 < there <= rows:
        gather_parquet(engine, [source])
        return Head(columns, there, whole=True)
    names = ", ".join(f"{quoted(column.name)} AS {column.sql}" for column in columns)
    _load(engine, source, f"SELECT {names} FROM read_parquet({literal(str(source.path))}) LIMIT {rows}")
    return Head(columns, min(there, rows), whole=False)


def _text_head(engine: Writer, workspace: Workspace, source: Source, rows: int) -> Head:
    columns = text_columns(source)
    records, whole, broken = _whole_records(source, rows)
    with tempfile.NamedTemporaryFile(dir=workspace.spill, suffix=".csv") as file:
        file.write(records)
        file.flush()
        reader = csv_reader(Path(file.name), source, [column.sql for column in columns])
        _load(engine, source, f"SELECT * FROM {reader}")
    return Head(columns, engine.rows("SELECT count(*) FROM raw")[0][0], whole, broken)


def _load(engine: Writer, source: Source, rows: str) -> None:
    try:
        engine.execute(f"CREATE TABLE raw AS SELECT row_number() OVER () AS _row, 0 AS _file, * FROM ({rows})")
    except EngineError as error:
        raise BadFile(f"'{source.name}' cannot be read ({first_line(error)}); write it again.") from None


def _whole_records(source: Source, rows: int) -> tuple[bytes, bool, int]:
    """The unbroken records among the first megabytes of a text file, as UTF-8; whether that is all of it; how many
    lines were no record."""
    with source.path.open("rb") as file:
        raw = file.read(HEAD_BYTES)
    text = codecs.getincrementaldecoder(source.encoding)(errors="replace").decode(raw).removeprefix("\ufeff")
    head = (text.replace("\r", "\n") if source.old_line_ends else text).encode()
    complete = len(raw) == source.bytes
    head = head if head.endswith(b"\n") or not complete else head + b"\n"
    records = split(head, source.delimiter, len(source.columns), last=complete)
    good = records.spans[records.verdicts == GOOD]
    broken = int(((records.verdicts != GOOD) & (records.verdicts != BLANK)).sum())
    taken = good[: rows + int(source.has_header)]
    whole = complete and len(taken) == len(good)
    return b"".join(head[start : end + 1] for start, end in taken.tolist()), whole, broken
