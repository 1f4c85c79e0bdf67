"""Keyed hashes of user ids: HMAC-SHA256 with a secret key per log, so that nobody without the key can try out ids.

The key lies in <workspace>/keys/, outside the log, readable by this account alone; it enters no export. The engine
computes the hash in SQL (RFC 2104 in terms of SHA-256) with the padded keys bound as variables, never as text.
"""

import hashlib
import hmac
import os
import secrets

from core.errors import NotFound
from core.storage.engine import Writer
from core.storage.workspace import Workspace, checked_id

KEY_BYTES = 32
BLOCK_BYTES = 64  # of SHA-256
HEX_DIGITS = 32  # of the hash that are kept: 128 bits


def key_of(workspace: Workspace, log_id: str, *, make: bool = False) -> bytes:
    """The log's key; make: draw one if there is none yet. Raises NotFound if it is lost."""
    path = workspace.keys / f"{checked_id(log_id)}.key"
    if make and not path.exists():
        partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(partial, path)  # whoever comes second takes the first one's key
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    if not path.exists():
        raise NotFound(
            f"The key of log '{log_id}' is gone from the workspace's keys, so the same user would get another hash; "
            "put it back, or import all files anew as another log."
        )
    return bytes.fromhex(path.read_text(encoding="ascii"))


def keyed_hash(key: bytes, text: str) -> str:
    """The hash of one id, as the engine computes it."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:HEX_DIGITS]


def bind_key(engine: Writer, key: bytes) -> None:
    """Give the engine the padded keys that `hashed` speaks of."""
    padded = key.ljust(BLOCK_BYTES, b"\0")
    engine.execute("SET VARIABLE inner_pad = unhex(?)", [bytes(byte ^ 0x36 for byte in padded).hex()])
    engine.execute("SET VARIABLE outer_pad = unhex(?)", [bytes(byte ^ 0x5C for byte in padded).hex()])


def unbind_key(engine: Writer) -> None:
    """Take the keys away again."""
    engine.execute("RESET VARIABLE inner_pad")
    engine.execute("RESET VARIABLE outer_pad")


def hashed(text: str) -> str:
    """SQL: the keyed hash of a text, null of null; `bind_key` must have been called."""
    inner = f"unhex(sha256(getvariable('inner_pad') || encode({text})))"
    return f"left(sha256(getvariable('outer_pad') || {inner}), {HEX_DIGITS})"
