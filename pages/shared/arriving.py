"""The logs there are, and what an import brought in and kept aside."""

from typing import Any

import streamlit as st

from core.events.kept_aside import kept_aside
from core.storage.catalogue import list_logs
from core.storage.runs import find_result
from pages.shared import cached, controls, state, words
from pages.shared.controls import plain
from pages.shared.downloads import safe_csv

SHOWN_REJECTS = 1_000


def show_logs() -> None:
    """Every log with its size and period, and a button that opens it."""
    for log in list_logs(cached.workspace()):
        known = log["manifest"]
        with st.container(border=True, key=f"log-{log['log_id']}"):
            left, right = st.columns([4, 1], vertical_alignment="center")
            left.markdown(
                f"**{plain(log['name'])}**  \n:gray[{known['events']:,} events · {known['users']:,} users · "
                f"{words.day(known['first_at'])} to {words.day(known['last_at'])}"
                + (f" · {known['rejected']:,} rows kept aside" if known["rejected"] else "")
                + "]"
            )
            if log["log_id"] == state.open_log_id():
                right.markdown(":gray[open]")
            else:
                right.button("Open", key=f"open-{log['log_id']}", on_click=state.open_next, args=(log["log_id"],))


def show_import(run_id: str) -> None:
    """What came in, what was kept aside and why, and the way on."""
    result = find_result(cached.workspace(), run_id)
    size = f"{result['events']:,} events of {result['users']:,} users and {result['items']:,} items"
    aside = f"{result['rejected']:,} rows were kept aside" if result["rejected"] else "No row was refused"
    st.success(f"{plain(result['name'])}: {size}. {aside}.", icon=":material/check_circle:")
    controls.notes(result.get("notes") or [])
    if result["rejected"]:
        _show_kept_aside(result)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Open this log", type="primary", key="open-imported", on_click=state.open_next, args=(result["log_id"],)
        )
        controls.go_to("quality.py", "May it be believed?", log=result["log_id"])
        controls.go_to("trends.py", "Its trends", log=result["log_id"])


def _show_kept_aside(result: dict[str, Any]) -> None:
    place = (cached.workspace(), result["log_id"], result["version_id"])
    rejects = kept_aside(*place, most=SHOWN_REJECTS)
    with st.expander("Rows kept aside", expanded=True):
        for each in result["reject_reasons"]:
            st.text(f"{each['rows']:,} rows: {each['reason']}")
        st.dataframe(
            rejects, hide_index=True, alt="Rows kept aside, with line, column and reason", key="rejects", height=220
        )
        shown = f"The first {len(rejects):,} of them are shown. " if len(rejects) < result["rejected"] else ""
        st.caption(f"{shown}Mend them in a file of their own and append it, or leave them.")
        st.download_button(
            f"All {result['rejected']:,} as CSV",
            lambda: safe_csv(kept_aside(*place)),
            file_name="rejects.csv",
            mime="text/csv",
            icon=":material/download:",
            type="tertiary",
            key="csv-rejects",
            on_click="ignore",
        )
