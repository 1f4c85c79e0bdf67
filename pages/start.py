"""Start: choose by question, not by tool. The demo log is open; nothing has to be filled in first."""

import streamlit as st

from core.effects.question import sentence
from core.errors import WhypathError
from core.figures import patterns as figures
from core.patterns.funnel import FunnelSpec
from core.patterns.rhythm import RhythmSpec
from pages.shared import cached, controls, pattern_views, question_state, state

controls.header("What do you want to know?", "From what people did, to why, to what to show them next.")
log = controls.open_log_or_wait()
questions = question_state.proposals(cached.workspace(), log.manifest)

CARDS = (
    (
        "What happens, and when?",
        "Level, daily and weekly rhythm, who gets through which steps.",
        "trends.py",
        "See patterns",
    ),
    (
        "Does it make a difference?",
        sentence(questions[0]) if questions else "This log has one event type, so there is no cause to ask about.",
        "ask.py",
        "Ask about causes",
    ),
    (
        "What would this user want next?",
        "Train a sequence or a graph model and look at one user's list beside their history.",
        "train.py",
        "Train a recommender",
    ),
)
for column, (title, says, page, label) in zip(st.columns(3), CARDS, strict=True):
    with column.container(border=True, height="stretch", key=f"card-{page.removesuffix('.py')}"):
        st.markdown(f"**{title}**")
        st.caption(controls.plain(says))
        st.space("stretch")
        controls.go_to(page, label)

left, right = st.columns([3, 2], gap="medium")
with left:
    try:
        rhythm = cached.pattern(log, "rhythm", RhythmSpec(timezone=state.zone()))
        pattern_views.show(rhythm, figures.rhythm)
    except WhypathError as error:
        st.info(controls.plain(str(error)))
with right:
    try:
        pattern_views.show(cached.pattern(log, "funnel", FunnelSpec(timezone=state.zone())), figures.funnel)
    except WhypathError as error:
        st.info(controls.plain(str(error)))
