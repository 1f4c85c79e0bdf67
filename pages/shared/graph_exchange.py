"""Graphs in and out of the page: a file or pasted code, and every text format, SVG and PNG."""

import re
from pathlib import PurePath

import streamlit as st

from core.errors import BadFile, WhypathError
from core.figures.picture import png, svg
from core.graphs.causal_graph import CausalGraph
from core.graphs.formats.text_formats import FORMATS, decoded, graph_text, guessed_ending, lost_in, parse_noting
from core.storage.engine import Log
from pages.shared import controls, graph_in_hand, state
from pages.shared.controls import plain

EXAMPLE = "dag {\n  search [exposure]\n  buy [outcome]\n  intent [latent]\n  intent -> {search buy}\n  search -> buy\n}"
UNSAFE = r"[^\w.-]+"  # in the name of a file
PICTURES = {".svg": "SVG picture", ".png": "PNG picture"}
MIME = {".svg": "image/svg+xml", ".png": "image/png", ".json": "application/json"}


def bring(log: Log) -> None:
    """Read a graph from a file or from pasted code; what was not understood is said on the strip."""
    file = st.file_uploader(
        "A graph file", type=[ending.removeprefix(".") for ending in (*FORMATS, ".gv", ".xml", ".txt")],
        key=state.field("graph", "file", log.log_id),
    )  # fmt: skip
    code = st.text_area(
        "or its code", key=state.field("graph", "code", log.log_id), placeholder=EXAMPLE, height=190,
        help="DAGitty (also from R), DOT, GML, GraphML, JSON or NetworkX node-link JSON: it is recognised.",
    )  # fmt: skip
    if not st.button("Import", key="import-graph", type="primary"):
        return
    try:
        if file is not None:
            text, name = decoded(file.getvalue(), file.name), PurePath(file.name)
            ending = name.suffix.lower()
            graph, notes = parse_noting(text, guessed_ending(text) if ending in ("", ".txt") else ending)
        elif code.strip():
            graph, notes = parse_noting(code, guessed_ending(code))
        else:
            raise BadFile("Bring a file, or paste the code of a graph.")
    except WhypathError as error:
        st.error(plain(str(error)))
        return
    graph_in_hand.open_other(log, graph)
    read = f"Imported {len(graph.nodes)} variables and {len(graph.edges)} edges."
    state.note(state.GRAPH_SAID, [read, *notes])
    st.rerun()


def take_away(graph: CausalGraph, name: str) -> None:
    """Download the graph in any format; what a format cannot hold is said."""
    titles = {ending: form.title for ending, form in FORMATS.items()} | PICTURES
    ending = st.selectbox("Format", titles, format_func=titles.__getitem__, key="export-format", width=320)
    try:
        if ending in FORMATS:
            text = graph_text(graph, ending)
            controls.notes(lost_in(graph, ending))
            st.code(text, language=None, height=190)
    except WhypathError as error:
        st.error(plain(str(error)))
        return
    st.download_button(
        "Download", lambda: _made(graph, ending), file_name=re.sub(UNSAFE, "-", name) + ending,
        mime=MIME.get(ending, "text/plain"), icon=":material/download:", key="export-graph", on_click="ignore",
        type="primary",
    )  # fmt: skip


def _made(graph: CausalGraph, ending: str) -> str | bytes:
    if ending == ".png":
        return png(graph)
    return svg(graph) if ending == ".svg" else graph_text(graph, ending)
