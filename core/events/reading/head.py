"""The beginning of a file as `raw` and `sample`, for what is shown and judged before anything is imported.

It is read as an import would read it, but only so far: a 2 GB archive is not unpacked to be recognised.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import BadFile
from core.events.reading.formats.encodings import UTF8
from core.events.reading.formats.excel import sheet_to_parquet
from core.events.reading.gather import RawColumn, check_shapes
from core.events.reading.load import gather
from core.events.reading.moments import SAMPLE_ROWS
from core.events.reading.profiles import take_sample
from core.events.reading.ready import ready
from core.events.reading.rejects import LineRejects
from core.events.reading.sources import Source, decoded_head
from core.events.reading.unfold import unfold
from core.events.stages import Stage
from core.storage.engine import EngineError, Writer, first_line
from core.storage.workspace import Workspace

HEAD_BYTES = 4 * 1024 * 1024
SILENT = Stage(lambda share, message: None, 0.0, 1.0, "")


@dataclass(frozen=True)
class Head:
    """columns: of `raw`; rows: in `raw`; whole: whether that is all of the files; beginnings: whether of some only the
    first HEAD_BYTES; broken: lines that were no record; notes: what was taken for granted in reading them."""

    columns: tuple[RawColumn, ...]
    rows: int
    whole: bool
    beginnings: bool = False
    broken: int = 0
    notes: tuple[str, ...] = ()


def load_head(
    engine: Writer, workspace: Workspace, source: Source, *, rows: int = SAMPLE_ROWS, others: Sequence[Source] = ()
) -> Head:
    """Make `raw` (at most `rows` rows) and `sample` from the beginning of a file; raises BadFile.

    Of a text file the first HEAD_BYTES are looked at, of a Parquet file all of it where it has no more than `rows`.
    others: files of the same import, whose columns come too.
    """
    rejects = LineRejects(engine)
    with workspace.scratch() as folder:
        heads = [_head(each, folder / f"head-{place}", rows) for place, each in enumerate((source, *others))]
        readied = [
            head if head.format in ("parquet", "excel") else ready(head, folder, reject=lambda _: None, watch=SILENT)
            for head in heads
        ]
        known = check_shapes(engine, readied)
        try:
            gathered, _ = gather(engine, known, folder, reject=rejects.add, watch=SILENT)
            engine.execute(f"CREATE TABLE first_rows AS SELECT * FROM raw ORDER BY _row LIMIT {rows}")
        except EngineError as error:
            raise BadFile(f"'{source.name}' cannot be read ({first_line(error)}); write it again.") from None
    engine.execute("DROP VIEW raw")
    engine.execute("CREATE VIEW raw AS SELECT * FROM first_rows")
    beginnings = not all(_is_whole(each) for each in (source, *others))
    whole = gathered.rows <= rows and not beginnings
    rejects.flush()
    gathered, notes = unfold(engine, replace(gathered, rows=min(gathered.rows, rows)), known, SILENT)
    broken = engine.rows("SELECT count(*) FROM rejects")[0][0]
    if not gathered.rows:
        why = f" that can be read ({broken:,} broken)" if broken else ""
        has = "a header but no rows" if source.has_header else "no rows"
        raise BadFile(f"'{source.name}' has {has}{why}; a log needs at least one event.")
    take_sample(engine)
    said = [note for each in known for note in each.notes]
    return Head(gathered.columns, gathered.rows, whole, beginnings, broken, (*said, *notes))


def _is_whole(source: Source) -> bool:
    return source.format in ("parquet", "excel") or len(source.beginning(HEAD_BYTES)) < HEAD_BYTES


def _head(source: Source, target: Path, rows: int) -> Source:
    """The source with a copy of its first bytes (or rows, of a sheet) for a file; Parquet is read where it stands."""
    if source.format == "parquet":
        return source
    if source.format == "excel":
        breaks, _ = sheet_to_parquet(
            source.path, source.sheet, target, source.columns, has_header=source.has_header,
            watch=lambda share: None, most_rows=rows,
        )  # fmt: skip
        return replace(source, path=target, called=source.name, breaks=breaks)
    head = source.beginning(HEAD_BYTES)
    text = decoded_head(head, source.encoding)
    if len(head) == HEAD_BYTES:  # the last line may be cut
        text = text[: text.rfind("\r" if source.old_line_ends else "\n") + 1] or text
    with target.open("w", encoding=UTF8, newline="") as file:
        file.write(text)
    return replace(
        source, path=target, called=source.name, encoding=UTF8, wrapping=None, bytes=target.stat().st_size
    )  # fmt: skip
