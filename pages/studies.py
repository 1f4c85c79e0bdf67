"""Studies: what was found so far, whether it still stands, and what differs between two answers."""

import streamlit as st

from core.effects.finished import finished_studies
from core.errors import WhypathError
from pages.shared import cached, controls, study_comparison, study_list

controls.header("Studies", "What was found so far, does it still stand, and why do two answers differ?")
log = controls.open_log_or_wait()

try:
    found = finished_studies(cached.workspace(), log.log_id)[: study_list.SHOWN]
    if not found:
        st.info("No study is finished yet, neither of this log nor of a ready table.")
        controls.go_to("ask.py", "Ask a question")
        st.stop()
    study_list.show_all(found)
    chosen = study_list.choose(found)
    if len(chosen) == 1:
        study_list.show_one(chosen[0])
    elif chosen:
        study_comparison.show(chosen)
except WhypathError as error:
    st.error(controls.plain(str(error)))
