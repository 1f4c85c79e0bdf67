"""Bring files that are ready into the engine as `raw` (see `gather`): Parquet where it stands, CSV as text.

A CSV file is either loaded into the table `texts`, or read anew by whatever asks `raw` for rows (streamed), which is
cheaper as long as few do: `settle` loads it after all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.errors import BadFile
from core.events.reading.gather import Gathered, RawColumn, gather_parquet, union_of
from core.events.reading.records import MAX_RECORD_BYTES
from core.events.reading.sieve import RejectedLine, Sieved, sieve
from core.events.reading.sources import Source
from core.events.stages import Stage, Watch
from core.storage.engine import EngineError, Writer, first_line, literal

SWAPPED = """'"''', '''"'"""  # " and ' as arguments of translate
READ_BYTES = 4 * MAX_RECORD_BYTES  # of a CSV file that the engine takes at once
STREAMED_FILES = 8  # of more, each query would have to open too many


@dataclass(frozen=True)
class Text:
    """A sieved CSV file. order: its columns by their names in `raw`; first_row: the row number before its first row."""

    file: int
    source: Source
    sieved: Sieved
    order: tuple[str, ...]
    first_row: int

    def records(self) -> str:
        """SQL of its rows, as text."""
        return f"SELECT {self.file} AS _file, {self._values()} FROM {self._reader()}"

    def numbered(self, columns: Sequence[RawColumn]) -> str:
        """SQL of its rows as `raw` has them; the engine counts them in the order of the file."""
        given = set(self.order)
        named = ", ".join(c.sql if c.sql in given else f"CAST(NULL AS VARCHAR) AS {c.sql}" for c in columns)
        return f"SELECT row_number() OVER () + {self.first_row} AS _row, _file, {named} FROM ({self.records()})"

    def _values(self) -> str:
        """Where quotes were swapped for the sieve's sake, they are swapped back."""
        if self.source.quote == '"':
            return "*"
        return ", ".join(f"translate({name}, {SWAPPED}) AS {name}" for name in self.order)

    def _reader(self) -> str:
        """The engine's reader of a sieved CSV file, all columns text, with nothing left for it to guess.

        Told no size, it reads by sixteen of its longest lines: 256 MB at a time, which no small memory has.
        """
        columns = ", ".join(f"'{name}': 'VARCHAR'" for name in self.order)
        return (
            f"read_csv({literal(str(self.sieved.path))}, delim={literal(self.source.delimiter)}, quote='\"', "
            f"escape='\"', header={str(self.source.has_header).lower()}, auto_detect=false, columns={{{columns}}}, "
            f"nullstr='', max_line_size={READ_BYTES // 2}, buffer_size={READ_BYTES}, strict_mode=false)"
        )


def gather(
    engine: Writer, sources: Sequence[Source], folder: Path, *,
    reject: Callable[[int, list[RejectedLine]], None], watch: Stage, may_stream: bool = False,
) -> tuple[Gathered, tuple[Text, ...]]:  # fmt: skip
    """Make `raw` of files that are ready, and return the files that it streams, if any.

    folder: takes copies, which must stay as long as files are streamed; reject(file, lines) gets the lines that are no
    record. What goes wrong with a streamed file is for `settle` to say.
    """
    if sources[0].format != "csv":
        return gather_parquet(engine, sources), ()
    streams = may_stream and len(sources) <= STREAMED_FILES
    columns = tuple(RawColumn(place, name, "text") for place, name in enumerate(union_of(sources)))
    if not streams:
        _make_texts(engine, columns)
    texts: list[Text] = []
    for file, source in enumerate(sources):
        stage = watch.part(file / len(sources), (file + 1) / len(sources))
        sieved = sieve(
            source.path, folder / f"whole-{file}.csv", delimiter=source.delimiter, columns=len(source.columns),
            has_header=source.has_header, reject=lambda lines, file=file: reject(file, lines),  # type: ignore[misc]
            watch=stage.part(0.0, 1.0 if streams else 0.5),
        )  # fmt: skip
        names = {column.name: column.sql for column in columns}
        before = texts[-1].first_row + texts[-1].sieved.rows if texts else 0
        texts.append(Text(file, source, sieved, tuple(names[name] for name in source.columns), before))
        if not streams:
            _load(engine, texts[-1], folder, stage.part(0.5, 1.0))
    untidy = {text.order[place] for text in texts for place in text.sieved.untidy}
    gathered = Gathered(
        tuple(replace(column, tidy=column.sql not in untidy) for column in columns),
        sum(text.sieved.rows for text in texts),
        tuple(text.first_row for text in texts),
        tuple(text.sieved.breaks for text in texts),
    )
    if streams:
        engine.execute("CREATE VIEW raw AS " + " UNION ALL ".join(text.numbered(columns) for text in texts))
        return gathered, tuple(texts)
    _view_texts(engine)
    return gathered, ()


def may_stay_unsieved(sources: Sequence[Source]) -> bool:
    """Whether files hold lines only that may well be records (see `unsieved`)."""
    counted = all(source.lines is not None and len(source.columns) > 1 for source in sources)
    return counted and len(sources) <= STREAMED_FILES


def unsieved(engine: Writer, sources: Sequence[Source]) -> tuple[Gathered, tuple[Text, ...]]:
    """Make `raw` of CSV files whose lines were counted, on trust: that each line is a record, and each column tidy, is
    for the caller to find out."""
    columns = tuple(RawColumn(place, name, "text", tidy=True) for place, name in enumerate(union_of(sources)))
    names = {column.name: column.sql for column in columns}
    texts: list[Text] = []
    breaks = tuple(np.array([[0, 1 + source.has_header]]) for source in sources)
    for file, source in enumerate(sources):
        rows = max((source.lines or 0) - source.has_header, 0)
        sieved = Sieved(source.path, rows, breaks[file], frozenset(), plain=True)
        before = texts[-1].first_row + texts[-1].sieved.rows if texts else 0
        texts.append(Text(file, source, sieved, tuple(names[name] for name in source.columns), before))
    engine.execute("CREATE VIEW raw AS " + " UNION ALL ".join(text.numbered(columns) for text in texts))
    counted = sum(text.sieved.rows for text in texts)
    return Gathered(columns, counted, tuple(text.first_row for text in texts), breaks), tuple(texts)


def settle(engine: Writer, gathered: Gathered, texts: Sequence[Text], folder: Path, watch: Stage) -> None:
    """Load what `raw` streams; raises BadFile if the engine reads a file otherwise than the sieve did."""
    engine.execute("DROP VIEW raw")
    _make_texts(engine, gathered.columns)
    for place, text in enumerate(texts):
        _load(engine, text, folder, watch.part(place / len(texts), (place + 1) / len(texts)))
    _view_texts(engine)


def let_go(engine: Writer, texts: Sequence[Text], folder: Path) -> None:
    """Drop `raw` and what it stands on, once its rows are in `kept` or among the rejects."""
    engine.execute("DROP VIEW IF EXISTS raw")
    for table in ("texts", "unfolded", "sample"):
        engine.execute(f"DROP TABLE IF EXISTS {table}")
    for text in texts:
        _drop_copies(text, folder)


def _drop_copies(text: Text, folder: Path) -> None:
    for path in {text.sieved.path, text.source.path}:
        if folder in path.parents:
            path.unlink(missing_ok=True)  # a copy of ours, which would only fill the disk from now on


def _make_texts(engine: Writer, columns: Sequence[RawColumn]) -> None:
    defined = ", ".join(f"{column.sql} VARCHAR" for column in columns)
    engine.execute(f"CREATE TABLE texts (_file INTEGER, {defined})")


def _view_texts(engine: Writer) -> None:
    engine.execute("CREATE VIEW raw AS SELECT rowid + 1 AS _row, * FROM texts")


def _load(engine: Writer, text: Text, folder: Path, watch: Watch) -> None:
    """Append a file to `texts`, which takes the place of copies of ours."""
    name, expected = text.source.name, text.sieved.rows
    try:
        engine.watched(f"INSERT INTO texts BY NAME {text.records()}", watch)
    except EngineError as error:
        if out_of_memory(error):
            raise  # no fault of the file
        raise BadFile(f"'{name}' cannot be read ({first_line(error)}); save it again as UTF-8 CSV.") from None
    loaded = engine.rows("SELECT count(*) FROM texts WHERE _file = ?", [text.file])[0][0]
    if loaded != expected:
        raise BadFile(
            f"'{name}' reads as {loaded:,} rows in one way and {expected:,} in another, so rows could be "
            "lost; save it again as CSV with fields that hold quotes or line breaks in double quotes."
        )
    _drop_copies(text, folder)


def out_of_memory(error: Exception) -> bool:
    """Whether the engine ran out of memory."""
    return "Out of Memory" in str(error)
