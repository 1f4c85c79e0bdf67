"""Diagnose: are the arms comparable, and does the number withstand attempts to break it? Reads a finished study."""

import streamlit as st

from core.errors import WhypathError
from pages.shared import controls, diagnose_views, refute_views, study_choice, verdict_view

controls.header("Diagnose", "Can the arms be compared, and does the number withstand attempts to break it?")
log = controls.open_log_or_wait()

try:
    result = study_choice.chosen_study(log)
    if result is None:
        st.stop()
    verdict_view.show_verdict(result, result["outcome_unit"])
    comparable, robust = st.tabs(["Comparable?", "Robust?"])
    with comparable:
        diagnose_views.show_diagnosis(result)
    with robust:
        refute_views.show_refutations(result)
except WhypathError as error:
    st.error(controls.plain(str(error)))
