"""Load: a log in. Upload, server-side path or sample; columns recognised and corrected; bad rows kept aside."""

import streamlit as st

from core.errors import WhypathError
from pages.shared import arriving, cached, controls, state

controls.header("Load", "Bring in a log: one row per event, with at least a time.")
logs, bring = st.columns([2, 3], gap="large")

with logs:
    st.subheader("Logs in this workspace", anchor=False)
    arriving.show_logs()

with bring:
    st.subheader("Bring one in", anchor=False)
    try:
        arrival = arriving.choose_file()
        if arrival is not None:
            arriving.map_columns(arrival, cached.recognised(arrival.path))
        run_id = state.recall(state.IMPORT)
        if run_id is not None and controls.watch(run_id) == "done":
            arriving.show_import(run_id)
    except WhypathError as error:
        st.error(controls.plain(str(error)))
        st.button("Choose another file", on_click=state.keep_arrival, args=(None,), key="another-file")
