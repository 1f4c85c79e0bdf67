"""Files on other machines: fetched where allowed, refused and not contacted everywhere else."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from core.errors import BadInput
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.events.reading.elsewhere import ALLOWED, is_allowed
from core.storage.workspace import Workspace

TABLE = b"user_id,event,timestamp\nu,view,2024-01-01\n"


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """A server on this machine with one file and one redirect, and the paths asked of it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(302 if "away" in self.path else 200 if "log" in self.path else 404)
            self.send_header("Location", "/open/log.csv")
            self.end_headers()
            self.wfile.write(TABLE)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    running = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}", asked
    running.shutdown()
    running.server_close()


def test_an_allowed_file_is_fetched_and_nothing_of_it_stays(
    server: tuple[str, list[str]], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, asked = server
    monkeypatch.setenv(ALLOWED, f"{address}/open")
    manifest = import_log(workspace, ImportSpec(files=(f"{address}/open/log.csv",)), lambda share, message: None)
    assert (manifest["events"], manifest["name"], manifest["files"][0]["name"]) == (1, "log", "log.csv")
    assert manifest["spec"]["files"] == [f"{address}/open/log.csv"]
    assert asked == ["/open/log.csv"]
    assert list(workspace.spill.iterdir()) == []


@pytest.mark.parametrize("path", ["/closed/log.csv", "/opener/log.csv", "/open/../closed/log.csv"])
def test_what_is_not_allowed_is_not_contacted(
    path: str, server: tuple[str, list[str]], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, asked = server
    monkeypatch.setenv(ALLOWED, f"{address}/open")
    with pytest.raises(BadInput, match="lies on another machine"):
        import_log(workspace, ImportSpec(files=(address + path,)), lambda share, message: None)
    assert asked == []


@pytest.mark.parametrize("path", ["/open/away.csv", "/open/missing.csv"])
def test_a_redirect_or_a_missing_file_is_refused_in_one_sentence(
    path: str, server: tuple[str, list[str]], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, asked = server
    monkeypatch.setenv(ALLOWED, f"{address}/open")
    with pytest.raises(BadInput, match="cannot be fetched"):
        import_log(workspace, ImportSpec(files=(address + path,)), lambda share, message: None)
    assert asked == [path]


@pytest.mark.parametrize(
    ("allowed", "address", "expected"),
    [
        ("", "s3://b/x.csv", False),
        ("s3://b", "s3://b/x.csv", True),
        ("s3://b", "s3://bad/x.csv", False),
        ("https://a.org", "https://a.org.evil.test/x", False),
        ("https://a.org", "https://a.org@evil.test/x", False),
        ("s3", "s3://b/x.csv", False),
        (" gs://a , s3://b/in/ ", "s3://b/in/x.csv", True),
    ],
)
def test_a_beginning_counts_only_up_to_a_slash(
    allowed: str, address: str, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ALLOWED, allowed)
    assert is_allowed(address) is expected
