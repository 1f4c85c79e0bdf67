"""Own table: the units are ready, one row each. Choose treatment, outcome and covariates; the study is the same."""

import streamlit as st

from core.errors import WhypathError
from core.storage.runs import find_result
from pages.shared import cached, controls, state, studies, table_form

controls.header("Own table", "Is the table ready, one row per unit? Then only say which column is what.")

try:
    path = table_form.choose_table()
    if path is not None:
        table_form.ask(path, cached.recognised(path, table_form.READING))
    run_id = state.recall(state.TABLE_STUDY)
    if run_id is None:
        st.caption("Covariates must come from before the treatment, the outcome from after it: a table does not say.")
    elif controls.watch(run_id, findings=studies.so_far(run_id), every=0.5) == "done":
        result = find_result(cached.workspace(), run_id)
        st.subheader(controls.plain(result["title"]), anchor=False)
        studies.show_study(result)
except WhypathError as error:
    st.error(controls.plain(str(error)))
