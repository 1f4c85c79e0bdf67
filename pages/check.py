"""Check: where do the data contradict the graph? A verdict first, then every claim behind it."""

import streamlit as st

from core.errors import WhypathError
from core.storage.runs import find_result
from pages.shared import cached, check_form, check_views, controls, graph_in_hand, state

controls.header("Check", "Where do the data contradict the graph, and what would follow from it?")
log = controls.open_log_or_wait()

graph = graph_in_hand.graph_in_hand(log)
if not graph.edges:
    st.info("The graph in hand has no edges yet, so it claims nothing about causes.")
    controls.go_to("draw.py", "Draw one")
    st.stop()

try:
    with st.container(border=True):
        check_form.ask(log, graph)
    run_id = state.recall(state.CHECKING)
    if run_id is None:
        st.caption(
            "Every pair of nodes without an edge is a claim: given the right others, the two have nothing in common."
        )
    elif controls.watch(run_id) == "done":
        check_views.show(log, find_result(cached.workspace(), run_id), graph)
except WhypathError as error:
    st.error(controls.plain(str(error)))
