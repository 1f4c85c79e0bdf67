"""The causal question as a form that reads as a sentence, and ready questions to start from."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.effects.groups import EVENT_ORDER
from core.effects.question import EVERYBODY, CausalQuestion, has_treatment_window, sentence
from core.errors import BadSpec
from core.storage.engine import Log
from pages.shared import cached, outcome_choices, question_fields, question_state, state
from pages.shared.controls import plain
from pages.shared.event_choices import event_choices

MINUTES_PER_DAY = 1440


def question_from_form(log: Log) -> CausalQuestion:
    """Draw the form, filled with the question in hand, and return what it says; raises WhypathError."""
    held = question_state.recall_question(cached.workspace(), log.manifest)
    mentioned = [held.treatment, held.outcome, *([held.population] if held.population != EVERYBODY else [])]
    choices = event_choices(log, mentioned)  # one that the log lacks stays: `check` refuses it
    state.fill_form(
        f"{log.log_id}-{held.hash()}",
        {
            state.TREATMENT: held.treatment,
            state.OUTCOME: outcome_choices.outcome_option(held),
            state.GRACE: held.treatment_window_days * MINUTES_PER_DAY,
            state.OUTCOME_DAYS: held.outcome_window_days,
            state.LOOKBACK: held.lookback_days,
            state.HISTORY_STATE: held.history_state,
            **question_fields.values_of(held),
        },
    )
    with st.container(border=True, key="question-form"):
        asked = _asked(log, choices, held)
    if (asked["treatment"], asked["outcome"]) != (held.treatment, held.outcome):
        asked["graph_id"] = None  # it was drawn for other events
    if held.history_state and not asked["history_state"]:
        asked |= _without_order(held)
    question = CausalQuestion.read({**held.plain(), "control": None, **asked})
    state.note_form(f"{log.log_id}-{question.hash()}")
    return question


def _asked(log: Log, choices: dict[str, str], held: CausalQuestion) -> dict[str, Any]:
    """For whom, does what, when, change what: four columns that stack on a narrow window."""
    who, does, when, change = st.columns(4)
    with who:
        asked = question_fields.population_field(choices)
        asked["lookback_days"] = float(
            st.number_input(
                "known from the days before", 0.0, 3650.0, step=7.0, key=state.LOOKBACK, format="%g",
                help="Covariates are measured in this stretch before time zero.",
            )
        )  # fmt: skip
        asked["history_state"] = st.checkbox(
            "and by the order of events", key=state.HISTORY_STATE,
            help="Counts forget the order. A small sequence model reads each history up to time zero; what it "
            "foretells (treatment, outcome, other events) are further covariates. A study takes half a minute longer.",
        )  # fmt: skip
        if asked["history_state"]:
            st.caption("What the order foretells is learnt from other users' events before their time zero.")
    with does:
        asked["treatment"] = st.selectbox(
            "does an event of type (treatment)", choices, format_func=choices.__getitem__, key=state.TREATMENT
        )
        asked |= question_fields.treatment_fields(log)
    with when:
        asked |= question_fields.design_fields()
        if _has_window(asked):
            minutes = st.number_input(
                "treatment within (minutes)", 0.0, 525_600.0, step=5.0, key=state.GRACE, format="%g"
            )
            asked["treatment_window_days"] = float(minutes) / MINUTES_PER_DAY
    with change:
        asked |= outcome_choices.outcome_fields(log, choices, held)
        days = st.number_input("within (days)", 0.0, 3650.0, step=0.5, key=state.OUTCOME_DAYS, format="%g")
        asked["outcome_window_days"] = float(days)
    with st.expander("Population and contrast of the estimate"):
        asked |= question_fields.finer_fields(asked["treatment_measure"]["kind"], asked["design"]["kind"], held)
    return asked


def _without_order(held: CausalQuestion) -> dict[str, Any]:
    """The lists of covariate groups of a question that no longer reads the order of events."""
    lists = {name: getattr(held, name) for name in ("covariates", "unmeasured", "instruments")}
    return {name: [each for each in names if each != EVENT_ORDER] for name, names in lists.items() if names is not None}


def _has_window(asked: dict[str, Any]) -> bool:
    plain_question = {"treatment": "a", "outcome": "b", "outcome_window_days": 3650}
    parts = {name: asked[name] for name in ("treatment_measure", "design")}
    try:
        read = CausalQuestion.read({**plain_question, **parts})
    except BadSpec:  # parts that do not fit: what the form says as a whole is refused with the reason
        return True
    return has_treatment_window(read.treatment_measure, read.design)


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
