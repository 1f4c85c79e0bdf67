"""What a file is, told from its content: wrapping, format, encoding, dialect, header. Its ending is not trusted."""

import csv
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from core.errors import BadFile, BadSpec
from core.events.reading.formats import encodings
from core.events.reading.formats.dialect import DELIMITERS, DOUBLE_COLON, dialect_of
from core.events.reading.formats.encodings import UTF8
from core.events.reading.formats.excel import sheet_head
from core.events.reading.formats.json_records import RECORD, JsonShape, shape_of
from core.events.reading.formats.wrapping import TITLES, beginning, document_in, is_workbook, wrapping_of
from core.storage.fetch import source_of

HEAD_BYTES = 128 * 1024  # what the guesses look at
CHUNK_BYTES = 8 * 1024 * 1024
MAX_COLUMNS = 2_000
MAX_FIELD = 16 * 1024 * 1024
csv.field_size_limit(MAX_FIELD)

# First bytes of files that are often tried, and what to do instead.
REFUSED = (
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls) or one with a password", "save it as .xlsx without a password"),
    (b"\t\x08\x10\0", "an old Excel workbook (.xls)", "save it as .xlsx"),
    (b"BZh", "a bzip2 archive", "unpack it first"),
    (b"\xfd7zXZ", "an xz archive", "unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "unpack it first"),
    (b"Rar!", "a RAR archive", "unpack it first"),
    (b"SQLite format 3", "a SQLite database", "export the table as CSV"),
    (b"ARROW1", "an Arrow file", "save it as Parquet"),
    (b"ORC", "an ORC file", "save it as Parquet"),
    (b"Obj\x01", "an Avro file", "save it as Parquet"),
    (b"%PDF", "a PDF document", "save the table as CSV"),
    (b"<!DOCTYPE html", "a web page", "save the table as CSV"),
    (b"<html", "a web page", "save the table as CSV"),
    (b"<?xml", "an XML document", "save the table as CSV"),
)  # fmt: skip

Content = bytes  # `bytes` in a Source is their number


class Knowledge(Protocol):
    """What an analyst may know of a file that its content does not tell (an ImportSpec); None to guess."""

    encoding: str | None
    delimiter: str | None
    has_header: bool | None
    sheet: str | None


@dataclass(frozen=True)
class Source:
    """One file as recognised. encoding, delimiter, quote, preamble, header and line ends mean something for text only.

    columns: the header's names, or column_1, column_2, ... without a header; (RECORD,) for JSON; empty for Parquet,
    which has a schema. wrapping: gzip, zstd, zip or None. called: its name where `path` is a copy made for reading.
    lines: of a file without quotes, NUL and carriage returns, once they are counted; None for any other.
    breaks: (n, 2) (row, line) of a copy whose rows do not stand on the lines of the file (see `Breaks`).
    """

    path: Path
    format: str  # "csv" (any delimiter), "parquet", "json" or "excel"
    bytes: int
    encoding: str = UTF8
    delimiter: str = ","
    has_header: bool = True
    old_line_ends: bool = False  # carriage returns alone
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sha256: str = ""
    wrapping: str | None = None
    quote: str = '"'
    preamble: int = 0
    marked: bool = False  # begins with a byte order mark
    shape: JsonShape | None = None
    sheet: str = ""
    called: str = ""
    lines: int | None = None
    breaks: np.ndarray | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        return self.called or self.path.name

    @property
    def plain(self) -> bool:
        """Whether the engine can read the file where it stands."""
        return self.wrapping is None and (
            self.format == "parquet"
            or (
                self.format == "csv" and self.encoding == UTF8 and self.quote == '"' and self.delimiter != DOUBLE_COLON
                and not (self.old_line_ends or self.preamble or self.marked)
            )
        )  # fmt: skip

    def beginning(self, size: int) -> Content:
        """At most `size` first bytes, unpacked."""
        if self.wrapping:
            return beginning(self.path, self.wrapping, size)
        with self.path.open("rb") as file:
            return file.read(size)


def inspect(path: Path, known: Knowledge | None = None) -> Source:
    """Recognise a file from its first bytes; raises BadFile with what is wrong and what to do."""
    head = _head(path)
    size = path.stat().st_size
    if head.startswith(b"PAR1"):
        fetched = source_of(path)
        notes = [f"'{path.name}' holds rows fetched from {fetched}."] if fetched else []
        return Source(path, "parquet", size, notes=tuple(notes))
    wrapping = wrapping_of(head)
    if wrapping == "zip" and is_workbook(path):
        return _excel_source(path, size, known)
    if wrapping == "zip" and (title := document_in(path)):
        raise BadFile(f"'{path.name}' is {title}, not a table that can be read; save the table as .xlsx or CSV.")
    if wrapping:
        head = beginning(path, wrapping, HEAD_BYTES)
        _check_inside(path, wrapping, head)
    for magic, what, fix in REFUSED:
        if head.lstrip(b"\xef\xbb\xbf \r\n").lower().startswith(magic.lower()):
            raise BadFile(f"'{path.name}' is {what}, not a table that can be read; {fix}.")
    whole = len(head) < HEAD_BYTES
    encoding = _encoding(path, head, known)
    text = decoded_head(head, encoding)
    notes = [] if encoding == UTF8 else [encoding_note(path.name, encoding)]
    notes += [f"'{path.name}' was unpacked from {TITLES[wrapping]}."] if wrapping else []
    marked = text.startswith("\ufeff")
    text = text.removeprefix("\ufeff")
    shape = shape_of(text, whole=whole)
    if shape is not None:
        notes += [f"The records of '{path.name}' were taken from its list '{shape.key}'."] if shape.key else []
        return Source(
            path, "json", size, encoding, has_header=False, columns=(RECORD,), notes=tuple(notes),
            wrapping=wrapping, shape=shape,
            old_line_ends=shape.lines and "\r" in text and "\n" not in text, marked=marked,
        )  # fmt: skip
    source = Source(path, "csv", size, encoding, notes=tuple(notes), wrapping=wrapping, marked=marked)
    return _text_source(source, text, known, whole=whole)


def decoded_head(head: bytes, encoding: str) -> str:
    """The text of a file's first bytes, with what cannot be read replaced."""
    return encodings.decoded(head, encoding) or head.decode(encoding, "replace")


def encoding_note(name: str, encoding: str) -> str:
    """Say that a file was not in UTF-8."""
    return f"'{name}' is not UTF-8; it was read as {encodings.title(encoding)}."


def column_names(name: str, cells: tuple[str | None, ...]) -> tuple[str, ...]:
    """The columns' names, those without one named by their place; raises BadFile for two of the same name."""
    if len(cells) > MAX_COLUMNS:
        raise BadFile(f"'{name}' has {len(cells):,} columns, more than the {MAX_COLUMNS:,} allowed; drop some.")
    names = [(cell or "").strip() or f"column_{place}" for place, cell in enumerate(cells, 1)]
    first: dict[str, int] = {}
    for place, column in enumerate(names, 1):
        if column in first:
            raise BadFile(
                f"'{name}' has two columns named '{column[:80]}' (columns {first[column]} and {place}); "
                "rename one and import again."
            )
        first[column] = place
    return tuple(names)


def _head(path: Path) -> bytes:
    if not path.exists():
        raise BadFile(f"There is no file '{path}'; check the path.")
    if not path.is_file():
        raise BadFile(f"'{path}' is no ordinary file; name a file, or a folder of files.")
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise BadFile(f"'{path.name}' cannot be opened ({error.strerror}); check its permissions.") from None
    return _filled(path, head)


def _filled(path: Path, head: bytes) -> bytes:
    if not head.strip(b" \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise BadFile(f"'{path.name}' is empty; a log needs a header and rows.")
    return head


def _check_inside(path: Path, wrapping: str, head: bytes) -> None:
    _filled(path, head)
    inner = "Parquet" if head.startswith(b"PAR1") else wrapping_of(head)
    if inner == "Parquet":
        raise BadFile(f"'{path.name}' holds a Parquet file inside {TITLES[wrapping]}; unpack it first.")
    if inner:
        raise BadFile(f"'{path.name}' is packed twice ({inner} inside {TITLES[wrapping]}); unpack it first.")
    if head[257:262] == b"ustar":
        raise BadFile(f"'{path.name}' is a tar archive of files; unpack it and import the folder.")


def _encoding(path: Path, head: bytes, known: Knowledge | None) -> str:
    if known is not None and known.encoding is not None:
        encoding = encodings.known(known.encoding)
        if encoding is None:
            raise BadSpec(f"There is no encoding '{known.encoding[:40]}'; write one such as utf-8, gbk or shift_jis.")
        return encoding
    if encoding := encodings.with_mark(head):
        return encoding
    controls = sum(head.count(byte) for byte in range(32) if byte not in (1, 9, 10, 12, 13, 31))
    if controls > 0.05 * len(head):
        raise BadFile(f"'{path.name}' holds binary data, not text; a log must be CSV, TSV, JSON, Excel or Parquet.")
    return UTF8 if encodings.mostly_utf8(head) else encodings.guess(head)


def _excel_source(path: Path, size: int, known: Knowledge | None) -> Source:
    head = sheet_head(path, known.sheet if known else None)
    width = max(len(row) for row in head.rows)
    told = known.has_header if known else None
    has_header = dialect_of(_as_tsv(head.rows), whole=True, delimiter="\t", has_header=told).has_header
    first = head.rows[0] + (None,) * (width - len(head.rows[0]))
    notes = [f"Sheet '{head.sheet[:60]}' of '{path.name}' was read, formulas by the value saved for them."]
    if head.others:
        notes.append(f"'{path.name}' has other sheets, which were left out: {', '.join(head.others)[:200]}.")
    if not has_header:
        notes.append(f"'{path.name}' has no header; its columns were named column_1, column_2 and so on.")
    columns = column_names(path.name, first if has_header else (None,) * width)
    return Source(path, "excel", size, has_header=has_header, columns=columns, notes=tuple(notes), sheet=head.sheet)


def _as_tsv(rows: tuple[tuple[str | None, ...], ...]) -> str:
    special = dict.fromkeys(map(ord, '\t\r\n"'), " ")
    return "\n".join("\t".join((cell or "").translate(special) for cell in row) for row in rows)


def _text_source(source: Source, text: str, known: Knowledge | None, *, whole: bool) -> Source:
    name = source.name
    old_line_ends = "\r" in text and "\n" not in text
    text = text.replace("\r", "\n") if old_line_ends else text
    delimiter = known.delimiter if known else None
    dialect = dialect_of(text, whole=whole, delimiter=delimiter, has_header=known.has_header if known else None)
    cells, notes = dialect.cells, list(source.notes)
    if dialect.preamble:
        notes.append(f"{dialect.preamble:,} lines before the header of '{name}' are no table and were left out.")
    if dialect.quote == "'":
        notes.append(f"'{name}' puts its texts in single quotes.")
    if dialect.delimiter not in DELIMITERS:
        notes.append(f"The fields of '{name}' are parted by {dialect.delimiter!r}.")
    if not dialect.has_header:
        notes.append(f"'{name}' has no header; its columns were named column_1, column_2 and so on.")
    elif "" in (cell.strip() for cell in cells):
        notes.append(f"'{name}' has columns without a name; they were named by their place, as column_1.")
    columns = column_names(name, cells if dialect.has_header else (None,) * len(cells))
    return replace(
        source, delimiter=dialect.delimiter, has_header=dialect.has_header, old_line_ends=old_line_ends,
        columns=columns, notes=tuple(notes), quote=dialect.quote, preamble=dialect.preamble,
    )  # fmt: skip
