"""Launcher: what surrounds the pages. Start it with `streamlit run app.py`; pages/router.py is the main script.

Responses carry a strict content security policy, so that nothing in a log can make a browser fetch or run anything.
Besides the pages there are the routes that uploads arrive at.
Before the first visitor the pages' libraries are imported and frozen: Streamlit collects garbage after every run.
"""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.components.big_upload.routes import routes

ROUTER = Path(__file__).resolve().parent / "pages" / "router.py"
STREAMLITS_OWN_SCRIPT = "'sha256-THxz9J9+wf7rhwR2YkXJoSZ13UCmYyC+3lNDv2+8ugA='"  # the one in its index.html
POLICY = (
    f"default-src 'self'; script-src 'self' blob: 'wasm-unsafe-eval' {STREAMLITS_OWN_SCRIPT}; "
    "style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data: blob:; worker-src 'self' blob:; "
    "frame-ancestors 'self'; object-src 'none'; base-uri 'self'; form-action 'self'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class SafeHeaders:
    """Adds HEADERS to every HTTP response (plain ASGI, so that uploads and downloads still stream)."""

    def __init__(self, inner: ASGIApp) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message.get("headers", []), *extra]
            await send(message)

        await self.inner(scope, receive, send_with_headers if scope["type"] == "http" else send)


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Import what pages need, start the runner and the demo log, then freeze what will never be garbage."""
    for module in ("pandas", "ibis", "plotly.graph_objects", "core.figures.patterns", "core.figures.effects"):
        import_module(module)
    import_module("pages.shared.cached").start_background()
    gc.collect()
    gc.freeze()
    yield


app = st.App(
    ROUTER, routes=routes(st.get_option("server.baseUrlPath")), middleware=[Middleware(SafeHeaders)], lifespan=lifespan
)

if __name__ == "__main__":
    if st.runtime.exists():  # executed as a script by Streamlit itself, as tests do
        import_module("pages.router").main()
    else:
        app.run()
