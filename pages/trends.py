"""Trends and rhythm: how much, when in the week, and in what sittings?"""

import streamlit as st

from core.errors import WhypathError
from core.figures import patterns as figures
from core.patterns.rhythm import RhythmSpec
from core.patterns.sessions import SessionsSpec
from core.patterns.trend import TrendSpec
from pages.shared import cached, controls, pattern_views, state

controls.header("Trends and rhythm", "How much happens, when in the week, and in what sittings?")
log = controls.open_log_or_wait()

with st.container(horizontal=True, vertical_alignment="bottom", key="trend-settings"):
    period = pattern_views.period_settings(log)
    bucket = st.segmented_control(
        "Per", ["hour", "day", "week"], default="day", key=state.BUCKET, bind="query-params", required=True
    )
    measure = st.segmented_control(
        "Count", ["events", "users"], default="events", key=state.MEASURE, bind="query-params", required=True
    )

try:
    pattern_views.show(
        cached.pattern(log, "trend", TrendSpec.read({**period, "bucket": bucket, "measure": measure})), figures.trend
    )
    pattern_views.show(cached.pattern(log, "rhythm", RhythmSpec.read(period)), figures.rhythm)
    sessions = cached.pattern(log, "sessions", SessionsSpec.read(period))
    pattern_views.show(sessions, figures.sessions, summary=True)
except WhypathError as error:
    st.error(controls.plain(str(error)))
