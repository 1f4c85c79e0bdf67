"""Uploads that arrive in pieces: begun, appended to, looked up after a cut, finished, or thrown away.

uploads/<upload_id>/{.upload.json, .part}      while it arrives
uploads/<upload_id>/{.upload.json, <name>}     once it is whole

`.upload.json` says how many bytes are safe and their CRC-32; it is replaced after each piece, so a piece cut short by
a kill is cut off again. The browser sends the CRC of everything up to the end of a piece: a changed file, a lost byte
or a second tab is noticed at once. The same file chosen again (name, size, fingerprint) goes on where it stopped.
"""

import contextlib
import fcntl
import json
import os
import re
import secrets
import shutil
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from core.errors import BadFile, NotFound
from core.storage.arrivals import UPLOAD_FOLDER, safe_name
from core.storage.machine import free_disk_bytes
from core.storage.runs import ACTIVE, list_runs
from core.storage.workspace import Workspace

PIECE_BYTES = 4 * 1024 * 1024  # the most that one request may bring; it is held in memory while it arrives
SPARE_BYTES = 200 * 1024 * 1024  # what an upload leaves free on the disk
LIMIT_GB = 100
MAX_UNFINISHED = 200
PART, RECORD = ".part", ".upload.json"
KEPT_DAYS = 7
IDLE_SECONDS = 15
RETRIABLE = (*ACTIVE, "failed", "cancelled")
IN_SPEC = re.compile(r"uploads/([0-9a-f]{32})/")
FINGERPRINT = re.compile(r"[0-9a-z-]{1,100}")


class NoRoom(BadFile):
    """The disk is too full. Not plain BadFile: the file is fine and may be sent again."""


class OutOfStep(BadFile):
    """The piece is not the one that comes next, or was damaged on the way: the sender asks where to go on."""


@dataclass(frozen=True)
class Upload:
    """name: as the analyst knows it; bytes: its whole size; received: bytes that are safe; crc32: of those."""

    upload_id: str
    name: str
    bytes: int
    fingerprint: str
    begun_at: float
    received: int = 0
    crc32: int = 0
    finished: bool = False

    @property
    def file_name(self) -> str:
        """What it is called on disk: nothing but letters, digits, `_`, `-` and its ending."""
        return safe_name(self.name)


def limit_gb() -> float:
    """The most that one upload may have, in GB: WHYPATH_UPLOAD_GB, or LIMIT_GB."""
    return float(os.environ.get("WHYPATH_UPLOAD_GB") or LIMIT_GB)


def begin(workspace: Workspace, *, name: str, size: int, fingerprint: str, now: float) -> Upload:
    """Start an upload, or find the one of the same file that was cut. Raises BadFile, NoRoom."""
    shown = name[-200:]
    if not FINGERPRINT.fullmatch(fingerprint):
        raise BadFile(f"'{shown}' came without a fingerprint; load the page again and choose the file once more.")
    if size < 1:
        raise BadFile(f"'{shown}' is empty; a log needs a header and rows.")
    if size > limit_gb() * 1024**3:
        raise BadFile(
            f"'{shown}' has {size / 1024**3:,.1f} GB; an upload may have {limit_gb():g}. Put it on the server and give "
            "its path instead."
        )
    workspace.prepare()
    known, taken = list_uploads(workspace), uploads_of_runs(workspace, ACTIVE)
    for upload in known:
        same = (upload.name, upload.bytes, upload.fingerprint) == (shown, size, fingerprint)
        if same and upload.upload_id not in taken:
            return find_upload(workspace, upload.upload_id)
    if sum(not upload.finished for upload in known) >= MAX_UNFINISHED:
        raise BadFile(f"{MAX_UNFINISHED} uploads are unfinished; finish some or delete them on the page Load.")
    _check_room(workspace, size, shown)
    upload = Upload(secrets.token_hex(16), shown, size, fingerprint, now)
    _folder(workspace, upload.upload_id).mkdir()
    _write(workspace, upload)
    return upload


def append(workspace: Workspace, upload_id: str, piece: bytes, *, offset: int, crc32: int) -> Upload:
    """Add a piece that starts at `offset` and finish the upload with the last one; crc32: of all bytes to its end.

    Raises OutOfStep if the piece does not fit, NoRoom if the disk is full, BadFile, NotFound; then nothing of it is
    kept.
    """
    with _held(workspace, upload_id) as part:
        upload = _settled(workspace, upload_id)
        if len(piece) > PIECE_BYTES or offset + len(piece) > upload.bytes:
            raise BadFile(f"'{upload.name}' sent more than it announced; load the page again and choose it once more.")
        if upload.finished or offset != upload.received or not piece:
            raise OutOfStep(f"'{upload.name}' goes on at byte {upload.received:,}, not {offset:,}.")
        if zlib.crc32(piece, upload.crc32) != crc32:
            raise OutOfStep(f"A piece of '{upload.name}' was damaged on the way; it is sent again.")
        _check_room(workspace, len(piece), upload.name)
        try:
            part.seek(offset)
            part.write(piece)
            part.flush()
        except OSError as error:
            raise NoRoom(f"'{upload.name}' cannot be written ({error.strerror}); make room and go on.") from None
        upload = replace(upload, received=offset + len(piece), crc32=crc32)
        _write(workspace, upload)
        return _finish(workspace, upload, part) if upload.received == upload.bytes else upload


def find_upload(workspace: Workspace, upload_id: str) -> Upload:
    """How far an upload is, what a kill left over cut off; raises NotFound."""
    with _held(workspace, upload_id):
        return _settled(workspace, upload_id)


def uploaded_file(workspace: Workspace, upload_id: str) -> tuple[Path, str]:
    """Where a finished upload lies, and what the analyst calls it; raises NotFound."""
    upload = _read(workspace, upload_id)
    path = _folder(workspace, upload_id) / upload.file_name
    if not upload.finished or not path.is_file():
        raise NotFound(f"The upload of '{upload.name}' is not finished; choose the same file again and it goes on.")
    return path, upload.name


def discard(workspace: Workspace, upload_id: str) -> None:
    """Throw an upload away, finished or not; harmless if it is gone."""
    shutil.rmtree(_folder(workspace, upload_id), ignore_errors=True)


def list_uploads(workspace: Workspace) -> list[Upload]:
    """Every upload of this workspace, finished or not, the newest first."""
    found = []
    for folder in workspace.uploads.iterdir() if workspace.uploads.exists() else ():
        if UPLOAD_FOLDER.fullmatch(folder.name):
            with contextlib.suppress(NotFound):
                found.append(_read(workspace, folder.name))
    return sorted(found, key=lambda upload: -upload.begun_at)


def waiting_uploads(workspace: Workspace, *, now: float) -> list[Upload]:
    """What nobody works on: finished but in no run under way, or cut IDLE_SECONDS ago or more; the newest first."""
    taken = uploads_of_runs(workspace, ACTIVE)
    return [
        upload
        for upload in list_uploads(workspace)
        if upload.upload_id not in taken and (upload.finished or now - _touched_at(workspace, upload) > IDLE_SECONDS)
    ]


def uploads_of_runs(workspace: Workspace, statuses: Collection[str]) -> set[str]:
    """The uploads that runs of these statuses read from."""
    rows = (row for row in list_runs(workspace) if row["status"] in statuses)
    return {found for row in rows for found in IN_SPEC.findall(json.dumps(row["spec"]))}


def sweep_uploads(workspace: Workspace, *, now: float) -> int:
    """Delete uploads that nobody touched for KEPT_DAYS and no run needs; returns how many."""
    taken, swept = uploads_of_runs(workspace, RETRIABLE), 0
    for folder in workspace.uploads.iterdir() if workspace.uploads.exists() else ():
        with contextlib.suppress(OSError):
            idle_days = (now - max(path.stat().st_mtime for path in (folder, *folder.iterdir()))) / 86_400
            if UPLOAD_FOLDER.fullmatch(folder.name) and folder.name not in taken and idle_days > KEPT_DAYS:
                shutil.rmtree(folder)
                swept += 1
    return swept


def _folder(workspace: Workspace, upload_id: str) -> Path:
    if not UPLOAD_FOLDER.fullmatch(upload_id):
        raise NotFound(f"'{upload_id[:80]}' is not an upload of Whypath.")
    return workspace.uploads / upload_id


def _touched_at(workspace: Workspace, upload: Upload) -> float:
    with contextlib.suppress(OSError):
        return (_folder(workspace, upload.upload_id) / RECORD).stat().st_mtime
    return upload.begun_at


@contextlib.contextmanager
def _held(workspace: Workspace, upload_id: str) -> Iterator[IO[bytes]]:
    """The file that grows, open and locked against a second writer, also one in another process."""
    folder = _folder(workspace, upload_id)
    try:
        descriptor = os.open(folder / PART, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        raise NotFound("This upload is gone; choose the file again.") from None
    with os.fdopen(descriptor, "r+b") as part:
        fcntl.flock(part, fcntl.LOCK_EX)
        yield part


def _read(workspace: Workspace, upload_id: str) -> Upload:
    try:
        record: dict[str, Any] = json.loads((_folder(workspace, upload_id) / RECORD).read_text(encoding="utf-8"))
        return Upload(**record)
    except (OSError, ValueError, TypeError):
        raise NotFound("This upload is gone; choose the file again.") from None


def _write(workspace: Workspace, upload: Upload) -> None:
    """Replace the record; not flushed to the disk, because `_settled` and `_finish` notice what a power cut took."""
    path = _folder(workspace, upload.upload_id) / RECORD
    draft = path.with_name(f"{RECORD}.{secrets.token_hex(4)}")
    draft.write_text(json.dumps(vars(upload)), encoding="utf-8")
    draft.replace(path)


def _settled(workspace: Workspace, upload_id: str) -> Upload:
    """The record and the bytes made to agree after a kill or a power cut; the caller holds the lock."""
    upload, folder = _read(workspace, upload_id), _folder(workspace, upload_id)
    part, whole = folder / PART, folder / upload.file_name
    if whole.is_file() and not upload.finished:  # killed between rename and record
        upload = replace(upload, finished=True)
        _write(workspace, upload)
    if upload.finished:
        part.unlink(missing_ok=True)
        return upload
    if part.stat().st_size < upload.received:
        upload = replace(upload, received=0, crc32=0)
        _write(workspace, upload)
    os.truncate(part, upload.received)
    return upload


def _finish(workspace: Workspace, upload: Upload, part: IO[bytes]) -> Upload:
    """Read everything once more, and only then give the file its name."""
    folder = _folder(workspace, upload.upload_id)
    os.fsync(part.fileno())
    part.seek(0)
    crc32 = 0
    while block := part.read(PIECE_BYTES):
        crc32 = zlib.crc32(block, crc32)
    if crc32 != upload.crc32:
        _write(workspace, replace(upload, received=0, crc32=0))
        raise OutOfStep(f"'{upload.name}' did not survive on this disk; it is sent again from the start.")
    (folder / PART).replace(folder / upload.file_name)
    whole = replace(upload, finished=True)
    _write(workspace, whole)
    return whole


def _check_room(workspace: Workspace, needed: int, name: str) -> None:
    free = free_disk_bytes(workspace.root)
    if free - needed < SPARE_BYTES:
        raise NoRoom(
            f"'{name}' needs {needed / 1024**2:,.0f} MB and the server's disk has {free / 1024**2:,.0f} MB free, of "
            f"which {SPARE_BYTES // 1024**2} stay free; make room and go on."
        )
