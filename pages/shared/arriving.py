"""The steps of bringing a log in, as the page Load shows them: map, import, see what was kept aside."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.errors import BadSpec
from core.events.columns import ROLES, TIMESTAMP
from core.events.import_spec import ImportSpec
from core.events.kept_aside import kept_aside
from core.events.recognise import Recognised
from core.jobs.queue import submit
from core.storage.catalogue import list_logs
from core.storage.runs import find_result
from pages.shared import cached, controls, import_target, state, words
from pages.shared.controls import plain
from pages.shared.downloads import safe_csv

SHOWN_REJECTS = 1_000
NOT_THERE = "not in this file"
ROLE_TITLES = {
    "user_id": "User",
    "item_id": "Item",
    "event_type": "Event type",
    "timestamp": "Time (required)",
    "session_id": "Session",
    "value": "Value",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "text": "Text or title",
    "position": "Position shown",
    "propensity": "Logged propensity",
    "arm": "Treatment arm",
    "insert_id": "Event's own id",
}
MAIN_ROLES = ROLES[:4]


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


def map_columns(arrival: state.Arrival, found: Recognised) -> None:
    """Show what was recognised, let the analyst correct it, and queue the import. Raises BadSpec."""
    target = import_target.choose_target()
    known = import_target.known_mapping(target)
    guesses, names = known or arrival.mapping or found.mapping, [name for name, _, _ in found.columns]
    st.markdown(f"**{plain(arrival.name)}**")
    st.dataframe(found.first_rows, hide_index=True, height=180, alt="First rows of the file", key="preview")
    controls.notes([*found.notes, *found.doubts])
    with st.form("mapping", border=True):
        st.caption("Which column is what? Everything left over is kept as an attribute.")
        chosen = {}
        with st.grid("auto", min_column_width=200):
            for role in MAIN_ROLES:
                chosen[role] = _role(role, arrival.path, names, guesses.get(role))
        more = st.expander("More roles", expanded=any(role in guesses for role in ROLES[4:]))
        with more, st.grid("auto", min_column_width=200):
            for role in ROLES[4:]:
                chosen[role] = _role(role, arrival.path, names, guesses.get(role))
        name = st.text_input("Name of the log", arrival.name, key=f"{state.LOG_NAME}-{arrival.path}", max_chars=200)
        if st.form_submit_button("Import", type="primary", icon=":material/download_done:"):
            mapping = {role: column for role, column in chosen.items() if column != NOT_THERE}
            _start_import(arrival, name, mapping, target)


def _role(role: str, path: str, columns: Sequence[str], guess: str | None) -> str:
    options = [NOT_THERE, *columns]
    place = options.index(guess) if guess in options else 0
    return str(st.selectbox(ROLE_TITLES[role], options, place, key=f"{state.MAPPING}{role}-{path}"))


def _start_import(arrival: state.Arrival, name: str, mapping: dict[str, str], target: str) -> None:
    if TIMESTAMP not in mapping:
        raise BadSpec("No column is chosen for the time; choose the one that says when each event happened.")
    asked = {"files": list(arrival.paths), "name": name.strip() or arrival.name, "mapping": mapping}
    spec = ImportSpec.read({**asked, **import_target.settings_of(target)})
    into = spec.append_to or spec.replace
    run_id = submit(cached.workspace(), "import", spec.plain(), title=f"Import of {spec.name}", log_id=into)
    state.keep_arrival(None)
    state.remember(state.IMPORT, run_id)
    state.forget(state.IMPORT_INTO)
    st.rerun()


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
