"""The form of a study of a ready table: bring the file, say which column is what, queue the study."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from core.effects.study_spec import StudySpec
from core.events.recognise import Recognised
from core.jobs.queue import submit
from core.storage.arrivals import ENDINGS, UPLOAD_BYTES, allowed_path, keep_upload
from pages.shared import cached, state
from pages.shared.trim_field import trim_field

NONE = "none"
READING = {"has_header": True}  # all that is known of a ready table before it is looked at
USUAL_TREATMENTS = ("treatment", "treated", "treat", "t", "exposed", "arm", "variant", "group")
NUMBER = re.compile(r"[-+]?\d*\.?\d+([eE][-+]?\d+)?")
USUAL_OUTCOMES = ("outcome", "y", "target", "converted", "re78")


def choose_table() -> str | None:
    """An upload or a path on the server; returns where the file lies, once there is one. Raises BadFile."""
    upload, server = st.columns(2)
    file = upload.file_uploader(
        "CSV, TSV, Excel or Parquet, up to 50 MB",
        type=[ending.removeprefix(".") for ending in ENDINGS],
        key=state.TABLE_UPLOAD,
        max_upload_size=UPLOAD_BYTES // 2**20,
    )
    typed = server.text_input("or a path on the server", key=state.TABLE_PATH, placeholder="/…/table.parquet")
    if file is not None and not state.is_known_upload(file.file_id):
        state.remember_table(str(keep_upload(cached.workspace(), file.name, file.getvalue())))
        state.note_upload(file.file_id)
    elif typed.strip():
        return str(allowed_path(typed))
    return state.open_table()


def choose_second_table() -> str | None:
    """The path on the server, or of an upload, of a later period's table. Raises BadFile."""
    file = st.file_uploader(
        "The later period: CSV, TSV, Excel or Parquet, up to 50 MB",
        type=[ending.removeprefix(".") for ending in ENDINGS],
        key=state.SECOND_TABLE,
        max_upload_size=UPLOAD_BYTES // 2**20,
    )
    typed = st.text_input("or its path on the server", key=state.SECOND_TABLE + "-path", placeholder="/…/table.parquet")
    if file is not None:
        return str(keep_upload(cached.workspace(), file.name, file.getvalue()))
    return str(allowed_path(typed)) if typed.strip() else None


def ask(path: str, found: Recognised) -> None:
    """Show the first rows, let the analyst choose columns, and queue the study. Raises BadSpec."""
    names = [name for name, _, _ in found.columns]
    st.dataframe(found.first_rows, hide_index=True, height=180, alt="First rows of the table", key="table-preview")
    with st.form("table-study", border=True):
        measured = [name for name, kind, examples in found.columns if _is_number(kind, examples)]
        of_two = [name for name, _, examples in found.columns if len(set(examples)) == 2]  # examples are up to three
        asked = _main_columns(names, (of_two or names)[0], (measured or names)[-1])
        with st.expander("More about the columns: experiment, instrument, cutoff, dose, arms, follow-up, weights"):
            asked |= _further_columns(names)
        if st.form_submit_button("Estimate", type="primary", icon=":material/balance:"):
            spec = StudySpec.read({"table": path, **asked})
            title = f"{spec.treatment} on {spec.outcome} ({Path(path).name})"
            state.remember(state.TABLE_STUDY, submit(cached.workspace(), "study", spec.plain(), title=title))


def _main_columns(names: Sequence[str], treating: str, last_number: str) -> dict[str, Any]:
    """treating, last_number: the columns to begin with, where none has a usual name."""
    left, right = st.columns(2)
    treatment = left.selectbox("Treatment", names, _usual(names, USUAL_TREATMENTS, treating))
    outcome = right.selectbox("Outcome", names, _usual(names, USUAL_OUTCOMES, last_number))
    covariates = st.multiselect(
        "Covariates, measured before the treatment", names, placeholder="every column that is no id and no time"
    )
    placebo = left.selectbox(
        "Placebo outcome", [NONE, *names], help="The outcome as it was before the treatment: it cannot be affected."
    )
    cluster = right.selectbox("Rows belong together by", [NONE, *names], help="For example the user, if repeated.")
    estimand = left.segmented_control(
        "Averaged over",
        ["ATE", "ATT", "ATO"],
        default="ATE",
        required=True,
        help="All units (ATE), the treated (ATT), or the overlap population, where either arm was likely (ATO).",
    )
    return {
        "treatment": treatment,
        "outcome": outcome,
        "covariates": covariates or None,
        "placebo_outcome": _named(placebo),
        "cluster": _named(cluster),
        "estimand": estimand,
    }


def _further_columns(names: Sequence[str]) -> dict[str, Any]:
    left, right = st.columns(2)
    randomised = left.checkbox("The treatment was assigned by chance (an experiment)")
    share = left.number_input(
        "Share that was to be treated", 0.0, 1.0, value=None, placeholder="not stated", help="For an experiment."
    )
    dose = left.checkbox("The treatment is an amount (a dose)")
    control = left.text_input(
        "Value that stands for no treatment",
        placeholder="guessed",
        help="For several arms: what they are held against.",
    )
    instruments = right.multiselect(
        "Instruments", names, placeholder="none", help="Columns that move the treatment and nothing else."
    )
    mediators = right.multiselect(
        "Mediators", names, placeholder="none", help="Columns that carry part of the effect, measured in between."
    )
    negative = right.selectbox("Negative control", [NONE, *names], help="An outcome that the treatment cannot change.")
    follow_up = right.selectbox(
        "Days of follow-up",
        [NONE, *names],
        help="Days until the outcome, where its column is 1, or until nobody looked any more, where it is 0.",
    )
    running = left.selectbox(
        "Column with a cutoff", [NONE, *names], help="From a value of it on, units were treated (discontinuity)."
    )
    cutoff = left.number_input("Cutoff", value=None, placeholder="none", format="%g")
    weights = right.selectbox("Weights", [NONE, *names], help="How many units each row stands for.")
    with left:
        trim = trim_field()
    return {
        "trim": trim,
        "randomised": randomised,
        "treated_share": share,
        "dose": dose,
        "control": control.strip() or None,
        "instruments": instruments,
        "mediators": mediators,
        "negative_control": _named(negative),
        "follow_up": _named(follow_up),
        "running": _named(running),
        "cutoff": cutoff,
        "weights": _named(weights),
    }


def _named(column: str) -> str | None:
    return None if column == NONE else column


def _is_number(kind: str, examples: Sequence[str]) -> bool:
    """By its kind in the file, or, in a file of text, by what its cells look like."""
    looks = bool(examples) and all(NUMBER.fullmatch(example.strip()) for example in examples)
    return kind in ("integer", "decimal", "boolean") or looks


def _usual(names: Sequence[str], usual: Sequence[str], otherwise: str) -> int:
    lower = [name.lower() for name in names]
    return next((lower.index(name) for name in usual if name in lower), names.index(otherwise))
