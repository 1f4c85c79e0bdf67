"""Ask: for whom does what, when, change what? The form is a sentence; the raw difference stands under it at once."""

import streamlit as st

from core.effects.proposals import proposed_questions
from core.effects.question import check, duration, sentence
from core.errors import WhypathError
from core.figures.effects import question_timeline
from pages.shared import cached, controls, question_form, question_state, words

controls.header("Ask", "For whom does what, when, change what?")
log = controls.open_log_or_wait()

try:
    question = question_form.question_from_form(log)
    check(question, log.manifest)
    question_state.remember_question(cached.workspace(), question)
    st.subheader(controls.plain(sentence(question)), anchor=False)
    controls.figure(
        question_timeline(
            lookback=duration(question.lookback_days),
            treatment=question.treatment_name,
            treatment_window=duration(question.treatment_window_days),
            outcome=question.outcome_name,
            outcome_window=duration(question.outcome_window_days),
            landmark=words.landmark(question.landmark_event),
        ),
        caption="What is measured when; not to scale. Covariates come strictly before time zero, the outcome after it.",
        alt="Order of the windows around time zero",
        name="timeline",
    )
    with st.skeleton(height=110):
        raw = cached.raw_difference(log, question)
except WhypathError as error:
    st.error(controls.plain(str(error)))
    controls.way_out_of_cleaning(log)
    question_form.suggestions(proposed_questions(log.manifest))
    st.stop()

with st.container(border=True, key="raw"):
    left, middle, right = st.columns(3)
    left.metric(
        "Raw difference",
        words.effect(raw["value"], raw["outcome_unit"]),
        help=f"95 % interval {words.interval(raw['low'], raw['high'], raw['outcome_unit'])}",
    )
    middle.metric(
        controls.plain(f"{question.outcome_name} with {question.treatment_name}"),
        words.amount(raw["treated_mean"], raw["outcome_unit"]),
        help=f"of {raw['treated']:,} treated units",
    )
    right.metric(
        controls.plain(f"{question.outcome_name} without"),
        words.amount(raw["baseline"], raw["outcome_unit"]),
        help=f"of {raw['control']:,} control units",
    )
    st.markdown(
        f"95 % interval {words.interval(raw['low'], raw['high'], raw['outcome_unit'])}, {raw['units']:,} units "
        f"({controls.plain(raw['population'])}). **This compares different people**: whoever reached for "
        f"{controls.plain(question.treatment_name)} may have differed before. Grade: {words.GRADES['associated']}."
    )
    with st.container(horizontal=True):
        controls.go_to("estimate.py", "Adjust for what differed")
        controls.go_to("draw.py", "See the causal graph")
question_form.suggestions(proposed_questions(log.manifest))
