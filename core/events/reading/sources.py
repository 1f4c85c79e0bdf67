"""What a file is, told from its content: format, encoding, delimiter, header. Its ending is not trusted."""

import codecs
import csv
import hashlib
import io
import re
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import BadFile
from core.events.stages import Watch

HEAD_BYTES = 128 * 1024  # what the guesses look at
CHUNK_BYTES = 8 * 1024 * 1024
DELIMITERS = (",", "\t", ";", "|")
MAX_COLUMNS = 2_000
UTF8, LATIN1 = "utf-8", "cp1252"
ENCODING_TITLES = {UTF8: "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", LATIN1: "Latin-1 (Windows-1252)"}

# First bytes of files that are often tried, and what to do instead.
NOT_YET = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "save the sheet as CSV, or unpack it first"),
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", "unpack it first"),
    (b"BZh", "a bzip2 archive", "unpack it first"),
    (b"SQLite format 3", "a SQLite database", "export the table as CSV"),
    (b"ARROW1", "an Arrow file", "save it as Parquet"),
    (b"%PDF", "a PDF document", "save the table as CSV"),
)  # fmt: skip


@dataclass(frozen=True)
class Source:
    """One file as recognised. delimiter, encoding, header and line ends mean something for text only.

    columns: the header's names, or column_1, column_2, ... without a header; empty for Parquet, which has a schema.
    """

    path: Path
    format: str  # "csv" (any delimiter) or "parquet"
    bytes: int
    encoding: str = UTF8
    delimiter: str = ","
    has_header: bool = True
    old_line_ends: bool = False  # carriage returns alone
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sha256: str = ""

    @property
    def name(self) -> str:
        return self.path.name


def inspect(path: Path) -> Source:
    """Recognise a file from its first bytes; raises BadFile with what is wrong and what to do."""
    head = _head(path)
    size = path.stat().st_size
    if head.startswith(b"PAR1"):
        return Source(path, "parquet", size)
    for magic, what, fix in NOT_YET:
        if head.startswith(magic):
            raise BadFile(f"'{path.name}' is {what}, not CSV, TSV or Parquet; {fix}.")
    encoding = _encoding(path, head)
    text = _decoded(head, encoding)
    if text.lstrip()[:1] in ("{", "["):
        raise BadFile(f"'{path.name}' looks like JSON, not CSV, TSV or Parquet; save it as one of these.")
    return _text_source(path, size, encoding, text)


def examined(source: Source, watch: Watch) -> Source:
    """The source after a look at every byte: its SHA-256, and for text whether it really is UTF-8."""
    digest, decoder, valid, done = hashlib.sha256(), codecs.getincrementaldecoder(UTF8)(), True, 0
    text = source.format == "csv" and source.encoding == UTF8
    with source.path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
            done += len(chunk)
            if text and valid:
                valid = _decodes(decoder, chunk)
            watch(done / max(source.bytes, 1))
    if text and valid:
        valid = _decodes(decoder, b"", final=True)
    if text and not valid:
        source = replace(source, encoding=LATIN1, notes=(*source.notes, _encoding_note(source.name, LATIN1)))
    return replace(source, sha256=digest.hexdigest())


def as_utf8(source: Source, folder: Path, watch: Watch) -> Path:
    """The path of the file's text in UTF-8 with ordinary line ends: the file itself, or a copy in `folder`."""
    if source.encoding == UTF8 and not source.old_line_ends:
        return source.path
    target, done = folder / f"utf8-{source.sha256[:16]}.csv", 0
    decoder = codecs.getincrementaldecoder(source.encoding)(errors="replace")
    with source.path.open("rb") as file, target.open("w", encoding=UTF8, newline="") as copy:
        while chunk := file.read(CHUNK_BYTES):
            text = decoder.decode(chunk)
            copy.write(text.replace("\r", "\n") if source.old_line_ends else text)
            done += len(chunk)
            watch(done / max(source.bytes, 1))
        copy.write(decoder.decode(b"", final=True))
    return target


def _head(path: Path) -> bytes:
    if not path.exists():
        raise BadFile(f"There is no file '{path}'; check the path.")
    if not path.is_file():
        raise BadFile(f"'{path}' is a folder, not a file; name the files in it.")
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise BadFile(f"'{path.name}' cannot be opened ({error.strerror}); check its permissions.") from None
    if not head.strip(b" \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise BadFile(f"'{path.name}' is empty; a log needs a header and rows.")
    return head


def _encoding(path: Path, head: bytes) -> str:
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if head.startswith(mark):
            return encoding
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) > 0.3 * len(head) / 2 and min(even, odd) < 0.01 * len(head):
        return "utf-16-le" if odd > even else "utf-16-be"
    controls = sum(head.count(byte) for byte in range(32) if byte not in (9, 10, 12, 13))
    if controls > 0.05 * len(head):
        raise BadFile(f"'{path.name}' holds binary data, not text; a log must be CSV, TSV or Parquet.")
    return UTF8 if _decodes(codecs.getincrementaldecoder(UTF8)(), head) else LATIN1


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _decoded(head: bytes, encoding: str) -> str:
    return codecs.getincrementaldecoder(encoding)(errors="replace").decode(head).removeprefix("\ufeff")


def _text_source(path: Path, size: int, encoding: str, text: str) -> Source:
    old_line_ends = "\r" in text and "\n" not in text
    text = (text.replace("\r", "\n") if old_line_ends else text).lstrip("\r\n")
    delimiter = _delimiter(text)
    first = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    notes = [] if encoding == UTF8 else [_encoding_note(path.name, encoding)]
    has_header = _is_header(first, text, delimiter)
    if not has_header:
        notes.append(f"'{path.name}' has no header; its columns were named column_1, column_2 and so on.")
    columns = _named(path, [cell.strip() for cell in first] if has_header else [""] * len(first))
    if has_header and "" in (cell.strip() for cell in first):
        notes.append(f"'{path.name}' has columns without a name; they were named by their place, as column_1.")
    return Source(
        path, "csv", size, encoding, delimiter, has_header, old_line_ends, columns, tuple(notes)
    )  # fmt: skip


def _delimiter(text: str) -> str:
    """The delimiter that splits most lines of the head into as many fields as the first line has (more than one)."""
    lines = [line for line in text.splitlines()[:200] if line]
    lines = lines[:-1] if len(text) > HEAD_BYTES // 4 and len(lines) > 2 else lines  # the last one may be cut

    def agreement(delimiter: str) -> tuple[float, int]:
        widths = [len(next(csv.reader([line], delimiter=delimiter))) for line in lines]
        return (sum(width == widths[0] for width in widths) / len(widths) if widths[0] > 1 else 0.0, widths[0])

    return max(DELIMITERS, key=agreement)


def _is_header(first: list[str], text: str, delimiter: str) -> bool:
    """No header if some cell looks like a number or a moment and the cells below it do too."""
    below = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))[1:6]
    suspects = [place for place, cell in enumerate(first) if VALUE_LIKE.match(cell.strip())]
    return not any(
        below and all(len(row) > place and VALUE_LIKE.match(row[place].strip()) for row in below) for place in suspects
    ) or any(cell.strip().lower() in ("timestamp", "user_id", "time", "date", "event") for cell in first)


VALUE_LIKE = re.compile(r"-?\d+([.,]\d+)?([eE][+-]?\d+)?\Z|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?\Z")


def _named(path: Path, cells: list[str]) -> tuple[str, ...]:
    if len(cells) > MAX_COLUMNS:
        raise BadFile(f"'{path.name}' has {len(cells):,} columns, more than the {MAX_COLUMNS:,} allowed; drop some.")
    names = [cell or f"column_{place}" for place, cell in enumerate(cells, 1)]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise BadFile(
                f"'{path.name}' has two columns named '{name[:80]}' (columns {names.index(name) + 1} and {place + 1}); "
                "rename one and import again."
            )
    return tuple(names)


def _encoding_note(name: str, encoding: str) -> str:
    return f"'{name}' is not UTF-8; it was read as {ENCODING_TITLES[encoding]}."
