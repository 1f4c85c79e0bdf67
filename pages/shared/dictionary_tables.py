"""What a log consists of: its event types and attributes, each with a description that the analyst may write."""

from typing import Any

import pandas as pd
import streamlit as st

from core.errors import WhypathError
from core.events.definitions.dictionary import COUNTED_EXACTLY, Described, describe, descriptions
from core.events.privacy.small_cells import counted_in
from core.storage.engine import Log
from pages.shared import cached, controls, state

MOMENT = "D MMM YYYY, HH:mm"
COLUMNS = {
    "events": st.column_config.NumberColumn(format="localized"),
    "users": st.column_config.NumberColumn(format="localized"),
    "distinct": st.column_config.NumberColumn("distinct values", format="localized"),
    "share": st.column_config.NumberColumn("of all events", format="percent"),
    "first_at": st.column_config.DatetimeColumn("first seen (UTC)", format=MOMENT),
    "last_at": st.column_config.DatetimeColumn("last seen (UTC)", format=MOMENT),
    "item_share": st.column_config.NumberColumn("with an item", format="percent"),
    "value_share": st.column_config.NumberColumn("with a value", format="percent"),
    "description": st.column_config.TextColumn("description (yours)", width="medium", max_chars=2_000),
}


def show_event_types(log: Log) -> None:
    """Every event type: how often, by how many, since when."""
    frame = pd.DataFrame(cached.dictionary(log)[0]).rename(columns={"event_type": "event type"})
    _editor(log, "event_type", frame, "event type", "Event types of this log")


def show_attributes(log: Log) -> None:
    """Every other column of the log: how full, how many values, which."""
    rows = cached.dictionary(log)[1]
    if not rows:
        st.info("This log has no columns besides user, event type and time.")
        return
    frame = pd.DataFrame([_attribute(row) for row in rows])
    _editor(log, "attribute", frame, "column", "Attributes of this log")
    if not rows[0]["distinct_exact"]:
        controls.notes(
            [f"Beyond {COUNTED_EXACTLY:,} events, users and distinct values are estimated, within about 2 %."]
        )


def _attribute(row: dict[str, Any]) -> dict[str, Any]:
    named, counted = ("column", "title", "kind"), ("events", "share", "users", "distinct")
    bounds = [] if row["low"] is None or pd.isna(row["low"]) else [str(row["low"]), str(row["high"])]
    return {
        **{name: row[name] for name in named},
        "examples": " · ".join(row["examples"]),
        "range": " to ".join(bounds),
        **{name: row[name] for name in counted},
        "first_at": row["first_at"],
        "last_at": row["last_at"],
    }


def _editor(log: Log, what: Described, frame: pd.DataFrame, name: str, alt: str) -> None:
    """The table with its descriptions, which are kept as soon as they are changed."""
    key = state.field("described", what, f"{log.log_id}-{log.version_id}")
    held = state.first_shown(key, descriptions(cached.workspace(), log.log_id, what))
    frame.insert(3 if what == "attribute" else 1, "description", [held.get(each, "") for each in frame[name]])
    st.data_editor(
        frame,
        key=key,
        hide_index=True,
        disabled=[column for column in frame.columns if column != "description"],
        column_config=COLUMNS,
        placeholder="",
        alt=alt,
    )
    try:
        for row, changed in (state.noted(key) or {"edited_rows": {}})["edited_rows"].items():
            described = str(frame[name].iloc[row])
            text = str(changed.get("description") or "")
            if descriptions(cached.workspace(), log.log_id, what).get(described, "") != text.strip():
                describe(cached.workspace(), log, what, described, text)
    except WhypathError as error:
        st.error(controls.plain(str(error)))
    controls.download(frame, name=f"{what}s", counted=counted_in(frame))
