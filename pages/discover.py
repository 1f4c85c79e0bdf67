"""Discover: which edges do the data suggest? Suggestions with a stability each, to accept one by one."""

import streamlit as st

from core.errors import WhypathError
from pages.shared import controls, discover_form, state, suggestion_views

controls.header("Discover", "Which edges do the data suggest? Hypotheses to judge one by one, never facts.")
log = controls.open_log_or_wait()

try:
    with st.container(border=True):
        discover_form.ask(log)
    found = controls.result_of(
        state.DISCOVERY,
        "Nothing is taken into your graph by itself. What is found depends on what is measured: a missing common cause "
        "looks like an edge.",
    )
    if found is not None:
        suggestion_views.show(log, *found)
except WhypathError as error:
    st.error(controls.plain(str(error)))
    controls.ways_out(log)
