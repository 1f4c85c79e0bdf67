"""Make any source plain: UTF-8 text with one-character delimiters and ordinary line ends, or Parquet.

A plain file is read where it stands; of any other a copy is written to the scratch folder. Lines keep their numbers,
so that what is rejected later can be found in the file as it was.
"""

import codecs
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.errors import BadFile
from core.events.reading.formats import encodings
from core.events.reading.formats.dialect import DOUBLE_COLON, UNIT
from core.events.reading.formats.encodings import UTF8
from core.events.reading.formats.excel import sheet_to_parquet
from core.events.reading.formats.json_records import split_records
from core.events.reading.formats.wrapping import unpack
from core.events.reading.records import NEWLINE
from core.events.reading.sieve import RejectedLine
from core.events.reading.sources import CHUNK_BYTES, Source, encoding_note
from core.events.stages import Stage, Watch

LOOK_BYTES = 1024 * 1024  # at once, so that they stay in the processor's cache
DAMAGE_BYTES = 64 * 1024  # around the first byte that is not UTF-8, from which the encoding is guessed
SWAPPED = str.maketrans("\"'", "'\"")


def ready(source: Source, scratch: Path, *, reject: Callable[[list[RejectedLine]], None], watch: Stage) -> Source:
    """The source as the engine can read it, its SHA-256 that of the file as it came; `reject` gets the rows of a sheet
    that are too long."""
    seen = _looked_over(source.path, source.bytes, watch.part(0.0, 0.2))
    known = replace(source, called=source.name, sha256=seen.sha256)
    if seen.is_ascii and source.plain:
        return replace(known, lines=seen.lines)
    return replace(_readied(known, scratch, reject, watch), bytes=source.bytes)


@dataclass(frozen=True)
class _Seen:
    """What every byte of a file tells. lines: None if there is a quote, a NUL or a carriage return."""

    sha256: str
    is_ascii: bool
    lines: int | None


def _readied(source: Source, scratch: Path, reject: Callable[[list[RejectedLine]], None], watch: Stage) -> Source:
    stem = f"{source.sha256[:16]}-{abs(hash(source.name)) % 10**6}"
    if source.format == "parquet":
        return source
    if source.format == "excel":
        return _from_sheet(source, scratch / f"{stem}.parquet", reject, watch.part(0.2, 1.0))
    if source.wrapping:
        inside = scratch / f"{stem}.unpacked"
        unpack(source.path, source.wrapping, inside, watch.part(0.2, 0.6))
        source = replace(source, path=inside, wrapping=None, bytes=inside.stat().st_size)
    if source.encoding == UTF8:
        source = _really_utf8(source, watch.part(0.6, 0.7))
    if source.format == "csv":
        return source if source.plain else _plain_text(source, scratch / f"{stem}.csv", watch.part(0.7, 1.0))
    return _from_json(source, scratch, stem, watch.part(0.7, 1.0))


def _looked_over(path: Path, size: int, watch: Watch) -> _Seen:
    digest, done, is_ascii, lines, last = hashlib.sha256(), 0, True, 0, b"\n"
    special = False
    with path.open("rb") as file:
        while chunk := file.read(LOOK_BYTES):
            digest.update(chunk)
            is_ascii = is_ascii and chunk.isascii()
            special = special or b'"' in chunk or b"\r" in chunk or b"\0" in chunk
            if not special:
                lines += int(np.count_nonzero(np.frombuffer(chunk, dtype=np.uint8) == NEWLINE))
            last = chunk[-1:]
            done += len(chunk)
            watch(done / max(size, 1))
    return _Seen(digest.hexdigest(), is_ascii, None if special else lines + (last != b"\n"))


def _really_utf8(source: Source, watch: Watch) -> Source:
    """A look at every byte: what is not UTF-8 after all gets another encoding, or a few broken characters replaced."""
    broken, others, damage = 0, 0, b""
    decoder = codecs.getincrementaldecoder(UTF8)(errors="replace")
    for chunk, done in _chunks(source.path):
        plain = chunk.isascii() and not decoder.getstate()[0]  # nothing of the chunk before is waiting
        text = "" if plain else decoder.decode(chunk)
        if not text.isascii():
            found = text.count("\ufffd") - chunk.count(b"\xef\xbf\xbd")
            if found > 0 and not damage:
                damage = _around_damage(chunk)
            broken += max(found, 0)
            others += len(text) - len(text.encode("ascii", "ignore"))
        watch(done / max(source.bytes, 1))
    broken += len(decoder.decode(b"", final=True))
    if not broken:
        return source
    if others >= 11 * broken:
        note = (
            f"{broken:,} characters of '{source.name}' are not UTF-8 like the rest; each was replaced by \ufffd and "
            "its row kept."
        )
        return replace(source, marked=True, notes=(*source.notes, note))
    encoding = encodings.guess(damage or source.path.read_bytes()[-DAMAGE_BYTES:])
    return replace(source, encoding=encoding, notes=(*source.notes, encoding_note(source.name, encoding)))


def _around_damage(chunk: bytes) -> bytes:
    """The lines from the first that is not UTF-8 on."""
    try:
        chunk.decode(UTF8)
    except UnicodeDecodeError as error:
        start = chunk.rfind(b"\n", 0, error.start) + 1
        return chunk[start : start + DAMAGE_BYTES]
    return b""


def _chunks(path: Path) -> Iterator[tuple[bytes, int]]:
    done = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            done += len(chunk)
            yield chunk, done


def _plain_text(source: Source, target: Path, watch: Watch) -> Source:
    """A copy in plain CSV; lines before the header become blank, fields of `::` are parted by UNIT, single quotes trade
    places with double ones (and back, once the engine has read them)."""
    broken = _copy(source, target, watch)
    notes = source.notes
    if broken and source.encoding != UTF8:
        note = f"{broken:,} bytes of '{source.name}' mean nothing in {encodings.title(source.encoding)}"
        notes = (*notes, f"{note}; each was replaced by \ufffd and its row kept.")
    _drop(source)
    return replace(
        source, path=target, encoding=UTF8, old_line_ends=False, preamble=0, marked=False, notes=notes,
        delimiter=UNIT if source.delimiter == DOUBLE_COLON else source.delimiter,
    )  # fmt: skip


def _copy(source: Source, target: Path, watch: Watch) -> int:
    """Write the copy; returns how many characters had to be replaced."""
    decoder = codecs.getincrementaldecoder(source.encoding)(errors="replace")
    broken, skip, start, rest = 0, source.preamble, True, ""
    with target.open("w", encoding=UTF8, newline="") as copy:
        for chunk, done in (*_chunks(source.path), (b"", source.bytes)):
            text = decoder.decode(chunk, final=not chunk)
            broken += text.count("\ufffd")
            text = text.removeprefix("\ufeff") if start else text
            start = start and not text
            text = text.replace("\r", "\n") if source.old_line_ends else text
            if source.delimiter == DOUBLE_COLON or skip:
                end = text.rfind("\n") + 1 if chunk else len(text)
                text, rest = rest + text[:end], text[end:] if end else rest + text
            while skip and "\n" in text:
                skip, text = skip - 1, text.split("\n", 1)[1]
                copy.write("\n")
            copy.write(_translated(text, source))
            watch(done / max(source.bytes, 1))
    return broken


def _translated(text: str, source: Source) -> str:
    if source.delimiter == DOUBLE_COLON:
        text = text.replace(DOUBLE_COLON, UNIT)
        return "\n".join(map(_requoted, text.split("\n"))) if '"' in text else text
    return text.translate(SWAPPED) if source.quote == "'" else text


def _requoted(line: str) -> str:
    """A line of a dialect without quotes, its fields that hold one quoted."""
    if '"' not in line:
        return line
    fields = line.removesuffix("\r").split(UNIT)
    return UNIT.join('"' + field.replace('"', '""') + '"' if '"' in field else field for field in fields)


def _from_json(source: Source, scratch: Path, stem: str, watch: Stage) -> Source:
    if source.encoding != UTF8 or source.old_line_ends or source.marked:
        source = _plain_text(source, scratch / f"{stem}.json", watch.part(0.0, 0.4))
    if source.shape is None:
        raise RuntimeError("a JSON source without a shape")
    target = scratch / f"{stem}.parquet"
    breaks = split_records(source.path, source.shape, target, source.name, watch.part(0.4, 1.0))
    if not len(breaks):
        raise BadFile(f"'{source.name}' is JSON without a single record; a log needs at least one event.")
    _drop(source)
    return replace(source, path=target, breaks=breaks)


def _from_sheet(source: Source, target: Path, reject: Callable[[list[RejectedLine]], None], watch: Watch) -> Source:
    breaks, long = sheet_to_parquet(
        source.path, source.sheet, target, source.columns, has_header=source.has_header, watch=watch
    )
    columns = len(source.columns)
    reject([RejectedLine(row, f"{width} cells where the header has {columns}", raw) for row, width, raw in long])
    if not len(breaks):
        raise BadFile(f"'{source.name}' has a header but no rows; a log needs at least one event.")
    return replace(source, path=target, breaks=breaks)


def _drop(source: Source) -> None:
    """Delete a copy that a later copy replaces."""
    if source.path.suffix == ".unpacked" or source.path.name != source.name:
        source.path.unlink(missing_ok=True)
