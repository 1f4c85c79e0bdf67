"""Load: a log in, from an upload of any size, the server, a database or a sample; bad rows kept aside, nothing lost."""

import streamlit as st

from core.errors import WhypathError
from pages.shared import arriving, cached, choosing, controls, mapping_form, state
from pages.shared.file_reading_form import ask_reading, reading_of

controls.header("Load", "Bring in a log: one row per event, with at least a time.")
waiting = state.arrived() is not None
bring, logs = (st.container(), st.container()) if waiting else st.columns([3, 2], gap="large")

with bring:
    st.subheader("Bring one in", anchor=False)
    try:
        arrival = choosing.choose_files()
        if arrival is not None:
            ask_reading(arrival.path)
            reading = reading_of(arrival.path)
            mapping_form.map_columns(arrival, cached.recognised(arrival.path, reading), reading)
        run_id = state.recall(state.IMPORT)
        if run_id is not None and controls.watch(run_id) == "done":
            arriving.show_import(run_id)
    except WhypathError as error:
        st.error(controls.plain(str(error)))

with logs:
    st.subheader("Logs in this workspace", anchor=False)
    arriving.show_logs()
    mapping_form.show_saved_mappings()
