"""A real PostgreSQL server for tests, started in a folder of its own and stopped at the end.

The server's programs are looked for where they usually are, and installed as Chromium is if they are missing. The
server refuses to run as root, so root starts it as an account without rights.
"""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest

USER, PASSWORD = "analyst", "s3cret pass/word@:"
ROWS = 30_000
FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/pgsql/bin")
HOW = "install PostgreSQL (Debian: apt-get install postgresql; macOS: brew install postgresql)"


@dataclass(frozen=True)
class Server:
    """url: without the password; process: to be killed by tests that want to."""

    url: str
    port: int
    process: "subprocess.Popen[bytes]"

    def connect(self) -> "psycopg.Connection[Any]":
        """A connection that may write."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=USER, password=PASSWORD, dbname="postgres", autocommit=True
        )

    @property
    def whole_url(self) -> str:
        """The address with the password in it, as people paste it."""
        from urllib.parse import quote

        return self.url.replace(f"{USER}@", f"{USER}:{quote(PASSWORD, safe='')}@")


@contextmanager
def running() -> Iterator[Server]:
    """A server on a free port with one database and one account, in a folder that pytest does not close to others."""
    programs, account = _programs(), _account()
    with TemporaryDirectory(prefix="whypath-postgres-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        (home / "password").write_text(PASSWORD)
        if account:
            for path in (home, home / "password"):
                shutil.chown(path, account)
        yield from _served(programs, account, home)


def fill(server: Server) -> None:
    """Events with a zone, exact decimals, nested JSON, arrays, bytes and strange names; and an empty table."""
    with server.connect() as rows:
        rows.execute('CREATE SCHEMA "Web Shop"')
        rows.execute(
            'CREATE TABLE "Web Shop"."the events" (id uuid DEFAULT gen_random_uuid(), "user id" int, event text, '
            "at timestamptz, amount numeric(12,2), properties jsonb, tags text[], thumbnail bytea, seen time)"
        )
        rows.execute(
            'INSERT INTO "Web Shop"."the events" ("user id", event, at, amount, properties, tags, thumbnail, seen) '
            "SELECT nullif(n % 500, 7), (ARRAY['view','buy'])[1 + n % 2], "
            "'2024-03-01 00:00+02'::timestamptz + n * interval '1 minute', CASE WHEN n % 2 = 1 THEN n / 100.0 END, "
            "jsonb_build_object('page', n % 5, 'nested', jsonb_build_object('x', '<b>')), ARRAY['a','b'], "
            f"'\\x00ff'::bytea, '10:00'::time FROM generate_series(1, {ROWS}) n"
        )
        rows.execute("CREATE TABLE nothing (at timestamp)")


def _served(programs: Path, account: str | None, home: Path) -> Iterator[Server]:
    made = subprocess.run(
        [
            programs / "initdb",
            "-D",
            home / "data",
            "-U",
            USER,
            "--auth=scram-sha-256",
            f"--pwfile={home / 'password'}",
            "-E",
            "UTF8",
            "--no-sync",
        ],
        user=account,
        cwd=home,
        capture_output=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr.decode()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [
            programs / "postgres",
            "-D",
            home / "data",
            "-p",
            str(port),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            f"unix_socket_directories={home}",
            "-c",
            "fsync=off",
        ],
        user=account,
        cwd=home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    server = Server(f"postgresql://{USER}@127.0.0.1:{port}/postgres", port, process)
    try:
        _wait(server)
        yield server
    finally:
        process.terminate()
        process.wait()


def _wait(server: Server) -> None:
    for _ in range(600):
        assert server.process.poll() is None, "the PostgreSQL server ended at once"
        try:
            server.connect().close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    pytest.fail("the PostgreSQL server did not answer")


def _programs() -> Path:
    found = _found()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update"], check=False, capture_output=True)
        subprocess.run(
            ["apt-get", "install", "-y", "postgresql"],
            check=False,
            capture_output=True,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
        found = _found()
    if found is None:
        pytest.fail(f"No PostgreSQL server is on this machine; {HOW}.")
    return found


def _found() -> Path | None:
    named = shutil.which("initdb")
    if named:
        return Path(named).resolve().parent
    folders = sorted(folder for pattern in FOLDERS for folder in Path("/").glob(pattern.lstrip("/")))
    return next(
        (folder for folder in reversed(folders) if (folder / "initdb").exists() and (folder / "postgres").exists()),
        None,
    )


def _account() -> str | None:
    """Whom root runs the server as; None when this is not root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"
