"""Choosing what to import: an upload, files on the server, a database, a shipped sample, or the demo."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from core.errors import NotFound
from core.events.demo.run import DEMO_LOG
from core.events.sample import example_file, sample_files
from core.storage.arrivals import allowed_paths, path_roots
from core.storage.machine import free_disk_bytes
from core.storage.tickets import BEGIN, issue
from core.storage.uploads import PIECE_BYTES, SPARE_BYTES, Upload, discard, uploaded_file, waiting_uploads
from pages.components.big_upload.mount import big_upload
from pages.shared import cached, controls, database_form, state
from pages.shared.controls import plain

UPLOADED, ON_SERVER, DATABASE, SAMPLE, DEMO = "Upload", "Path on the server", "Database", "Sample", "Demo"
TICKET_HOURS = 12
ROOM_STEP = 100 * 1024**2  # the room is said in steps, so that the browser is not told anew at every run
MEGABYTE = 1024**2


def choose_files() -> state.Arrival | None:
    """Let the analyst choose; returns the files that wait to be imported, once there are some. Raises BadFile."""
    arrival = state.arrived()
    if arrival is not None:
        _show_arrival(arrival)
        return arrival
    source = st.segmented_control(
        "From",
        [UPLOADED, ON_SERVER, DATABASE, SAMPLE, DEMO],
        default=UPLOADED,
        key=state.SOURCE,
        required=True,
        label_visibility="collapsed",
    )
    {UPLOADED: _upload, ON_SERVER: _server_path, DATABASE: database_form.choose_rows, SAMPLE: _samples, DEMO: _demo}[
        str(source)
    ]()
    return None


def take_uploads(upload_ids: Sequence[str]) -> None:
    """Finished uploads become what waits to be imported, together; raises NotFound."""
    found = [uploaded_file(cached.workspace(), upload_id) for upload_id in upload_ids]
    if not found:
        raise NotFound("No upload was named; choose the files again.")
    take([str(path) for path, _ in found], Path(found[0][1]).stem)


def take(paths: Sequence[str], name: str, mapping: Mapping[str, str] | None = None) -> None:
    """Files become what waits to be imported; the last import is no longer looked at."""
    state.keep_arrival(state.Arrival(tuple(paths), name[:200], mapping))
    state.forget(state.IMPORT)


def _show_arrival(arrival: state.Arrival) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="arrival"):
        names = [f"{Path(path).name} ({_size(Path(path).stat().st_size)})" for path in arrival.paths if _is_there(path)]
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        st.markdown(f":material/draft: {plain(', '.join(names[:5]))}{more}", width="stretch")
        st.button("Choose something else", on_click=state.keep_arrival, args=(None,), key="another-file")


def _is_there(path: str) -> bool:
    return Path(path).is_file()


def _upload() -> None:
    workspace, now = cached.workspace(), time.time()
    room = max(0, free_disk_bytes(workspace.root) - SPARE_BYTES) // ROOM_STEP * ROOM_STEP
    hour = now // 3600 * 3600  # the same ticket for an hour: the browser is told once
    arrived = big_upload(
        state.UPLOAD,
        page="load",
        ticket=issue(workspace, BEGIN, now=hour, lasts_seconds=TICKET_HOURS * 3600),
        piece_bytes=PIECE_BYTES,
        room_bytes=room,
    )
    if arrived:
        take_uploads(arrived)
        st.rerun()
    st.caption(
        "CSV, TSV, Parquet, JSON, Excel, also packed; what a file is, is told from its content. "
        f"{room / 1024**3:,.0f} GB fit on the server."
    )
    _show_waiting(waiting_uploads(workspace, now=now))
    with st.expander("What a log looks like", icon=":material/table_rows:"):
        rows = pd.read_csv(example_file())
        controls.table(rows, name="example-log", alt="A log of 20 events", height=260)
        st.caption("Other column names are fine: you say which is which. More columns are kept as attributes.")


def _show_waiting(uploads: Sequence[Upload]) -> None:
    """What arrived earlier: to go on with, or to delete. Nothing that was sent is lost with the page."""
    if not uploads:
        return
    with st.container(border=True, key="waiting-uploads"):
        st.caption("Arrived earlier and not imported")
        for upload in uploads[:20]:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{plain(upload.name)}  \n:gray[{_how_far(upload)}]", width="stretch")
                if upload.finished and st.button("Use", key=f"use-{upload.upload_id}"):
                    take_uploads([upload.upload_id])
                    st.rerun()
                st.button(
                    "Delete",
                    key=f"discard-{upload.upload_id}",
                    on_click=discard,
                    args=(cached.workspace(), upload.upload_id),
                )
        if len(uploads) > 20:
            st.caption(f"and {len(uploads) - 20} older ones.")


def _how_far(upload: Upload) -> str:
    if upload.finished:
        return _size(upload.bytes)
    return f"{_size(upload.received)} of {_size(upload.bytes)}: choose the same file above and it goes on"


def _size(count: int) -> str:
    return f"{count / MEGABYTE:,.1f} MB" if count >= MEGABYTE / 10 else f"{count / 1024:,.1f} kB"


def _server_path() -> None:
    roots = " or ".join(str(root) for root in path_roots())
    text = st.text_input(
        "A file, a folder, or a pattern",
        key=state.SERVER_PATH,
        placeholder="/…/logs/2026-*.csv.gz",
        help=f"Must lie under {roots}.",
    )
    if st.button("Look at it", key="look-at-path") and text.strip():
        paths = allowed_paths(text)
        take([str(path) for path in paths], paths[0].stem if len(paths) == 1 else paths[0].parent.name)
        st.rerun()


def _samples() -> None:
    for sample in sample_files():
        with st.container(border=True):
            st.markdown(f"**{plain(sample.name)}**")
            st.caption(plain(sample.notice))
            st.button(
                "Use this sample",
                key=f"sample-{sample.name}",
                on_click=take,
                args=([str(sample.path)], sample.name, sample.mapping),
            )


def _demo() -> None:
    with st.container(border=True):
        st.markdown("**Demo shop**")
        st.caption(
            "A simulated shop whose truth is known: what searching causes is built in, so that every method can be "
            "held against it. It is in this workspace already."
        )
        controls.go_to("start.py", "Open the demo", log=DEMO_LOG)
