"""What if: the graph is fitted as a model and asked; as right as the graph and its mechanisms are."""

import streamlit as st

from core.errors import WhypathError
from pages.shared import controls, graph_in_hand, state, what_if_form, what_if_views

controls.header("What if", "What would the outcome be if something were set, and what is a change due to?")
log = controls.open_log_or_wait()
graph = graph_in_hand.with_edges(log, "nothing would follow from setting a node")

try:
    with st.container(border=True):
        what_if_form.ask(log, graph)
    found = controls.result_of(
        state.ASKING,
        "A mechanism is fitted for every node from its causes. A hidden common cause would be taken for their own "
        "doing, so a graph with one is refused.",
    )
    if found is not None:
        what_if_views.show(found[1])
except WhypathError as error:
    st.error(controls.plain(str(error)))
