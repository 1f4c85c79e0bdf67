"""Pickers of events and metrics: named events first, marked as such, then the event types of the log."""

from collections.abc import Sequence

import streamlit as st

from core.events.definitions.metrics import Metric, find_metric, metrics
from core.events.definitions.named_events import named_events
from core.events.definitions.references import carried, title_of
from core.storage.engine import Log
from pages.shared import cached, state

NO_METRIC = "none"


def event_choices(log: Log, held: Sequence[str] = ()) -> dict[str, str]:
    """{event reference: what a picker shows}. held: references to offer besides, such as rules from a link."""
    named = named_events(cached.workspace(), log.log_id)
    offered = {carried(event): f"{event.name} (named event)" for event in named.values()}
    offered |= {str(row["event_type"]): str(row["event_type"]) for row in log.manifest["event_types"]}
    for reference in held:  # a widget tells its options apart by what it shows
        title = title_of(reference)
        offered.setdefault(reference, reference if title in offered.values() else title)
    return offered


def choose_events(log: Log, label: str, nothing: str, *, at_most: int) -> list[str]:
    """Draw a picker of several events; returns their references."""
    key = state.field("counted", "events", log.log_id)
    choices = event_choices(log, state.chosen_events(key))
    return st.multiselect(
        label, choices, format_func=choices.__getitem__, key=key, placeholder=nothing, max_selections=at_most, width=300
    )


def choose_metric(log: Log) -> Metric | None:
    """Draw a picker of the saved metrics, where there are any; returns the one chosen, its references resolved."""
    names = list(metrics(cached.workspace(), log.log_id))
    if not names:
        return None
    key = state.field("counted", "metric", log.log_id)
    with st.container(horizontal=True):
        name = st.selectbox("Metric", [NO_METRIC, *names], key=key, width=300)
    return None if name == NO_METRIC else find_metric(cached.workspace(), log.log_id, name)
