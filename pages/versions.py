"""Versions: what each import, append and cleaning made of this log, and the way back."""

import streamlit as st

from core.errors import WhypathError
from core.events.version_diff import described_versions
from pages.shared import cached, controls, version_history

controls.header("Versions", "What each import, append and cleaning made of this log, and the way back.")
opened = controls.open_log_or_wait()
try:
    versions = described_versions(cached.workspace(), opened.log_id)
    version_history.show_table(opened.log_id, versions)
    version_history.show_one(opened.log_id, versions)
    version_history.show_rule(opened.log_id, versions)
    version_history.show_deletion(opened.log_id, opened.manifest["name"])
except WhypathError as error:
    st.error(controls.plain(str(error)))
