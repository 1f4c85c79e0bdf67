"""One change to a log at a time: a lock per log, held by whoever builds, publishes or removes versions of it.

The lock is the kernel's (flock on locks/<log_id>.lock), so it ends with its process, however that ends. Its holder may
take it again: an append takes it for the whole, each version it makes for itself.
"""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from core.errors import BadSpec
from core.storage.workspace import Workspace, checked_id

POLL_SECONDS = 0.1
_held = threading.local()


@contextmanager
def log_lock(
    workspace: Workspace, log_id: str, *, wait: Callable[[], None] | None = None, patience_seconds: float = 2.0
) -> Iterator[None]:
    """Hold a log's lock. wait() is called while another holds it and may raise; without it, BadSpec is raised once
    patience is over (a sweep holds a lock for a moment)."""
    path = workspace.locks / f"{checked_id(log_id)}.lock"
    mine: set[str] = _held.__dict__.setdefault("paths", set())
    if str(path) in mine:
        yield
        return
    workspace.locks.mkdir(parents=True, exist_ok=True)
    asked_at = time.monotonic()
    while (file := _take(workspace, log_id)) is None:
        if wait is None and time.monotonic() - asked_at >= patience_seconds:
            raise BadSpec(f"Another run is making a version of log '{log_id}' just now; try again when it has ended.")
        if wait is not None:
            wait()
        time.sleep(POLL_SECONDS)
    mine.add(str(path))
    try:
        yield
    finally:
        mine.discard(str(path))
        path.unlink(missing_ok=True)
        file.close()


def _take(workspace: Workspace, log_id: str) -> IO[str] | None:
    """The lock's open file, or None while another holds it."""
    path = workspace.locks / f"{log_id}.lock"
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.stat().st_ino == os.fstat(file.fileno()).st_ino:
            return file
    except (BlockingIOError, FileNotFoundError):
        pass  # held, or unlinked by its last holder between opening and locking: take the next one
    file.close()
    return None
