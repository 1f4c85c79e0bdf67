"""The arms of a question before anything is adjusted, with the warning that they compare different people."""

from typing import Any

import pandas as pd
import streamlit as st

from core.effects.question import CausalQuestion
from pages.shared import controls, question_state, words


def show(found: dict[str, Any], question: CausalQuestion) -> None:
    """Means per arm, the difference where there are two, and the way on."""
    unit = found["outcome_unit"]
    with st.container(border=True, key="raw"):
        if found["difference"] is not None:
            _difference(found, question, unit)
        else:
            rows = [
                {question.treatment_title: row["arm"], "units": row["units"], "mean": words.amount(row["mean"], unit)}
                for row in found["arms"]
            ]
            st.markdown(f"**{controls.plain(found['outcome_title'])}**, as it is")
            controls.table(pd.DataFrame(rows), name="arms", alt="Mean outcome of each arm")
        st.markdown(
            f"{_interval(found, unit)}{found['units']:,} units ({controls.plain(found['population'])}). "
            f"**This compares different people**: whoever reached for {controls.plain(question.taken_up)} may "
            f"have differed before. Grade: {words.GRADES['associated']}."
        )
        with st.container(horizontal=True):
            controls.go_to("estimate.py", "Adjust for what differed")
            controls.go_to("draw.py", "See the causal graph")
            if not found["everybody_stays"]:
                treated = next(row["units"] for row in found["arms"] if row["arm"] == "with")
                question_state.link_to_moments(question.plain(), treated)
    controls.notes(found["notes"])


def show_naive(naive: dict[str, Any]) -> None:
    """Ever against never, as the warning it is."""
    size = words.effect(naive["value"], naive["unit"])
    st.warning(
        f"**Not an effect: {size}, ever against never.** {controls.plain(naive['sentence'])}", icon=":material/report:"
    )


def _difference(found: dict[str, Any], question: CausalQuestion, unit: str) -> None:
    difference, arms = found["difference"], {row["arm"]: row for row in found["arms"]}
    left, middle, right = st.columns(3)
    left.metric(
        "Raw difference",
        words.effect(difference["value"], unit),
        help=f"95 % interval {words.interval(difference['low'], difference['high'], unit)}",
    )
    for column, arm, word in ((middle, "with", "treated"), (right, "without", "control")):
        column.metric(
            controls.plain(f"{question.outcome_called} {arm} {question.taken_up if arm == 'with' else ''}".strip()),
            words.amount(arms[arm]["mean"], unit),
            help=f"of {arms[arm]['units']:,} {word} units",
        )


def _interval(found: dict[str, Any], unit: str) -> str:
    difference = found["difference"]
    if difference is None:
        return ""
    return f"95 % interval {words.interval(difference['low'], difference['high'], unit)}, "
