"""Quality: may this log be believed?"""

import streamlit as st

from core.errors import WhypathError
from core.events.quality.quality_spec import QualitySpec
from pages.shared import controls, findings

controls.header("Quality", "May this log be believed?")
opened = controls.open_log_or_wait()
try:
    quality = findings.judged(opened, QualitySpec())
    if quality is not None:
        findings.show(opened, quality)
except WhypathError as error:
    st.error(controls.plain(str(error)))
