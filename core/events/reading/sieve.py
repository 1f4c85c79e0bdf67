"""Let the whole records of a CSV file through and set the other lines aside, with their line numbers.

A CSV reader that meets a stray quote may lose thousands of rows without a word. So every file passes here first; what
the engine then reads is the file itself if it is clean, or else a copy without the broken lines.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from core.errors import BadFile
from core.events.reading.records import BLANK, GOOD, NEWLINE, Plain, Records, all_plain, reason_of, split
from core.events.reading.sources import CHUNK_BYTES
from core.events.stages import Watch

MAX_BUFFER_BYTES = 256 * 1024 * 1024  # a file without a newline in so many bytes is no table
RAW_CHARACTERS = 2_000  # of a rejected line that are kept


@dataclass(frozen=True)
class RejectedLine:
    """A line that is no record. line: from 1, the header included; raw: its text, cut at RAW_CHARACTERS."""

    line: int
    reason: str
    raw: str


@dataclass(frozen=True)
class Sieved:
    """path: what the engine shall read; rows: the data records in it, the header not counted.

    breaks: (n, 2) int64 (row, line): data row `row` (from 0) stands on line `line`, and lines count up by one a row
    until the next break. untidy: places of the columns of which some value may need trimming or may stand for a missing
    one; of the others none does. plain: the file holds no quote, and each of its lines is a record.
    """

    path: Path
    rows: int
    breaks: np.ndarray
    untidy: frozenset[int]
    plain: bool


def sieve(
    path: Path, copy: Path, *, delimiter: str, columns: int, has_header: bool,
    reject: Callable[[list[RejectedLine]], None], watch: Watch,
) -> Sieved:  # fmt: skip
    """One pass over a UTF-8 file with `columns` columns; `copy` is written only if something must be left out."""
    passed = _Pass(path, copy, columns, -1 if has_header else 0)
    size = max(path.stat().st_size, 1)
    try:
        for buffer, records in _read(path, delimiter, columns, headers=int(has_header)):
            reject(passed.take(buffer, records))
            watch(min(1.0, passed.offset / size))
    finally:
        passed.close()
    breaks = np.concatenate(passed.breaks) if passed.breaks else np.empty((0, 2), dtype=np.int64)
    return Sieved(copy if passed.copied else path, max(passed.rows, 0), breaks, frozenset(passed.untidy), passed.plain)


def _read(path: Path, delimiter: str, columns: int, headers: int) -> Iterator[tuple[bytes, Records | Plain]]:
    buffer = b""
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK_BYTES)
            buffer += chunk or (b"\n" if buffer and not buffer.endswith(b"\n") else b"")
            records = all_plain(buffer, delimiter, columns, headers) or split(
                buffer, delimiter, columns, last=not chunk
            )
            yield buffer, records
            headers = 0 if records.used else headers
            buffer = buffer[records.used :]
            if not chunk:
                return
            if len(buffer) > MAX_BUFFER_BYTES:
                raise BadFile(f"'{path.name}' has a line longer than {MAX_BUFFER_BYTES // 1024**2} MB; it is no table.")


class _Pass:
    """Where one pass over a file stands: bytes, lines and rows so far, and the copy once there is one."""

    def __init__(self, path: Path, copy: Path, columns: int, first_row: int) -> None:
        self._path, self._copy_path, self._columns = path, copy, columns
        self._copy: BinaryIO | None = None
        self._shift = 0  # line minus row, of the last record let through
        self._line = 1
        self.offset = 0
        self.rows = first_row  # the header counts as row -1
        self.breaks: list[np.ndarray] = []
        self.untidy: set[int] = set()
        self.plain = True

    @property
    def copied(self) -> bool:
        return self._copy is not None

    def take(self, buffer: bytes, records: Records | Plain) -> list[RejectedLine]:
        """Let the good records of a buffer through; returns the lines rejected."""
        if isinstance(records, Plain):
            return self._take_plain(buffer, records)
        self.plain = False
        self.untidy.update(range(self._columns))  # it was not looked at value by value
        newlines = np.flatnonzero(np.frombuffer(buffer, dtype=np.uint8) == NEWLINE)
        lines = self._line + np.searchsorted(newlines, records.spans[:, 0])
        good = records.verdicts == GOOD
        self._copy_if_needed(buffer, records)
        self._number(lines[good])
        self._line += int(np.searchsorted(newlines, records.used))
        self.offset += records.used
        bad = np.flatnonzero(~good & (records.verdicts != BLANK))
        return [self._rejected(buffer, records, lines, place) for place in bad.tolist()]

    def _take_plain(self, buffer: bytes, records: Plain) -> list[RejectedLine]:
        if self._copy is not None:
            self._copy.write(buffer[: records.used])
        self.untidy |= records.untidy
        self._number(self._line + np.arange(records.rows, dtype=np.int64))
        self._line += records.rows
        self.offset += records.used
        return []

    def _number(self, lines: np.ndarray) -> None:
        """Note where the line number stops being the row number plus a constant."""
        rows = np.arange(self.rows, self.rows + len(lines), dtype=np.int64)
        shifts = lines - rows
        changed = (rows == 0) | ((np.diff(shifts, prepend=self._shift) != 0) & (rows > 0))
        if changed.any():
            self.breaks.append(np.column_stack([rows[changed], lines[changed]]))
        if len(shifts):
            self._shift = int(shifts[-1])
        self.rows += len(lines)

    def _copy_if_needed(self, buffer: bytes, records: Records) -> None:
        """Start the copy at the first record left out; blank lines count, as some readers take them for rows."""
        good = records.verdicts == GOOD
        if self._copy is None and not good.all():
            self._copy = self._copy_path.open("wb")
            with self._path.open("rb") as file:
                for start in range(0, self.offset, CHUNK_BYTES):
                    self._copy.write(file.read(min(CHUNK_BYTES, self.offset - start)))
        if self._copy is not None:
            edges = np.flatnonzero(np.diff(good.astype(np.int8), prepend=0, append=0))
            for first, after in edges.reshape(-1, 2).tolist():
                self._copy.write(buffer[records.spans[first, 0] : records.spans[after - 1, 1] + 1])

    def _rejected(self, buffer: bytes, records: Records, lines: np.ndarray, place: int) -> RejectedLine:
        start, end = records.spans[place].tolist()
        raw = buffer[start : min(end, start + 4 * RAW_CHARACTERS)].decode("utf-8", "replace").rstrip("\r")
        reason = reason_of(int(records.verdicts[place]), int(records.widths[place]), self._columns)
        return RejectedLine(int(lines[place]), reason, raw[:RAW_CHARACTERS])

    def close(self) -> None:
        if self._copy:
            self._copy.close()
