"""Files on other machines: fetched to disk from where the administrator allowed it, and from nowhere else.

WHYPATH_ALLOW_REMOTE holds the beginnings of allowed addresses, parted by commas: `s3://our-logs/,https://data.our.org/`.
"""

import os
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

import pyarrow as pa
from pyarrow import fs

from core.errors import BadFile
from core.events.stages import Watch
from core.storage.machine import free_disk_bytes
from core.storage.workspace import Workspace

ALLOWED = "WHYPATH_ALLOW_REMOTE"
CHUNK_BYTES = 8 * 1024 * 1024
RESERVE_BYTES = 512 * 1024 * 1024
TIMEOUT_SECONDS = 60
HANDLERS = (
    urllib.request.HTTPHandler, urllib.request.HTTPSHandler, urllib.request.HTTPErrorProcessor,
    urllib.request.HTTPDefaultErrorHandler,
)  # fmt: skip


def is_allowed(address: str) -> bool:
    """Whether the administrator allowed an address: a beginning counts only up to a `/`, and `..` never."""
    given = [beginning.strip() for beginning in os.environ.get(ALLOWED, "").split(",")]
    if ".." in address or "@" in address or "\\" in address:
        return False
    return any("://" in start and address.startswith(start.rstrip("/") + "/") for start in given if start)


def fetch(address: str, folder: Path, watch: Watch) -> Path:
    """Download an allowed file into `folder`, in chunks; raises BadFile if it cannot be had or the disk is full."""
    name = PurePosixPath(address.split("?", maxsplit=1)[0]).name[:200] or "download"
    target = folder / name
    if not is_allowed(address) or target.exists():
        raise BadFile(f"'{address[:100]}' is not allowed, or would take the place of another file of its name.")
    room, written = free_disk_bytes(folder) - RESERVE_BYTES, 0
    try:
        with _opened(address) as remote, target.open("wb") as file:
            while chunk := remote.read(CHUNK_BYTES):
                written += len(chunk)
                if written > room:
                    raise BadFile(
                        f"'{name}' is larger than the {room // 1024**2:,} MB of disk that are free; make room."
                    )
                file.write(chunk)
                watch(0.5)
    except (OSError, urllib.error.URLError, pa.ArrowException, ValueError) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0][:100]
        raise BadFile(f"'{address[:100]}' cannot be fetched ({why}); check the address and the access.") from None
    return target


@contextmanager
def at_hand(files: Sequence[str], workspace: Workspace, watch: Watch) -> Iterator[tuple[str, ...]]:
    """The files with the allowed addresses among them downloaded, for as long as the context lasts."""
    if not any(is_allowed(file) for file in files):
        yield tuple(files)
        return
    with workspace.scratch() as folder:
        yield tuple(str(fetch(file, folder, watch)) if is_allowed(file) else file for file in files)


@contextmanager
def _opened(address: str) -> Iterator[IO[bytes] | Any]:
    if address.startswith(("http://", "https://")):
        opener = urllib.request.OpenerDirector()  # with nothing in it that follows redirects, which could lead outside
        for handler in HANDLERS:
            opener.add_handler(handler())
        with opener.open(address, timeout=TIMEOUT_SECONDS) as answer:
            yield answer
        return
    system, path = fs.FileSystem.from_uri(address)
    with system.open_input_stream(path) as stream:
        yield stream
