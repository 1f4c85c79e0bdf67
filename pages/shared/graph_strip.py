"""The strip over the editor: which graph this is, and to save, open, name, import and export graphs of the log."""

from typing import Any

import streamlit as st

from core.effects.question_graph import same_belief
from core.errors import WhypathError
from core.graphs import library
from core.graphs.causal_graph import CausalGraph
from core.graphs.library import KeptGraph
from core.graphs.textbook import TEXTBOOK
from core.storage.engine import Log
from pages.shared import cached, graph_exchange, graph_in_hand, state, words
from pages.shared.controls import plain
from pages.shared.graph_in_hand import InHand

POPOVERS = ("Open", "Save", "Versions", "Import", "Export")
OWN, DRAFT, KEPT, LESSON = "own", "draft", "kept", "lesson"


def show(log: Log, held: InHand) -> None:
    """One line: the graph's name and version, then what can be done with it."""
    _close_what_is_done()
    with st.container(horizontal=True, vertical_alignment="center", key="graph-strip"):
        st.markdown(_standing(log, held))
        with _popover("Open", ":material/folder_open:"):
            _open(log)
        st.button("New", icon=":material/add:", key="new-graph", on_click=_begin, args=(log, held.graph),
                  help="An empty graph with the same treatment and outcome")  # fmt: skip
        with _popover("Save", ":material/save:"):
            _save(log, held.graph)
        if graph_in_hand.name_in_hand():
            with _popover("Versions", ":material/history:"):
                _versions(log)
        with _popover("Import", ":material/upload:"):
            graph_exchange.bring(log)
        with _popover("Export", ":material/download:"):
            graph_exchange.take_away(held.graph, graph_in_hand.name_in_hand() or "graph")
    said = state.noted(state.GRAPH_SAID)
    if said:
        st.caption("  \n".join(f":material/info: {plain(each)}" for each in said))
        state.note(state.GRAPH_SAID, None)


def _popover(label: str, icon: str) -> Any:
    """A popover that is closed once it has done its work."""
    return st.popover(label, icon=icon, key=state.GRAPH_POPOVER + label, on_change="rerun")


def _close_what_is_done() -> None:
    if state.noted(state.GRAPH_DONE):
        state.note(state.GRAPH_DONE, None)
        for label in POPOVERS:
            state.note(state.GRAPH_POPOVER + label, False)


def _standing(log: Log, held: InHand) -> str:
    """What this graph is: its name and version, or that it is not saved."""
    name = graph_in_hand.name_in_hand()
    if not name:
        return "**The question's graph**" if held.follows else "**A graph that is not saved**"
    found = [kept.versions for kept in library.graphs_of(cached.workspace(), log.log_id) if kept.name == name]
    versions = found[0] if found else ()
    same = [number for number, version in enumerate(versions, 1) if version.graph_id == state.recall(state.GRAPH)]
    if not same:
        return f"**{plain(name)}** :gray[changed since it was saved]"
    later = f" of {len(versions)}" if same[-1] < len(versions) else ""
    return f"**{plain(name)}** :gray[version {same[-1]}{later}]"


def _begin(log: Log, graph: CausalGraph) -> None:
    nodes = tuple(node for node in graph.nodes if {"treatment", "outcome"} & set(node.roles))
    ends = {node.name for node in nodes}
    edges = tuple(edge for edge in graph.edges if set(edge) <= ends)
    graph_in_hand.open_other(log, CausalGraph(nodes, edges))


def _open(log: Log) -> None:
    """One list: the question's graph, the last draft, the log's graphs, the textbook."""
    kept = library.graphs_of(cached.workspace(), log.log_id)
    draft = library.draft_of(cached.workspace(), log.log_id)
    choices: dict[tuple[str, str], str] = {(OWN, ""): "The question's graph"}
    if draft is not None:
        choices[DRAFT, draft["graph_id"]] = f"Not saved, {words.moment(draft['at'])}"
    choices |= {(KEPT, each.name): f"{each.name} ({_counted(each)})" for each in kept}
    choices |= {(LESSON, key): f"Textbook: {lesson.title}" for key, lesson in TEXTBOOK.items()}
    key = state.field("graph", "open", log.log_id)
    state.keep_choice(key, choices)
    chosen = st.selectbox("Graph", choices, format_func=choices.__getitem__, key=key, width=320)
    if chosen[0] == LESSON:
        st.caption(TEXTBOOK[chosen[1]].lesson)
    st.button("Open", key="open-graph", type="primary", on_click=_opened, args=(log, *chosen))


def _counted(kept: KeptGraph) -> str:
    count = len(kept.versions)
    return f"{count} version{'s' if count > 1 else ''}"


def _opened(log: Log, kind: str, name: str) -> None:
    try:
        if kind == OWN:
            graph_in_hand.open_own()
        elif kind == LESSON:
            graph_in_hand.open_other(log, TEXTBOOK[name].graph())
        elif kind == DRAFT:
            draft = library.draft_of(cached.workspace(), log.log_id) or {}
            graph_in_hand.open_other(log, library.open_graph(cached.workspace(), name), draft.get("name", ""))
        else:
            newest = library.graph_named(cached.workspace(), log.log_id, name).newest
            graph_in_hand.open_other(log, library.open_graph(cached.workspace(), newest.graph_id), name)
    except WhypathError as error:
        state.note(state.GRAPH_SAID, [str(error)])


def _save(log: Log, graph: CausalGraph) -> None:
    held = graph_in_hand.name_in_hand()  # a field in a closed popover is not filled from Python: it has to begin so
    name_key, note_key = (
        state.field("graph", part + (held and f"-of-{held}"), log.log_id) for part in ("name", "note")
    )
    name = st.text_input("Name", held, key=name_key, max_chars=library.LONGEST_NAME)
    note = st.text_input("Note", key=note_key, max_chars=200, placeholder="why it changed (may stay empty)")
    if st.button("Save as a version", key="save-graph", type="primary"):
        try:
            version = library.save(cached.workspace(), log.log_id, name, graph, note=note)
        except WhypathError as error:
            st.error(plain(str(error)))
            return
        graph_in_hand.take_in_hand(log, graph, name=" ".join(name.split()))
        state.note(state.GRAPH_DONE, True)
        state.note(state.GRAPH_SAID, [f"Saved: {version.changed}" if version.changed else "Saved."])
        st.rerun()


def _versions(log: Log) -> None:
    """The versions of the graph in hand, to go back to, and what can be done with the whole."""
    name = graph_in_hand.name_in_hand()
    try:
        kept = library.graph_named(cached.workspace(), log.log_id, name)
    except WhypathError as error:
        st.caption(plain(str(error)))
        return
    numbers = list(range(len(kept.versions), 0, -1))
    key = state.field("graph", "version", log.log_id)
    state.keep_choice(key, numbers)
    number = st.selectbox("Version", numbers, format_func=lambda number: _told(kept, number), key=key, width=420)
    version = kept.versions[number - 1]
    st.caption(plain(f"{version.nodes} variables, {version.edges} edges. {version.changed or 'The first version.'}"))
    with st.container(horizontal=True):
        _do("Open it", "open-version", log, "open", name, number)
        if number != len(kept.versions):
            _do("Make it the newest", "restore-version", log, "restore", name, number)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        new = st.text_input("New name", key=state.field("graph", "rename", log.log_id), max_chars=library.LONGEST_NAME)
        _do("Rename", "rename-graph", log, "rename", name, new)
    with st.container(horizontal=True):
        _do("Duplicate", "duplicate-graph", log, "duplicate", name)
        _do("Delete all its versions", "delete-graph", log, "delete", name)


def _told(kept: KeptGraph, number: int) -> str:
    version = kept.versions[number - 1]
    return f"{number} · {words.moment(version.saved_at)}" + (f" · {version.note}" if version.note else "")


def _do(label: str, key: str, log: Log, what: str, name: str, more: str | int = "") -> None:
    st.button(label, key=key, on_click=_done, args=(log, what, name, more))


def _done(log: Log, what: str, name: str, more: str | int) -> None:
    """Carry out what a button asks for; what is refused is said on the strip."""
    place = (cached.workspace(), log.log_id)
    state.note(state.GRAPH_DONE, True)
    try:
        if what == "rename":
            state.remember(state.GRAPH_NAME, library.rename(*place, name, str(more)))
        elif what == "delete":
            library.delete(*place, name)
            state.forget(state.GRAPH_NAME)
            state.note(state.GRAPH_SAID, [f"'{name}' is deleted; the drawing stays here, not saved."])
        else:
            number = int(more) if more else 0
            if what == "restore":
                library.restore(*place, name, number)
            if what == "duplicate":
                name = library.duplicate(*place, name)
            versions = library.graph_named(*place, name).versions
            version = versions[number - 1] if what == "open" else versions[-1]
            graph_in_hand.open_other(log, library.open_graph(cached.workspace(), version.graph_id), name)
    except WhypathError as error:
        state.note(state.GRAPH_SAID, [str(error)])


def lesson(held: InHand) -> None:
    """What a classic graph teaches, while it is in hand."""
    if held.follows:
        return
    for each in TEXTBOOK.values():
        if same_belief(each.graph(), held.graph):
            st.info(f"**{each.title}.** {each.lesson} **Adjusting:** {each.adjusting}", icon=":material/school:")
