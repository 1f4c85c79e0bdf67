"""Estimate: from the raw difference to an effect, with everything that could break it. A run does the work."""

import streamlit as st

from core.effects.question import sentence
from core.effects.question_check import check
from core.errors import WhypathError
from core.storage.runs import find_result
from pages.shared import cached, controls, question_state, studies

controls.header("Estimate", "How large is the effect, and what could be wrong with it?")
log = controls.open_log_or_wait()

try:
    question = question_state.recall_question(cached.workspace(), log.manifest)
    check(question, log.manifest)
    question_state.remember_question(cached.workspace(), question)
except WhypathError as error:
    st.error(controls.plain(str(error)))
    controls.ways_out(log)
    controls.go_to("ask.py", "Ask another question")
    st.stop()

st.subheader(controls.plain(sentence(question)), anchor=False)
studies.show_assumptions(question)
run_id = studies.study_in_hand(log, question)

with st.container(horizontal=True, vertical_alignment="center"):
    if run_id is None:
        st.button(
            "Estimate", type="primary", icon=":material/balance:", key="estimate",
            on_click=studies.begin, args=(log, question),
        )  # fmt: skip
    controls.go_to("ask.py", "Change the question")
    controls.go_to("draw.py", "Mark something as unmeasured")

if run_id is None:
    st.caption(
        "The raw difference comes at once, the rest within seconds to a minute; it goes on if you leave the page."
    )
    st.stop()

try:
    if controls.watch(run_id, findings=studies.so_far(run_id), every=0.5) == "done":
        studies.show_study(find_result(cached.workspace(), run_id))
except WhypathError as error:
    st.error(controls.plain(str(error)))
