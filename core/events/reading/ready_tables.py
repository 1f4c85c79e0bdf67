"""A ready table from any file that a log may come in, but for JSON: CSV in any encoding, packed or not, Excel, Parquet.

UTF-8 text and Parquet are read where they stand. Of anything else a copy in UTF-8 is made first, its lines where they
were, and what was taken for granted in making it is said.
"""

import codecs
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd

from core.errors import BadFile
from core.events.import_spec import ImportSpec
from core.events.reading.formats.encodings import UTF8
from core.events.reading.head import SILENT
from core.events.reading.ready import ready
from core.events.reading.sieve import RejectedLine
from core.events.reading.sources import Source, inspect
from core.storage.ready_table import read_plain_table
from core.storage.workspace import Workspace

TEXT: Final = (".csv", ".tsv", ".txt")
PARQUET: Final = b"PAR1"
CHUNK_BYTES: Final = 1 << 20


class ReadyTable(NamedTuple):
    """The rows, and what was taken for granted in reading them."""

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()


def read_table(workspace: Workspace, path: Path) -> ReadyTable:
    """Raises BadFile for a file that cannot be read as a table, or with two columns of one name."""
    if not path.is_file():
        raise BadFile(f"There is no file '{path}'.")
    if path.stat().st_size == 0:
        raise BadFile(f"'{path.name}' is empty; a table needs a header and rows.")
    parquet = _is_parquet(path)
    if parquet or (path.suffix.lower() in TEXT and _is_utf8(path)):
        return ReadyTable(read_plain_table(workspace, path, parquet=parquet, called=path.name))
    source = inspect(path, ImportSpec(files=(str(path),), has_header=True))
    if source.format == "json":
        raise BadFile(f"'{path.name}' is JSON; a table must be CSV, TSV, Excel or Parquet.")
    workspace.prepare()
    with workspace.scratch() as folder:
        copy = ready(replace(source, quote='"'), folder, reject=partial(_refuse_long, path.name), watch=SILENT)
        text = _as_text(copy, folder) if source.format == "excel" else copy.path
        return ReadyTable(read_plain_table(workspace, text, parquet=False, called=path.name), copy.notes)


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(PARQUET)) == PARQUET


def _is_utf8(path: Path) -> bool:
    """Whether every byte of a file is text in UTF-8."""
    decoder = codecs.getincrementaldecoder(UTF8)()
    with path.open("rb") as file:
        try:
            while chunk := file.read(CHUNK_BYTES):
                if b"\0" in chunk:
                    return False
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _as_text(sheet: Source, folder: Path) -> Path:
    """A sheet's cells as CSV, so that their kinds are told as those of any other text."""
    cells = pd.read_parquet(sheet.path)
    cells.columns = pd.Index(sheet.columns)
    cells.to_csv(folder / "sheet.csv", index=False)
    return folder / "sheet.csv"


def _refuse_long(name: str, rows: list[RejectedLine]) -> None:
    if rows:
        raise BadFile(f"Row {rows[0].line} of '{name}' has {rows[0].reason}; correct it.")
