"""What if: the graph is fitted as a model and asked; as right as the graph and its mechanisms are."""

import streamlit as st

from core.errors import WhypathError
from core.storage.runs import find_result
from pages.shared import cached, controls, graph_in_hand, state, what_if_form, what_if_views

controls.header("What if", "What would the outcome be if something were set, and what is a change due to?")
log = controls.open_log_or_wait()

graph = graph_in_hand.graph_in_hand(log)
if not graph.edges:
    st.info("The graph in hand has no edges yet, so nothing would follow from setting a node.")
    controls.go_to("draw.py", "Draw one")
    st.stop()

try:
    with st.container(border=True):
        what_if_form.ask(log, graph)
    run_id = state.recall(state.ASKING)
    if run_id is None:
        st.caption(
            "A mechanism is fitted for every node from its causes. A hidden common cause would be taken for their own "
            "doing, so a graph with one is refused."
        )
    elif controls.watch(run_id) == "done":
        what_if_views.show(find_result(cached.workspace(), run_id))
except WhypathError as error:
    st.error(controls.plain(str(error)))
