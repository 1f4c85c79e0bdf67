"""The protocol card of a study: the trial one would run, beside how the data emulate it."""

from typing import Any

import pandas as pd
import streamlit as st

from core.effects.protocol import protocol
from core.effects.study_spec import StudySpec
from pages.shared import controls


def show_protocol(result: dict[str, Any]) -> None:
    """Each element as the trial would have it, and as this study has it; the same as CSV."""
    rows = [row.plain() for row in protocol(StudySpec.read(result["spec"]), result)]
    st.caption("A target trial: what one would do by chance on purpose, and what stands in for it here.")
    for row in rows:
        with st.container(border=True):
            st.markdown(f"**{row['element']}**")
            trial, emulation = st.columns(2)
            trial.caption("The trial")
            trial.markdown(controls.plain(row["trial"]))
            emulation.caption("Here")
            emulation.markdown(controls.plain(row["emulation"]))
    controls.download(pd.DataFrame(rows), name="protocol")
