"""What the outcome picker of a question offers: the log's events, and its saved metrics where a unit has one."""

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.effects.asked_question import outcome_of_metric, why_not
from core.effects.question import CausalQuestion
from core.effects.question_parts import SavedMetric
from core.effects.titles import of_metric
from core.errors import WhypathError
from core.events.definitions.metrics import find_metric, metrics
from core.events.definitions.references import title_of
from core.storage.engine import Log
from pages.shared import cached, controls, question_fields, state

METRIC = "\n"  # begins what stands for a metric; no event reference has a line break


def outcome_option(question: CausalQuestion) -> str:
    """What stands for the outcome in hand in the picker: an event reference, or a metric as it was frozen."""
    measure = question.outcome_measure
    if not isinstance(measure, SavedMetric):
        return question.outcome
    return _option({"outcome": question.outcome, "outcome_measure": measure.plain()})


def outcome_fields(log: Log, choices: Mapping[str, str], held: CausalQuestion) -> dict[str, Any]:
    """Draw the picker and how the outcome is measured; returns both settings. A metric says itself how."""
    offered, refused = _metrics(log)
    option = outcome_option(held)
    if option.startswith(METRIC) and option not in offered:
        offered[option] = f"{held.outcome_called} (as it was asked then)"
    every = {**choices, **offered}
    chosen = st.selectbox(
        "change an event of type (outcome)" if not offered else "change this (outcome)",
        every,
        format_func=every.__getitem__,
        key=state.OUTCOME,
        help=refused,
    )
    if not chosen.startswith(METRIC):
        return {"outcome": chosen, **question_fields.outcome_fields(log)}
    asked: dict[str, Any] = json.loads(chosen)
    unnamed = SavedMetric.read({**asked["outcome_measure"], "name": ""})
    st.caption(controls.plain(f"The {of_metric(title_of(asked['outcome']), unnamed)}, for each unit."))
    return asked


def _metrics(log: Log) -> tuple[dict[str, str], str | None]:
    """{option: what the picker shows} of the metrics that a unit has, and why the others are none."""
    offered, refused = {}, []
    for name in metrics(cached.workspace(), log.log_id):
        try:
            metric = find_metric(cached.workspace(), log.log_id, name)
        except WhypathError as error:
            refused.append(f"{name}: {error}")
            continue
        if why := why_not(metric):
            refused.append(f"{name}: {why}.")
        else:
            offered[_option(outcome_of_metric(metric))] = f"{metric.name} (saved metric)"
    said = controls.plain(f"Saved metrics that are no outcome of a unit: {' '.join(refused)}") if refused else None
    return offered, said


def _option(settings: Mapping[str, Any]) -> str:
    return METRIC + json.dumps(settings, sort_keys=True)
