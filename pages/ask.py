"""Ask: for whom does what, when, change what? The form is a sentence; the raw difference stands under it at once."""

import streamlit as st

from core.effects.question import sentence
from core.effects.question_check import check
from core.effects.timeline import timeline
from core.errors import WhypathError
from core.figures.timeline import question_timeline
from pages.shared import cached, controls, first_look_view, question_form, question_state

controls.header("Ask", "For whom does what, when, change what?")
log = controls.open_log_or_wait()

try:
    question = question_form.question_from_form(log)
    check(question, log.manifest)
    question_state.remember_question(cached.workspace(), question)
    st.subheader(controls.plain(sentence(question)), anchor=False)
    drawn = timeline(question, log.manifest)
    controls.figure(
        question_timeline([vars(each) for each in drawn.stretches]),
        caption=f"Time zero: {drawn.zero}. {drawn.end[0].upper()}{drawn.end[1:]}. Not to scale; covariates come "
        "strictly before time zero, the outcome after it.",
        alt="Order of the windows around time zero",
        name="timeline",
    )
    with st.skeleton(height=110):
        found = cached.first_look(log, question)
except WhypathError as error:
    st.error(controls.plain(str(error)))
    controls.ways_out(log, rules=True)
    question_form.suggestions(question_state.proposals(cached.workspace(), log.manifest))
    st.stop()

first_look_view.show(found, question)
if (naive := cached.naive(log, question)) is not None:
    first_look_view.show_naive(naive)
question_form.suggestions(question_state.proposals(cached.workspace(), log.manifest))
