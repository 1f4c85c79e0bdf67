"""A ready table from UTF-8 CSV or Parquet: its columns under the names that the file gives them, its ids exact.

The engine holds names that differ only in case for one, and gives the second another name; a frame holds whole numbers
beyond 64 bits as fractions, which makes ids of many digits one. Both are undone here.
"""

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import duckdb
import pandas as pd
import pyarrow.parquet as pq

from core.errors import BadFile
from core.storage.engine import Writer, first_line, quoted, writer
from core.storage.workspace import Workspace

DELIMITERS: Final = ",;\t|"
EXACT: Final = 2**53  # whole numbers up to here are exact as fractions
WHOLE: Final = re.compile(r"U?HUGEINT|DECIMAL\(\d+,0\)")
NESTED: Final = re.compile(r".*(\[\d*\]|\(.*\))|BLOB|BIT|VARIANT|GEOMETRY")
LINE: Final = re.compile(r"CSV Error on Line: (\d+)")


def read_plain_table(workspace: Workspace, path: Path, *, parquet: bool, called: str) -> pd.DataFrame:
    """The rows; lists and the like are texts. called: the file's name where `path` is a copy made for reading.

    Raises BadFile for a table that cannot be read, or with two columns of one name.
    """
    with writer(workspace) as engine:
        try:
            names = _load_parquet(engine, path) if parquet else _load_csv(engine, path, called)
            frame = engine.frame(f"SELECT {', '.join(_exact(engine))} FROM ready")
        except duckdb.Error as error:
            raise BadFile(_sentence(called, error)) from None
    if len(names) == len(frame.columns):
        frame.columns = pd.Index(_told_apart(names, called))
    return frame


def _load_csv(engine: Writer, path: Path, called: str) -> list[str]:
    """Fill the table `ready`; returns the header as it is written."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        text = file.read(1 << 16)
    if "\x00" in text:
        raise BadFile(f"'{called}' holds zero bytes, which no text has; save the table again.")
    if not text.strip():
        raise BadFile(f"'{called}' is blank; a table needs a header and rows.")
    headers = {mark: _first_record(text, mark) for mark in DELIMITERS}
    mark = max(DELIMITERS, key=lambda each: len(headers[each]))
    blank = len(text) - len(text.lstrip("\r\n"))
    known = f"delim='{mark}', skip={text[:blank].count(chr(10))}, " if len(headers[mark]) > 1 else ""
    for sample in ("", ", sample_size=-1"):  # types are guessed from the first rows; where they mislead, from all
        try:
            source = f"read_csv(?, {known}header=true{sample})"
            engine.execute(f"CREATE OR REPLACE TEMP TABLE ready AS SELECT * FROM {source}", [str(path)])
            break
        except duckdb.ConversionException:
            if sample:
                raise
        except duckdb.InvalidInputException:
            _refuse_uneven(path, mark, len(headers[mark]), called)
            raise
    return headers[mark]


def _refuse_uneven(path: Path, mark: str, wanted: int, called: str) -> None:
    """Raise BadFile for the first row with more or fewer values than the header, which the engine's guessing hides."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, delimiter=mark)
        for row in rows:
            if row and len(row) != wanted:
                raise BadFile(
                    f"Line {rows.line_num} of '{called}' has {len(row)} values and the header {wanted}; correct it."
                )


def _first_record(text: str, mark: str) -> list[str]:
    try:
        return next((row for row in csv.reader(text.lstrip().splitlines(keepends=True), delimiter=mark) if row), [])
    except csv.Error:
        return []


def _load_parquet(engine: Writer, path: Path) -> list[str]:
    engine.execute("CREATE TEMP TABLE ready AS SELECT * FROM read_parquet(?)", [str(path)])
    return [str(name) for name in pq.read_schema(path).names]


def _exact(engine: Writer) -> list[str]:
    """What to select of each column: long whole numbers that a frame would round, and what is no cell, as text."""
    columns = [(str(row[0]), str(row[1])) for row in engine.rows("DESCRIBE ready")]
    whole = [name for name, kind in columns if WHOLE.fullmatch(kind)]
    tests = [f"bool_or({quoted(name)} NOT BETWEEN -{EXACT} AND {EXACT})" for name in whole]
    found: Sequence[bool | None] = engine.rows(f"SELECT {', '.join(tests)} FROM ready")[0] if tests else ()
    rounded = {name for name, test in zip(whole, found, strict=True) if test}
    return [
        f"CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}"
        if name in rounded or (NESTED.fullmatch(kind) and not kind.startswith(("DECIMAL", "ENUM")))
        else quoted(name)
        for name, kind in columns
    ]


def _told_apart(names: Sequence[str], file: str) -> list[str]:
    """The names without spaces around them, a blank one by its place. Raises BadFile for one that is there twice."""
    places: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        plain = name.strip() or f"column {place}"
        if plain in places:
            raise BadFile(
                f"Columns {places[plain]} and {place} of '{file}' are both called '{plain[:60]}'; rename or remove one."
            )
        places[plain] = place
    return list(places)


def _sentence(file: str, error: duckdb.Error) -> str:
    """Why the engine could not read a file, with the line and the fix where it tells them."""
    text = str(error)
    line = LINE.search(text)
    if line:
        why = next((each for each in text.splitlines()[1:] if each and not each.startswith("Original Line")), "")
        return f"'{file}' cannot be read as a table at line {line[1]}: {why[:200].rstrip('.')}; correct it."
    return f"'{file}' cannot be read as a table: {first_line(error)}"
