"""Places the upload on a page; the browser sends the files itself and says only which ones have arrived."""

from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent

_mounted = st.components.v2.component(
    "whypath_big_upload",
    html=(HERE / "widget.html").read_text(encoding="utf-8"),
    css=(HERE / "widget.css").read_text(encoding="utf-8"),
    js=(HERE / "widget.js").read_text(encoding="utf-8"),
)


def big_upload(key: str, *, page: str, ticket: str, piece_bytes: int, room_bytes: int) -> list[str]:
    """Draw it; returns the ids of the uploads that have arrived, once, when all that were chosen together are there.

    page: the last part of the page's address, from which the browser finds the app's; ticket: allows to begin;
    room_bytes: what may be sent without filling the disk.
    """
    told = _mounted(
        key=key,
        data={"key": key, "page": page, "ticket": ticket, "pieceBytes": piece_bytes, "roomBytes": room_bytes},
        on_arrived_change=lambda: None,
    )
    arrived = told.arrived if isinstance(told.arrived, list) else []
    return [str(upload_id) for upload_id in arrived]
