"""The causal question as a form that reads as a sentence, and ready questions to start from."""

from collections.abc import Sequence

import streamlit as st

from core.effects.question import CausalQuestion, sentence
from core.storage.engine import Log
from pages.shared import cached, question_state, state
from pages.shared.controls import plain
from pages.shared.event_choices import event_choices

MINUTES_PER_DAY = 1440


def question_from_form(log: Log) -> CausalQuestion:
    """Draw the form, filled with the question in hand, and return what it says; raises WhypathError."""
    held = question_state.recall_question(cached.workspace(), log.manifest)
    choices = event_choices(log, (held.treatment, held.outcome))  # one that the log lacks stays: `check` refuses it
    state.fill_form(
        f"{log.log_id}-{held.hash()}",
        {
            state.TREATMENT: held.treatment,
            state.OUTCOME: held.outcome,
            state.GRACE: held.treatment_window_days * MINUTES_PER_DAY,
            state.LANDMARK: held.landmark_event,
            state.OUTCOME_DAYS: held.outcome_window_days,
            state.LOOKBACK: held.lookback_days,
        },
    )
    with st.container(border=True, key="question-form"):
        asked = _windows(choices)
    if (asked["treatment"], asked["outcome"]) != (held.treatment, held.outcome):
        asked["graph_id"] = None  # it was drawn for other events
    question = CausalQuestion.read({**held.plain(), **asked})
    state.note_form(f"{log.log_id}-{question.hash()}")
    return question


def _windows(choices: dict[str, str]) -> dict[str, object]:
    what, when = st.columns(2)
    with what:
        treatment = st.selectbox(
            "Does an event of type (treatment)", choices, format_func=choices.__getitem__, key=state.TREATMENT
        )
        outcome = st.selectbox(
            "change whether there is one of type (outcome)", choices, format_func=choices.__getitem__, key=state.OUTCOME
        )
    with when:
        first, second = st.columns(2)
        landmark = first.number_input(
            "Time zero at event no.",
            1,
            100,
            key=state.LANDMARK,
            help="The n-th event of a session: both arms are active by then.",
        )
        grace = second.number_input(
            "Treatment within (minutes)", 0.0, 525_600.0, step=5.0, key=state.GRACE, format="%g"
        )
        first, second = st.columns(2)
        days = first.number_input("Outcome within (days)", 0.0, 3650.0, step=0.5, key=state.OUTCOME_DAYS, format="%g")
        lookback = second.number_input(
            "Covariates from the days before", 0.0, 3650.0, step=7.0, key=state.LOOKBACK, format="%g"
        )
    return {
        "treatment": treatment,
        "outcome": outcome,
        "design": {"landmark_event": int(landmark)},
        "treatment_window_days": float(grace) / MINUTES_PER_DAY,
        "outcome_window_days": float(days),
        "lookback_days": float(lookback),
    }


def suggestions(questions: Sequence[CausalQuestion]) -> None:
    """Ready questions of this log; a click takes one in hand."""
    if not questions:
        return
    with st.container(gap="xxsmall"):
        st.markdown("**Ready questions**")
        for place, question in enumerate(questions):
            st.button(
                plain(sentence(question)),
                key=f"suggestion-{place}",
                on_click=question_state.remember_question,
                args=(cached.workspace(), question),
                type="tertiary",
                icon=":material/help:",
            )
