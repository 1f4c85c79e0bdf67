"""What was labelled on the causal screen, in Draw: a button that draws it, a warning where the drawing denies it."""

import streamlit as st

from core.effects.screen.labels import labelled
from core.graphs.background import Drawn, drawn_with
from core.storage.engine import Log
from pages.shared import cached, controls, graph_in_hand, state, words
from pages.shared.graph_in_hand import InHand


def show(log: Log, held: InHand) -> None:
    """Nothing where nothing is labelled."""
    causal, not_causal = labelled(cached.workspace(), log.log_id)
    denied = [pair for pair in held.graph.edges if pair in not_causal]
    if denied:
        arrows = ", ".join(f"{cause} → {effect}" for cause, effect in denied)
        st.warning(
            controls.plain(f"Drawn, but labelled not causal on the causal screen: {arrows}. One of the two is wrong."),
            icon=":material/label_off:",
        )
    here, everywhere = (drawn_with(held.graph, causal, missing=missing) for missing in (False, True))
    more = len(everywhere.added) > len(here.added)
    if not here.added and not more:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        pairs = words.counted(len(everywhere.added), "pair")
        st.markdown(f":material/label: {pairs} labelled causal and not drawn")
        if here.added and st.button("Add what was labelled", icon=":material/add:", key="add-labelled"):
            _add(log, held, here)
        if more and st.button(
            "Add with their event types" if here.added else "Add what was labelled",
            icon=":material/add_circle:",
            key="add-labelled-all",
            help="Event types that are not drawn yet become variables. A study takes those for unmeasured: what "
            "happened of them before time zero is told by the covariate groups.",
        ):
            _add(log, held, everywhere)


def _add(log: Log, held: InHand, drawn: Drawn) -> None:
    arrows = ", ".join(f"{cause} → {effect}" for cause, effect in drawn.added)
    state.note(state.GRAPH_SAID, [f"Added from labels: {arrows}.", *drawn.refused])
    graph_in_hand.edited(log, held, drawn.graph)
    st.rerun()
