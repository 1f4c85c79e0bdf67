"""The routes of uploads: no ticket, no bytes; a piece out of place says where to go on; nothing torn is kept."""

import asyncio
import json
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.types import Message

from core.storage import uploads
from core.storage.tickets import BEGIN, issue
from core.storage.uploads import PIECE_BYTES, find_upload, list_uploads, uploaded_file
from core.storage.workspace import Workspace
from pages.components.big_upload.routes import routes

CONTENT = b"user_id,timestamp\nu1,2026-03-02T09:14:05Z\n"


@pytest.fixture(autouse=True)
def opened(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHYPATH_WORKSPACE", str(workspace.root))


def ask(
    method: str, path: str, body: bytes = b"", *, base: str = "", cut: bool = False, **headers: str
) -> tuple[int, dict[str, Any]]:
    """One request to the routes; cut: the client goes away in the middle of the body."""
    app = Starlette(routes=routes(base))
    sent: list[Message] = []
    incoming = [{"type": "http.request", "body": body, "more_body": cut}, {"type": "http.disconnect"}]
    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [(f"x-whypath-{name}".encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip

    async def receive() -> Message:
        return incoming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    with ThreadPoolExecutor(1) as thread:  # the browser's loop may be running in this one
        thread.submit(lambda: asyncio.run(app(scope, receive, send))).result()
    answer = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], json.loads(answer) if answer.startswith(b"{") else {}


def begun(workspace: Workspace, **changed: Any) -> tuple[int, dict[str, Any]]:
    ticket = issue(workspace, BEGIN, now=time.time(), lasts_seconds=60)
    asked = {"name": "log.csv", "bytes": len(CONTENT), "fingerprint": "f", **changed}
    return ask("POST", "/api/uploads", json.dumps(asked).encode(), ticket=ticket)


def put(place: dict[str, Any], piece: bytes, offset: int, crc32: int, **more: Any) -> tuple[int, dict[str, Any]]:
    path = f"/api/uploads/{place['upload_id']}"
    return ask("PUT", path, piece, ticket=place["ticket"], offset=str(offset), crc32=str(crc32), **more)


def test_a_file_arrives_in_pieces_and_one_out_of_place_is_told_where_to_go_on(workspace: Workspace) -> None:
    status, place = begun(workspace)
    assert (status, place["received"], place["finished"]) == (200, 0, False)
    assert put(place, CONTENT[:10], 0, zlib.crc32(CONTENT[:10]))[1]["received"] == 10
    status, answer = put(place, CONTENT[:10], 0, zlib.crc32(CONTENT[:10]))
    assert (status, answer["received"], answer["crc32"]) == (409, 10, zlib.crc32(CONTENT[:10]))
    assert put(place, CONTENT[10:], 10, 1)[0] == 409  # damaged on the way
    assert put(place, CONTENT[10:], 10, zlib.crc32(CONTENT))[1]["finished"]
    assert uploaded_file(workspace, place["upload_id"])[0].read_bytes() == CONTENT


def test_nothing_is_done_without_the_right_ticket(workspace: Workspace) -> None:
    _, place = begun(workspace)
    late = issue(workspace, place["upload_id"], now=time.time() - 100, lasts_seconds=60)
    general = issue(workspace, BEGIN, now=time.time(), lasts_seconds=60)
    for ticket in ("", "x", late, general):
        stolen = {**place, "ticket": ticket}
        assert put(stolen, CONTENT, 0, zlib.crc32(CONTENT))[0] == 403
        assert ask("DELETE", f"/api/uploads/{place['upload_id']}", ticket=ticket)[0] == 403
    assert ask("POST", "/api/uploads", b"{}")[0] == 403
    assert ask("POST", "/api/uploads", b"{}", ticket=place["ticket"])[0] == 403
    assert find_upload(workspace, place["upload_id"]).received == 0


def test_a_piece_that_is_cut_or_too_long_leaves_nothing(workspace: Workspace) -> None:
    _, place = begun(workspace, bytes=3 * PIECE_BYTES)
    assert put(place, CONTENT, 0, zlib.crc32(CONTENT), cut=True)[0] == 400
    long = bytes(PIECE_BYTES + 1)
    assert put(place, long, 0, zlib.crc32(long))[0] == 422
    assert find_upload(workspace, place["upload_id"]).received == 0
    assert (workspace.uploads / place["upload_id"] / ".part").stat().st_size == 0


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"\xff", b'{"name": 1, "bytes": "x", "fingerprint": ""}', bytes(9000)]
)
def test_a_request_that_is_not_understood_is_refused_in_a_sentence(workspace: Workspace, body: bytes) -> None:
    ticket = issue(workspace, BEGIN, now=time.time(), lasts_seconds=60)
    status, answer = ask("POST", "/api/uploads", body, ticket=ticket)
    assert status == 422
    assert answer["sentence"].endswith("load the page again.")
    assert list_uploads(workspace) == []


def test_a_full_disk_is_its_own_answer_so_that_the_browser_can_try_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "free_disk_bytes", lambda folder: 0)
    status, answer = begun(workspace)
    assert status == 507
    assert "make room" in answer["sentence"]


def test_an_upload_can_be_thrown_away_and_is_then_unknown(workspace: Workspace) -> None:
    _, place = begun(workspace)
    assert ask("DELETE", f"/api/uploads/{place['upload_id']}", ticket=place["ticket"])[0] == 200
    assert put(place, CONTENT, 0, zlib.crc32(CONTENT))[0] == 404
    assert list_uploads(workspace) == []


def test_the_routes_lie_under_the_path_that_the_app_is_served_at(workspace: Workspace) -> None:
    for base, path in (("", "/api/uploads"), ("why", "/why/api/uploads"), ("/a/b/", "/a/b/api/uploads")):
        assert ask("POST", path, b"{}", base=base)[0] == 403
        assert ask("POST", f"/other{path}", b"{}", base=base)[0] == 404
