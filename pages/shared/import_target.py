"""Where files that wait go: into a new log, or into one that is there, beside its events or in their place."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.storage.catalogue import list_logs
from pages.shared import cached, state, words

NEW, APPEND, REPLACE = "new", "append", "replace"
SAYS = {
    APPEND: "Events that the log has already are left out: by their own id, or by user, event type, item and time. The "
    "version before stays and can be restored. A cleaning recipe is applied again.",
    REPLACE: "The log gets a new version from these files alone. The version before stays and can be restored; its "
    "cleaning recipe is not applied.",
}


def choose_target() -> str:
    """Let the analyst say where the files go; returns "new", or "append" or "replace" with the log: "append LOG_ID"."""
    names = words.distinct({log["log_id"]: log["name"] for log in list_logs(cached.workspace())})
    titles = {NEW: "A new log"}
    titles |= {f"{APPEND} {log_id}": f"Append to {name}" for log_id, name in names.items()}
    titles |= {f"{REPLACE} {log_id}": f"Replace {name}" for log_id, name in names.items()}
    state.take_from_url(state.IMPORT_INTO, titles)
    chosen = st.selectbox(
        "Import as", titles, format_func=titles.__getitem__, key=state.IMPORT_INTO, on_change=state.put_in_url,
        args=(state.IMPORT_INTO,), width=420,
    )  # fmt: skip
    way = chosen.partition(" ")[0]
    if way in SAYS:
        st.caption(SAYS[way])
    return str(chosen)


def known_mapping(target: str) -> Mapping[str, str] | None:
    """How the columns of the log were mapped that the files go into; None for a new one."""
    log_id = target.partition(" ")[2]
    mapping: Mapping[str, str] | None = cached.manifest(log_id)["spec"]["mapping"] if log_id else None
    return mapping


def known_times(target: str) -> Mapping[str, Any]:
    """How times were read in the log that the files go into."""
    return dict(cached.manifest(target.partition(" ")[2])["spec"])


def known_privacy(target: str) -> dict[str, Any]:
    """What the log that the files go into hides, as settings of an import."""
    privacy = known_times(target).get("privacy")
    return {"privacy": privacy} if privacy else {}


def settings_of(target: str) -> dict[str, Any]:
    """What the import spec says about it."""
    way, _, log_id = target.partition(" ")
    return {APPEND: {"append_to": log_id}, REPLACE: {"replace": log_id}}.get(way, {})
