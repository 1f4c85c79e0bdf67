"""Who benefits: for whom is the effect larger, and whom should one treat first? A run does the work."""

import streamlit as st

from core.errors import WhypathError
from core.storage.runs import find_result
from pages.shared import benefit_form, benefit_views, cached, controls

controls.header("Who benefits", "For whom is the effect larger, and whom should one treat first?")
log = controls.open_log_or_wait()

try:
    study = benefit_form.accepted_study(log)
    if study is not None:
        run_id = benefit_form.ask(study)
        if run_id is None:
            st.caption("Takes seconds to minutes; it goes on if you leave the page.")
        elif controls.watch(run_id, findings=benefit_views.so_far(run_id)) == "done":
            benefit_views.show(find_result(cached.workspace(), run_id))
except WhypathError as error:
    st.error(controls.plain(str(error)))
