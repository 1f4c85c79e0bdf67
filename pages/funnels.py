"""Funnels: who gets through a sequence of steps, how many at each, and how fast?"""

import streamlit as st

from core.errors import WhypathError
from core.figures import patterns as figures
from core.patterns.funnel import FunnelSpec
from pages.shared import cached, controls, pattern_views, state
from pages.shared.event_choices import event_choices

controls.header("Funnels", "Who gets through a sequence of steps, where do they stop, and how fast are they?")
log = controls.open_log_or_wait()

try:
    state.fill_form(f"funnel-{log.log_id}", {state.steps_of(log.log_id): list(cached.proposed_steps(log))})
    choices = event_choices(log, state.chosen_events(state.steps_of(log.log_id)))
    with st.container(horizontal=True, vertical_alignment="bottom", key="funnel-settings"):
        steps = st.multiselect(
            "Steps, in order", choices, format_func=choices.__getitem__, key=state.steps_of(log.log_id),
            max_selections=6, width=420,
            help="The most common ordered path is proposed. Two to six steps.",
        )  # fmt: skip
        window = st.number_input(
            "Within days of the first",
            0.1,
            3660.0,
            7.0,
            key=state.WINDOW_DAYS,
            bind="query-params",
            format="%g",
            width=170,
        )
        period = pattern_views.period_settings(log)
    table = cached.pattern(log, "funnel", FunnelSpec.read({**period, "steps": steps, "window_days": window}))
    pattern_views.show(table, figures.funnel)
except WhypathError as error:
    st.error(controls.plain(str(error)))
