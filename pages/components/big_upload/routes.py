"""The routes that an upload's pieces arrive at; each wants a ticket that a page gave to a live session.

    POST   /api/uploads        {name, bytes, fingerprint}: begin, or go on with the same file -> its ticket and place
    PUT    /api/uploads/{id}   a piece, with its offset and the CRC-32 of everything up to its end
    DELETE /api/uploads/{id}   throw it away

The ticket travels in a header of our own, which no page from elsewhere can make a browser send. A piece is held in
memory until it is whole, so that nothing torn reaches the disk. Answers are JSON; a refusal is one sentence.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.errors import BadFile, BadInput, NotFound
from core.storage.tickets import BEGIN, allows, issue
from core.storage.uploads import (
    PIECE_BYTES,
    NoRoom,
    OutOfStep,
    Upload,
    append,
    begin,
    discard,
    find_upload,
    sweep_uploads,
)
from core.storage.workspace import Workspace

PATH = "/api/uploads"
TICKET_SECONDS = 3 * 86_400
BEGIN_BYTES = 4_096
NO_STORE = {"cache-control": "no-store"}


def routes(base: str) -> list[Route]:
    """The routes, under the path that the app is served at ('' for the root)."""
    prefix = "/".join(["", *filter(None, base.split("/"))]) + PATH
    return [
        Route(prefix, _begin, methods=["POST"]),
        Route(f"{prefix}/{{upload_id}}", _append, methods=["PUT"]),
        Route(f"{prefix}/{{upload_id}}", _discard, methods=["DELETE"]),
    ]


async def _begin(request: Request) -> Response:
    def work(workspace: Workspace, body: bytes) -> dict[str, Any]:
        try:
            asked = json.loads(body)
            name, size, fingerprint = str(asked["name"]), int(asked["bytes"]), str(asked["fingerprint"])
        except (ValueError, TypeError, KeyError):
            raise BadFile("The request for an upload is not understood; load the page again.") from None
        sweep_uploads(workspace, now=time.time())
        upload = begin(workspace, name=name, size=size, fingerprint=fingerprint, now=time.time())
        ticket = issue(workspace, upload.upload_id, now=time.time(), lasts_seconds=TICKET_SECONDS)
        return {**_place(upload), "upload_id": upload.upload_id, "ticket": ticket}

    return await _answered(request, BEGIN, BEGIN_BYTES, work)


async def _append(request: Request) -> Response:
    upload_id = str(request.path_params["upload_id"])

    def work(workspace: Workspace, body: bytes) -> dict[str, Any]:
        try:
            offset, crc32 = (int(request.headers[f"x-whypath-{name}"]) for name in ("offset", "crc32"))
        except (ValueError, KeyError):
            raise BadFile("A piece came without its place; load the page again.") from None
        return _place(append(workspace, upload_id, body, offset=offset, crc32=crc32))

    return await _answered(request, upload_id, PIECE_BYTES, work)


async def _discard(request: Request) -> Response:
    upload_id = str(request.path_params["upload_id"])

    def work(workspace: Workspace, _: bytes) -> dict[str, Any]:
        discard(workspace, upload_id)
        return {}

    return await _answered(request, upload_id, 0, work)


async def _answered(
    request: Request, subject: str, most: int, work: Callable[[Workspace, bytes], dict[str, Any]]
) -> Response:
    """Look at the ticket, read the body up to `most` bytes, work beside the event loop; errors become JSON."""
    ticket = request.headers.get("x-whypath-ticket", "")
    workspace = Workspace.default()
    if not allows(workspace, ticket, subject, now=time.time()):
        return _says(403, "This page's permission to upload has run out; load the page again and choose the same file.")
    try:
        body = await _body(request, most)
        return JSONResponse(await run_in_threadpool(work, workspace, body), headers=NO_STORE)
    except ClientDisconnect:
        return Response(status_code=400)
    except NotFound as error:
        return _says(404, str(error))
    except OutOfStep as error:
        return _says(409, str(error), **await run_in_threadpool(_place_of, workspace, subject))
    except NoRoom as error:
        return _says(507, str(error))
    except BadInput as error:
        return _says(422, str(error))


async def _body(request: Request, most: int) -> bytes:
    held = bytearray()
    async for block in request.stream():
        held += block
        if len(held) > most:
            raise BadFile(f"A request brought more than {most:,} bytes; load the page again.")
    return bytes(held)


def _place_of(workspace: Workspace, upload_id: str) -> dict[str, Any]:
    try:
        return _place(find_upload(workspace, upload_id))
    except NotFound:
        return {}


def _place(upload: Upload) -> dict[str, Any]:
    return {"received": upload.received, "crc32": upload.crc32, "finished": upload.finished}


def _says(status: int, sentence: str, **more: Any) -> JSONResponse:
    return JSONResponse({"sentence": sentence, **more}, status, headers=NO_STORE)
