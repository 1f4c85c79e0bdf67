"""Privacy: what this log hides, who could be recognised, private counts for others, and forgetting somebody."""

import streamlit as st

from core.errors import WhypathError
from pages.shared import controls, privacy_views

controls.header("Privacy", "Who could be recognised in this log, and how to forget somebody.")
opened = controls.open_log_or_wait()
privacy_views.mode(opened)

for section in (privacy_views.recognisable, privacy_views.private_export, privacy_views.forget_somebody):
    try:
        section(opened)
    except WhypathError as error:
        st.error(controls.plain(str(error)))
