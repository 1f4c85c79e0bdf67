"""Dictionary: what the events of this log are, and what the analyst defines over them."""

import streamlit as st

from pages.shared import controls, definitions_form, dictionary_tables

TABS = {
    "Event types": dictionary_tables.show_event_types,
    "Attributes": dictionary_tables.show_attributes,
    "Named events": definitions_form.show_named_events,
    "Metrics": definitions_form.show_metrics,
    "Annotations": definitions_form.show_annotations,
}

controls.header("Dictionary", "What the events of this log are: types, attributes, and what you define over them.")
log = controls.open_log_or_wait()
for tab, show in zip(st.tabs(list(TABS)), TABS.values(), strict=True):
    with tab:
        show(log)
