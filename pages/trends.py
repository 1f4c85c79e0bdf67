"""Trends and rhythm: how much, when in the week, and in what sittings?"""

import streamlit as st

from core.errors import WhypathError
from core.figures import patterns as figures
from core.patterns.metric import MetricSpec
from core.patterns.rhythm import RhythmSpec
from core.patterns.sessions import SessionsSpec
from core.patterns.trend import TrendSpec
from pages.shared import cached, controls, pattern_views, state
from pages.shared.event_choices import choose_events, choose_metric

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

    events = choose_events(log, "Events", "all event types", at_most=12)

try:
    asked = {**period, "bucket": bucket, "measure": measure, "events": events or None}
    pattern_views.show(
        cached.pattern(log, "trend", TrendSpec.read(asked)), pattern_views.with_annotations(log, figures.trend)
    )
    measured = choose_metric(log)
    if measured is not None:
        table = cached.pattern(log, "metric", MetricSpec.read({**period, "bucket": bucket, "metric": measured}))
        pattern_views.show(table, pattern_views.with_annotations(log, figures.metric))
    alone = events[0] if len(events) == 1 else None
    pattern_views.show(cached.pattern(log, "rhythm", RhythmSpec.read({**period, "event_type": alone})), figures.rhythm)
    if len(events) > 1:
        controls.notes(["The rhythm is of all events; choose one event above for its own."])
    sessions = cached.pattern(log, "sessions", SessionsSpec.read(period))
    pattern_views.show(sessions, figures.sessions, summary=True)
except WhypathError as error:
    st.error(controls.plain(str(error)))
