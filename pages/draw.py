"""Draw: what do you believe causes what? The picture, what it says about the question, and the tables behind it."""

import streamlit as st

from core.effects.question import sentence
from core.events.features.listing import offered_features
from pages.components.graph_editor.mount import graph_editor
from pages.shared import (
    cached,
    controls,
    graph_in_hand,
    graph_marks,
    graph_panel,
    graph_strip,
    graph_tables,
    label_strip,
    state,
    suggested_edges,
)

controls.header("Causal graph", "What do you believe causes what? An estimate is as good as this picture.")
log = controls.open_log_or_wait()

held = graph_in_hand.in_hand(log)
if held.question is not None:
    st.markdown(f"**{controls.plain(sentence(held.question))}**")
for reason in filter(None, (held.why_none, held.lost)):
    st.warning(controls.plain(reason))
if held.why_none:
    controls.ways_out(log)
graph_strip.show(log, held)
label_strip.show(log, held)

found, why = graph_panel.identified(held.graph)
adjusted = graph_panel.chosen_set(found)
edit = graph_editor(
    state.drawing(),
    held.graph,
    suggestions=suggested_edges.show(log, held),
    marks=graph_marks.marks(held.graph, found, adjusted),
    offered=graph_tables.offered(held, offered_features(cached.workspace(), log)),
)
if edit is not None:
    if edit.kind == "dismiss":
        suggested_edges.note_dismissed(edit)
    elif edit.graph != held.graph:
        graph_in_hand.edited(log, held, edit.graph)
    st.rerun()
graph_strip.lesson(held)

says, tables = st.columns([3, 2], gap="medium")
with says:
    graph_panel.show(held, found, why)
    graph_panel.use(log, held)
with tables:
    changed = graph_tables.show(held)
if changed != held.graph:
    graph_in_hand.edited(log, held, changed)
    st.rerun()
