"""Places the editor on a page and settles who holds the truth: Python does, under a revision.

The browser draws a change at once and sends the whole graph with the revision it started from. Taken, the revision
stays and the browser keeps what it drew. Refused, or changed elsewhere (the edge table, a discovery, another page), the
revision moves on and the browser falls back to Python's graph; changes drawn on an older revision are not taken.
A run can be cut short by the next change wherever it calls Streamlit. So the browser sends every change whose answer it
has not seen, they are taken one a run, and one counts as answered only when the page is about to keep it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import streamlit as st

from core.errors import BadSpec
from core.graphs.causal_graph import ROLES, CausalGraph
from core.graphs.tiers import AFTER, BEFORE, TREATMENT
from pages.components.graph_editor.checked import (
    LONGEST_NAME,
    LONGEST_TITLE,
    MOST_NODES,
    Edit,
    read_edit,
)
from pages.components.graph_editor.shown import COLOURS, Marks, Suggested
from pages.shared import state

HERE = Path(__file__).parent
SCRIPTS = ("model", "layout", "route", "view", "draw", "panel", "add", "save", "pointer", "keys", "act", "widget")
LIMITS = {"nodes": MOST_NODES, "name": LONGEST_NAME, "title": LONGEST_TITLE}
LOCKED = "This graph is locked; make a version of your own to change it."
OVERTAKEN = "The graph was changed elsewhere in the meantime, so this last change was not taken; draw it again."

_mounted = st.components.v2.component(
    "whypath_graph_editor",
    html=(HERE / "widget.html").read_text(encoding="utf-8"),
    css=(HERE / "widget.css").read_text(encoding="utf-8"),
    js="\n".join((HERE / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS),
)


def graph_editor(
    key: str, graph: CausalGraph, *, suggestions: Sequence[Suggested] = (), marks: Marks | None = None,
    offered: Sequence[tuple[str, str]] = (), locked: bool = False, height: int = 480,
) -> Edit | None:  # fmt: skip
    """Draw it; returns what was changed in the browser since the last run, once: keep `edit.graph`, then rerun.

    key: one per graph, because undo goes back through everything that happened under it. suggestions: edges that are
    not accepted yet; those that the graph has by now are not shown. marks: what Python derived from this graph.
    offered: (name, title) of variables to add. height: of the picture, in pixels.
    """
    notes = _notes(key)
    edit = _taken(key, notes, graph, suggestions, locked)
    held = (edit or Edit(graph)).graph.plain()
    if notes["held"] != held:
        notes |= {"held": held, "revision": f"{uuid4().hex[:12]}"}
    _mounted(
        key=key,
        data={
            "key": key, "graph": held, "revision": notes["revision"], "refusal": notes["refusal"],
            "answered": notes["answered"],
            "suggestions": [each.plain() for each in suggestions],
            "marks": (marks or Marks()).plain(),
            "offered": [list(each) for each in offered],
            "locked": LOCKED if locked else "", "height": height, "roles": list(ROLES), "colours": COLOURS,
            "limits": LIMITS, "tiers": [BEFORE, TREATMENT, AFTER],
        },
        on_edits_change=lambda: None,
    )  # fmt: skip
    state.note(state.GRAPH_EDITOR + key, notes)
    return edit


def _notes(key: str) -> dict[str, Any]:
    """held: the graph that the browser is believed to show; answered: the last edit that was read; refusal: why it was
    not taken; refused: the revision it was drawn on."""
    kept = state.noted(state.GRAPH_EDITOR + key)
    return dict(kept) if kept else {"held": None, "revision": "", "answered": "", "refusal": "", "refused": ""}


def _taken(
    key: str, notes: dict[str, Any], graph: CausalGraph, suggestions: Sequence[Suggested], locked: bool
) -> Edit | None:
    """The edit that waits, if it holds; what is refused moves the revision on and is said."""
    waiting = _waiting((state.noted(key) or {}).get("edits"), notes["answered"])
    if not waiting:
        return None
    value = waiting[0]
    earlier = notes["refusal"] if value.get("revision") == notes["refused"] else ""
    notes |= {"answered": value.get("id"), "refusal": ""}
    if notes["held"] is None:  # sent to a server that has forgotten: the browser begins anew
        return None
    try:
        if locked:
            raise BadSpec(LOCKED)
        if value.get("revision") != notes["revision"] or graph.plain() != notes["held"]:
            raise BadSpec(earlier or OVERTAKEN)  # drawn on what was refused: the reason is the same
        edit = read_edit(value, graph, suggestions)
    except BadSpec as error:  # and with it what was drawn on it
        notes |= {"held": None, "refusal": str(error), "refused": value.get("revision")}
        notes["answered"] = waiting[-1].get("id")
        return None
    notes["held"] = edit.graph.plain()
    return edit


def _waiting(sent: Any, answered: str) -> list[Mapping[str, Any]]:
    """The edits behind the one that was answered last, in the order in which they were made."""
    edits = [each for each in sent if isinstance(each, Mapping)] if isinstance(sent, list) else []
    places = [place for place, each in enumerate(edits) if each.get("id") == answered]
    return edits[places[-1] + 1 :] if places else edits
