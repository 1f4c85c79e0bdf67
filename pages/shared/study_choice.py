"""Which finished study a page is about: the one in hand, or another of this log or of a ready table."""

from typing import Any

import streamlit as st

from core.storage.engine import Log
from core.storage.runs import ACTIVE, find_result, list_runs
from pages.shared import cached, controls, state, words

SHOWN = 50  # studies to choose from, the newest


def chosen_study(log: Log) -> dict[str, Any] | None:
    """The result of the study that the analyst chose, by default the one in hand; without any, None and the way out."""
    rows = {
        str(row["run_id"]): row
        for row in list_runs(cached.workspace(), kind="study")
        if row["log_id"] in (log.log_id, None)
    }
    done = {run_id: row for run_id, row in rows.items() if row["status"] == "done"}
    in_hand = state.recall(state.STUDY)
    if in_hand in rows and rows[in_hand]["status"] in ACTIVE:
        controls.watch(in_hand)
    if not done:
        st.info("This page reads a finished study, and there is none yet.")
        controls.go_to("estimate.py", "Estimate the question in hand")
        controls.go_to("own_table.py", "Bring a ready table")
        return None
    run_id = _choose(dict(list(done.items())[:SHOWN]), in_hand)
    controls.stale(run_id)
    return find_result(cached.workspace(), run_id)


def _choose(done: dict[str, dict[str, Any]], in_hand: str | None) -> str:
    titles = words.distinct({run_id: _title(row) for run_id, row in done.items()})
    remembered = state.recall(state.DIAGNOSED)
    first = next((each for each in (remembered, in_hand, state.recall(state.TABLE_STUDY)) if each in done), None)
    ids = list(done)
    chosen = st.selectbox(
        "Study",
        ids,
        index=ids.index(first) if first else 0,
        format_func=titles.__getitem__,
        key=state.DIAGNOSE,
    )
    state.remember(state.DIAGNOSED, chosen)
    return chosen


def _title(row: dict[str, Any]) -> str:
    return f"{row['title']}{'' if row['log_id'] else ' (table)'} · {words.moment(row['created_at'])}"
