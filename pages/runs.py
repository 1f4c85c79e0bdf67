"""Runs: how does training go, and which model is better? Live curves, then every model with its interval."""

import streamlit as st

from core.errors import WhypathError
from core.storage.runs import find_result, list_runs
from pages.shared import cached, controls, model_runs

controls.header("Runs", "How does training go, and does a model beat what is merely popular?")
log = controls.open_log_or_wait()

runs = list_runs(cached.workspace(), kind="train", log_id=log.log_id)
if not runs:
    st.info("No model was trained on this log yet. The quick preset takes about a minute.")
    controls.go_to("train.py", "Train one")
    st.stop()

run_id = model_runs.choose_run(runs)


def under_way() -> None:
    """What changes while the run works: its curves, and where all runs stand."""
    model_runs.show_curves(run_id)
    model_runs.show_all(list_runs(cached.workspace(), kind="train", log_id=log.log_id))


try:
    if controls.watch(run_id, below=under_way) == "done":
        model_runs.show_result(find_result(cached.workspace(), run_id))
        controls.go_to("inspect_user.py", "See what it recommends")
        under_way()
except WhypathError as error:
    st.error(controls.plain(str(error)))
