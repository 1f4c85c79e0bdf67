"""Check: where do the data contradict the graph? A verdict first, then every claim behind it."""

import streamlit as st

from core.errors import WhypathError
from pages.shared import check_form, check_views, controls, graph_in_hand, state

controls.header("Check", "Where do the data contradict the graph, and what would follow from it?")
log = controls.open_log_or_wait()
graph = graph_in_hand.with_edges(log, "it claims nothing about causes")

try:
    with st.container(border=True):
        check_form.ask(log, graph)
    found = controls.result_of(
        state.CHECKING,
        "Every pair of nodes without an edge is a claim: given the right others, the two have nothing in common.",
    )
    if found is not None:
        check_views.show(log, found[1], graph)
except WhypathError as error:
    st.error(controls.plain(str(error)))
