"""Tickets: what a page hands to a live session so that a browser may send files outside of it.

A ticket names what it allows and until when, and is signed with the workspace's key. The key comes from WHYPATH_SECRET
(the same for several servers over one workspace) or from a file in the workspace that only its owner may read; either
way it outlives the server, so an upload goes on after a restart.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from core.storage.workspace import Workspace

KEY_FILE = "secret.key"
BEGIN = "begin"  # allows starting an upload; every other subject is the id of one


def issue(workspace: Workspace, subject: str, *, now: float, lasts_seconds: float) -> str:
    """A ticket for a subject, as text for a header. now: seconds since 1970."""
    expires_at = int(now + lasts_seconds)
    return f"{expires_at}.{_signature(workspace, subject, expires_at)}"


def allows(workspace: Workspace, ticket: str, subject: str, *, now: float) -> bool:
    """Whether the ticket is ours, is for this subject and has not expired."""
    expires_at, _, signature = ticket.partition(".")
    if not (expires_at.isascii() and expires_at.isdigit() and len(expires_at) < 16):
        return False
    good = _signature(workspace, subject, int(expires_at))
    return hmac.compare_digest(good.encode(), signature.encode(errors="replace")) and int(expires_at) > now


def _signature(workspace: Workspace, subject: str, expires_at: int) -> str:
    return hmac.new(_key(workspace), f"{subject}\n{expires_at}".encode(), hashlib.sha256).hexdigest()


def _key(workspace: Workspace) -> bytes:
    given = os.environ.get("WHYPATH_SECRET")
    if given:
        return given.encode()
    path = workspace.root / KEY_FILE
    if not path.exists():
        _make_key(path)
    return path.read_bytes()


def _make_key(path: Path) -> None:
    """Write a fresh key under a name of its own, then link it into place: whoever is first wins, nobody reads half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_hex(32).encode())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
