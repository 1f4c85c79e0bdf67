"""Train: which model, on which events, for how long? A run of its own does the work."""

import streamlit as st

from core.errors import WhypathError
from core.jobs.queue import submit
from core.recommenders import BASELINES, MODELS
from core.recommenders.train_spec import TrainSpec
from pages.shared import cached, controls, model_runs, state
from pages.shared.settings_form import settings_of

PRESETS = {"quick": "Quick: about a minute", "full": "Full: until it stops improving"}
PROTOCOLS = {"temporal": "One cutoff in time (temporal)", "leave-one-out": "Each user's last event (leave-one-out)"}

controls.header("Train", "Which model learns what a user does next, and does it beat what is merely popular?")
log = controls.open_log_or_wait()

with st.container(border=True, key="train-form"):
    choices = {**MODELS, **BASELINES}
    model = st.segmented_control(
        "Model", choices, format_func=lambda name: choices[name].title, default="sasrec", key=state.MODEL, required=True
    )
    st.caption(choices[str(model)].says)
    preset = st.segmented_control(
        "Preset", PRESETS, format_func=PRESETS.__getitem__, default="quick", key=state.PRESET, required=True
    )
    types = [str(row["event_type"]) for row in log.manifest["event_types"]]
    with st.expander("Events, evaluation and settings"):
        counted = st.multiselect("Events that count", types, default=types, key=state.COUNTED)
        protocol = st.radio(
            "Separate training from evaluation by", list(PROTOCOLS), format_func=PROTOCOLS.__getitem__,
            key=state.PROTOCOL, horizontal=True,
        )  # fmt: skip
        own = settings_of(choices[str(model)].spec, model=str(model), preset=str(preset))

try:
    spec = TrainSpec.read(
        {
            "model": model,
            "preset": preset,
            "protocol": protocol,
            "event_types": None if set(counted) == set(types) else counted,
            "settings": own,
        }
    )
except WhypathError as error:
    st.error(controls.plain(str(error)))
    st.stop()

st.caption(model_runs.cost_note(log, spec))
if st.button("Train", type="primary", icon=":material/play_arrow:", key="train"):
    title = f"{choices[spec.model].title} on {log.manifest['name']} ({spec.preset})"
    run_id = submit(
        cached.workspace(), "train", spec.plain(), title=title, log_id=log.log_id, version_id=log.version_id
    )
    st.switch_page(controls.PAGES / "runs.py", query_params={state.RUN: run_id, state.LOG: log.log_id})
