"""Causal screen: what does every event type do to every other? A first look at all pairs, before any study."""

import streamlit as st

from core.errors import WhypathError
from pages.shared import controls, screen_views, state

controls.header("Causal screen", "What does every event type do to every other? A first look, before any study.")
log = controls.open_log_or_wait()

try:
    screen_views.ask(log)
    found = controls.result_of(
        state.SCREEN, "Every pair is compared in one scan: raw, adjusted, and with a quick check of each. Seconds."
    )
    if found is not None:
        screen_views.show(log, found[1])
except WhypathError as error:
    st.error(controls.plain(str(error)))
    controls.ways_out(log)
