"""Compressed files: look at their beginning without unpacking them, and unpack them to disk within limits.

gzip, Zstandard, and a zip archive with exactly one file in it. What is unpacked goes to the scratch folder in chunks;
a file that swells beyond all measure is no log, and stops there.
"""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from core.errors import BadFile
from core.events.stages import Watch
from core.storage.machine import free_disk_bytes

CHUNK_BYTES = 8 * 1024 * 1024
RESERVE_BYTES = 512 * 1024 * 1024  # of disk that unpacking leaves free
BOMB_RATIO, BOMB_BYTES = 250, 128 * 1024 * 1024  # a log may shrink to a hundredth; what swells further is no log
TITLES = {"gzip": "gzip", "zstd": "Zstandard", "zip": "zip"}
MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip", b"PK\x05\x06": "zip"}
BROKEN = (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError)
DOCUMENTS = {  # by a file that their archive holds
    "content.xml": "an OpenDocument file (.ods)", "Index/Document.iwa": "a Numbers file", "word/document.xml":
    "a Word file", "ppt/presentation.xml": "a PowerPoint file",
}  # fmt: skip
LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db")


def wrapping_of(head: bytes) -> str | None:
    """gzip, zstd or zip by the first bytes, or None."""
    return next((name for magic, name in MAGIC.items() if head.startswith(magic)), None)


def is_workbook(path: Path) -> bool:
    """Whether a zip archive is an Excel workbook."""
    return bool({"xl/workbook.xml", "xl/workbook.bin"} & set(_members(path)))


def document_in(path: Path) -> str | None:
    """What a zip archive is, in words, if it is a document of an office program that cannot be read."""
    members = set(_members(path))
    return next((title for name, title in DOCUMENTS.items() if name in members), None)


def beginning(path: Path, wrapping: str, size: int) -> bytes:
    """At most `size` bytes of what is inside; raises BadFile if it cannot be unpacked."""
    parts, found = [], 0
    for chunk in _chunks(path, wrapping, min(size, CHUNK_BYTES)):
        parts.append(chunk)
        found += len(chunk)
        if found >= size:
            break
    return b"".join(parts)[:size]


def unpack(path: Path, wrapping: str, target: Path, watch: Watch) -> int:
    """Write what is inside to `target` and return its bytes; raises BadFile if it is broken, or swells too far."""
    packed, written = max(path.stat().st_size, 1), 0
    room = free_disk_bytes(target.parent) - RESERVE_BYTES
    with target.open("wb") as file:
        for chunk in _chunks(path, wrapping, CHUNK_BYTES):
            written += len(chunk)
            if written > BOMB_BYTES and written > BOMB_RATIO * packed:
                raise BadFile(
                    f"'{path.name}' unpacks to more than {BOMB_RATIO} times its size, which no log does; unpack it "
                    "yourself if it is one."
                )
            if written > room:
                raise BadFile(
                    f"'{path.name}' unpacks to more than the {max(room, 0) // 1024**2:,} MB of disk that are free; "
                    "make room and import again."
                )
            file.write(chunk)
            watch(min(0.99, written / (packed * 5)))
    return written


def _chunks(path: Path, wrapping: str, size: int) -> Iterator[bytes]:
    try:
        with _opened(path, wrapping) as inside:
            while chunk := inside.read(size):
                yield bytes(chunk)
    except BROKEN as error:
        raise BadFile(
            f"'{path.name}' is a {TITLES[wrapping]} file that is damaged or cut short "
            f"({str(error).splitlines()[0][:80] if str(error) else type(error).__name__}); pack it again."
        ) from None


@contextmanager
def _opened(path: Path, wrapping: str) -> Iterator[IO[bytes] | Any]:
    if wrapping == "gzip":
        with gzip.open(path) as inside:
            yield inside
    elif wrapping == "zstd":
        with pa.CompressedInputStream(pa.OSFile(str(path)), "zstd") as inside:
            yield inside
    else:
        with zipfile.ZipFile(path) as archive, archive.open(_only_member(path)) as inside:
            yield inside


def _only_member(path: Path) -> str:
    """The one file in a zip archive; its name is used to open it there and for nothing else."""
    members = [name for name in _members(path) if not name.endswith("/") and not name.startswith(LITTER)]
    members = [name for name in members if not name.endswith(LITTER[1:])]
    if len(members) != 1:
        raise BadFile(
            f"'{path.name}' is a zip archive of {len(members):,} files, and only one can be read; unpack it and import "
            "the folder."
        )
    with zipfile.ZipFile(path) as archive:
        if archive.getinfo(members[0]).flag_bits & 1:
            raise BadFile(f"'{path.name}' is a zip archive with a password; unpack it first.")
    return members[0]


def _members(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except BROKEN:
        raise BadFile(
            f"'{path.name}' is a zip archive or an Excel workbook that is damaged or cut short; pack or save it again."
        ) from None
