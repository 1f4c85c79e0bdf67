"""Discover: which edges do the data suggest? Suggestions with a stability each, to accept one by one."""

import streamlit as st

from core.errors import WhypathError
from core.storage.runs import find_result
from pages.shared import cached, controls, discover_form, state, suggestion_views

controls.header("Discover", "Which edges do the data suggest? Hypotheses to judge one by one, never facts.")
log = controls.open_log_or_wait()

try:
    with st.container(border=True):
        discover_form.ask(log)
    run_id = state.recall(state.DISCOVERY)
    if run_id is None:
        st.caption(
            "Nothing is taken into your graph by itself. What is found depends on what is measured: a missing common "
            "cause looks like an edge."
        )
    elif controls.watch(run_id) == "done":
        suggestion_views.show(log, run_id, find_result(cached.workspace(), run_id))
except WhypathError as error:
    st.error(controls.plain(str(error)))
