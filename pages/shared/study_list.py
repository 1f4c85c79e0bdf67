"""The list of finished studies, and one of them opened again: its whole result, its title, the way to repeat it."""

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from core.effects.compare import MOST
from core.effects.finished import FinishedStudy
from core.effects.question import CausalQuestion
from core.storage.catalogue import keep_spec
from core.storage.run_care import delete_run, rename_run
from core.storage.runs import find_result
from pages.shared import cached, controls, state, studies, words

SHOWN: Final = 50  # the newest
LONG: Final = 60  # characters of a title that a column of its own accord cuts off
OF_ALL: Final = "For all users, does "  # how most questions begin
LIGHTS: Final = {"green": "green", "amber": "amber", "red": "red: not supported", None: "no verdict"}


def show_all(found: Sequence[FinishedStudy]) -> None:
    """One row per study, newest first."""
    frame = pd.DataFrame(
        {
            "Light": [LIGHTS.get(study.light, str(study.light)) for study in found],
            "Effect": [effect_of(study) for study in found],
            "Stands": [_stands(study) for study in found],
            "Study": [study.title.removeprefix(OF_ALL) for study in found],
            "Estimand": [f"{study.estimand}, trimmed" if study.trimmed else study.estimand for study in found],
            "Estimator": [study.estimator for study in found],
            "Of": [study.table or "this log" for study in found],
            "When": [words.moment(study.created_at) for study in found],
        }
    )
    long = frame["Study"].str.len().max() > LONG
    columns = {"Study": st.column_config.TextColumn(width=600 if long else None)}  # the outcome stands at the end
    alt = "Finished studies with effect, light and whether they still stand"
    controls.table(frame, name="studies", alt=alt, columns=columns)


def choose(found: Sequence[FinishedStudy]) -> list[FinishedStudy]:
    """The studies that the analyst wants to see: one is opened, several are compared."""
    by_id = {study.run_id: study for study in found}
    titles = words.distinct({run_id: f"{study.title} · {effect_of(study)}" for run_id, study in by_id.items()})
    asked = [run_id for run_id in (state.recall(state.COMPARED) or "").split(",") if run_id in by_id]
    state.fill_form("studies", {state.COMPARE: asked}, of=state.COMPARE)
    state.note(state.COMPARE, [run_id for run_id in state.noted(state.COMPARE) if run_id in by_id])
    chosen = st.multiselect(
        "Open one, or compare up to five",
        list(by_id),
        format_func=titles.__getitem__,
        key=state.COMPARE,
        max_selections=MOST,
        placeholder="Choose studies",
    )
    if chosen:
        state.remember(state.COMPARED, ",".join(chosen))
    else:
        state.forget(state.COMPARED)
    return [by_id[run_id] for run_id in chosen]


def effect_of(study: FinishedStudy) -> str:
    """The headline with its interval; a number that its own checks do not support is not shown as one."""
    if study.value is None or study.low is None or study.high is None:
        return "no number"
    if not study.supported:
        return "not supported"
    return f"{words.effect(study.value, study.unit)} ({words.interval(study.low, study.high, study.unit)})"


def show_one(study: FinishedStudy) -> None:
    """The whole study, as it was found."""
    st.subheader(controls.plain(study.title), anchor=False)
    for remark in _remarks(study):
        st.warning(controls.plain(remark), icon=":material/history_toggle_off:")
    result = find_result(cached.workspace(), study.run_id)
    with st.container(horizontal=True, vertical_alignment="center"):
        _ask_again(study, result["spec"])
        _rename(study)
        _delete(study)
    studies.show_study(result)


def _ask_again(study: FinishedStudy, spec: dict[str, Any]) -> None:
    if study.table is not None:
        controls.go_to("own_table.py", "Ask it of a table again")
        return
    key = keep_spec(cached.workspace(), CausalQuestion.read(spec["question"]).plain())
    query = {state.QUESTION: key, **({state.STUDY: study.run_id} if study.current else {})}
    controls.go_to("estimate.py", "Open it in Estimate" if study.current else "Ask it of the log as it is now", **query)


def _rename(study: FinishedStudy) -> None:
    with st.popover("Rename", icon=":material/edit:"):
        title = st.text_input("Title", study.title, key=f"{state.STUDY_TITLE}{study.run_id}", max_chars=300)
        if st.button("Keep this title", key=f"{state.STUDY_TITLE}keep-{study.run_id}", disabled=not title.strip()):
            rename_run(cached.workspace(), study.run_id, title)
            st.rerun()


def _delete(study: FinishedStudy) -> None:
    with st.popover("Delete", icon=":material/delete:"):
        st.markdown("The study and all that it found are removed for good.")
        if st.button("Delete this study", key=f"{state.STUDY_TITLE}delete-{study.run_id}", type="primary"):
            delete_run(cached.workspace(), study.run_id)
            state.forget(state.COMPARED)
            st.rerun()


def _stands(study: FinishedStudy) -> str:
    if study.stale:
        return "stale"
    if study.pruned:
        return "cannot be repeated"
    return "of an older version" if study.current is False else "yes"


def _remarks(study: FinishedStudy) -> list[str]:
    said = [f"Stale: {study.stale}."] if study.stale else []
    if study.current is False:
        said.append(
            "The version of the log that this was computed on was removed since; it cannot be made again."
            if study.pruned
            else "This was computed on another version of the log than the one that is open."
        )
    return said
