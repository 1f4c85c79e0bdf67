"""One sheet of an Excel workbook, read row by row into a Parquet file of texts.

Only values are read: a formula counts as the value that Excel saved for it, and is never worked out. Dates come out as
ISO text, whole numbers without a fraction.
"""

import datetime as dt
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import BadFile
from core.events.reading.formats.breaks import Breaks
from core.events.stages import Watch

MAX_UNPACKED_BYTES = 2 * 1024**3
MAX_EMPTY_ROWS = 1_048_576  # rows of a sheet
BATCH = 20_000
HEAD_ROWS = 200
Cells = tuple[str | None, ...]


@dataclass(frozen=True)
class SheetHead:
    """sheet: its name; others: the names of the other sheets; rows: the first rows that are not empty."""

    sheet: str
    others: tuple[str, ...]
    rows: tuple[Cells, ...]


def sheet_head(path: Path, sheet: str | None) -> SheetHead:
    """The beginning of the first sheet that holds anything, or of the one named; raises BadFile."""
    with _workbook(path) as book:
        if sheet is not None and sheet not in book.sheetnames:
            raise BadFile(f"'{path.name}' has no sheet '{sheet[:60]}'; it has {', '.join(book.sheetnames)[:200]}.")
        for name in [sheet] if sheet is not None else book.sheetnames:
            rows: list[Cells] = []
            for _, cells in _rows(book[name]):
                rows.append(cells)
                if len(rows) == HEAD_ROWS:
                    break
            if rows:
                return SheetHead(name, tuple(other for other in book.sheetnames if other != name), tuple(rows))
    raise BadFile(f"'{path.name}' is a workbook without data; a log needs a header and rows.")


def sheet_to_parquet(
    path: Path, sheet: str, target: Path, columns: Sequence[str], *, has_header: bool, watch: Watch,
    most_rows: int | None = None,
) -> tuple[np.ndarray, list[tuple[int, int, str]]]:  # fmt: skip
    """Write a sheet's rows as text columns; returns their breaks (row, sheet row) and the rows that are too long, as
    (sheet row, cells, text)."""
    schema = pa.schema([(f"c{place}", pa.string()) for place in range(len(columns))])
    breaks, long = Breaks(), []
    with _workbook(path) as book, pq.ParquetWriter(target, schema, compression="snappy") as writer:
        total = max(getattr(book[sheet], "max_row", None) or 0, 1)
        rows = _rows(book[sheet])
        if has_header:
            next(rows)
        kept: list[Cells] = []
        places: list[int] = []
        for place, cells in rows:
            if len(cells) > len(columns):
                long.append((place, len(cells), ", ".join(cell or "" for cell in cells)[:2_000]))
                continue
            kept.append(cells + (None,) * (len(columns) - len(cells)))
            places.append(place)
            if len(kept) == BATCH:
                _write(writer, schema, kept, places, breaks)
                kept, places = [], []
                watch(min(0.99, place / total))
            if most_rows is not None and place > most_rows:
                break
        _write(writer, schema, kept, places, breaks)
    return breaks.array(), long


def _write(writer: pq.ParquetWriter, schema: pa.Schema, rows: list[Cells], places: list[int], breaks: Breaks) -> None:
    if rows:
        writer.write_table(
            pa.table([pa.array(column, pa.string()) for column in zip(*rows, strict=True)], schema=schema)
        )
        breaks.add(np.array(places, dtype=np.int64))


@contextmanager
def _workbook(path: Path) -> Iterator[Any]:
    from openpyxl import load_workbook  # slow to import, and few need it

    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise BadFile(f"'{path.name}' unpacks to {unpacked // 1024**2:,} MB; save the sheet as CSV.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and validation, which are not read
            book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except BadFile:
        raise
    except Exception as error:  # noqa: BLE001  a broken workbook raises anything at all
        raise BadFile(
            f"'{path.name}' is an Excel workbook that cannot be read ({type(error).__name__}); save it again as .xlsx, "
            "or the sheet as CSV."
        ) from None
    try:
        yield book
    finally:
        book.close()


def _rows(sheet: Any) -> Iterator[tuple[int, Cells]]:
    """(row of the sheet from 1, its cells as text without the empty ones at the end), empty rows left out."""
    if not hasattr(sheet, "iter_rows"):
        return  # a chart
    if hasattr(sheet, "reset_dimensions"):
        sheet.reset_dimensions()  # what a file says of its size may be a lie
    empty = 0
    try:
        for place, row in enumerate(sheet.iter_rows(values_only=True), 1):
            cells = [_text(value) for value in row]
            while cells and cells[-1] is None:
                cells.pop()
            empty = 0 if cells else empty + 1
            if empty > MAX_EMPTY_ROWS:
                return
            if cells:
                yield place, tuple(cells)
    except (ValueError, KeyError, TypeError, OSError, SyntaxError, zipfile.BadZipFile) as error:
        raise BadFile(
            f"Sheet '{str(sheet.title)[:60]}' cannot be read ({type(error).__name__}); save it again, or as CSV."
        ) from None


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).replace("\0", "")
