"""The table in which each group of covariates is marked as measured, unmeasured, or left out of the graph."""

from collections.abc import Sequence

import streamlit as st

from core.effects.groups import CovariateGroup
from core.effects.question import CausalQuestion
from pages.shared import state
from pages.shared.controls import plain

MEASURED, UNMEASURED, LEFT_OUT = "measured", "unmeasured", "no cause"
MARKS = (MEASURED, UNMEASURED, LEFT_OUT)


def marks_of_groups(groups: Sequence[CovariateGroup], question: CausalQuestion) -> dict[str, str]:
    """Draw one control per group and return its mark by name; starts from what the question says."""
    keys = {group.name: f"{state.GROUPS}{group.name}" for group in groups}
    held = {keys[group.name]: _mark(group.name, question) for group in groups}
    state.fill_form(f"marks-{sorted(held.items())}", held)
    st.markdown("**What comes before the treatment**")
    st.caption(
        "Measured: adjusted for. Unmeasured: you believe in it, but the log does not have it, or you doubt what it "
        "recorded. No cause: it does not cause both, so it leaves the graph."
    )
    marks = {}
    for group in groups:
        marks[group.name] = str(
            st.segmented_control(
                plain(group.name.replace("_", " ")), MARKS, key=keys[group.name], help=plain(group.title), required=True
            )
        )
    state.note_form(f"marks-{sorted((keys[name], mark) for name, mark in marks.items())}")
    return marks


def _mark(name: str, question: CausalQuestion) -> str:
    if name in question.unmeasured:
        return UNMEASURED
    return LEFT_OUT if question.covariates is not None and name not in question.covariates else MEASURED
