"""Streamlit's main script: the navigation, and the strip that names the open log, its period and the time zone."""

from pathlib import Path
from zoneinfo import available_timezones

import streamlit as st

from core.events.demo.run import DEMO_LOG
from core.storage.catalogue import list_logs
from pages.shared import cached, state, words
from pages.shared.controls import plain

HERE = Path(__file__).resolve().parent
ZONES = ["UTC", *sorted(available_timezones() - {"UTC"})]
SECTIONS = {
    "": [("start.py", "Start", "home", "Choose by question, not by tool.")],
    "Data": [
        ("load.py", "Load", "upload_file", "Bring a log in: upload, server-side path, database, sample."),
        ("versions.py", "Versions", "history", "What each import, append and cleaning made; go back to any of them."),
        ("quality.py", "Quality", "fact_check", "May this log be believed?"),
        ("cleaning.py", "Cleaning", "cleaning_services", "A visible list of steps, each of which can be taken back."),
        ("dictionary.py", "Dictionary", "menu_book", "What the events are: types, attributes, named events, metrics."),
        ("features.py", "Features", "data_object", "The numbers that describe a history at a moment."),
        ("privacy.py", "Privacy", "shield_person", "Who could be recognised, and how to forget somebody."),
        ("query.py", "Query", "database", "Read-only SQL over the log."),
    ],
    "Patterns": [
        ("trends.py", "Trends and rhythm", "show_chart", "Level, daily and weekly rhythm, sessions."),
        ("funnels.py", "Funnels", "filter_alt", "Who gets through a sequence of steps, and how fast."),
    ],
    "Causal graph": [
        ("draw.py", "Draw", "account_tree", "What causes what, and what must be adjusted for."),
        ("discover.py", "Discover", "travel_explore", "Edges that the data suggest, to judge one by one."),
        ("check.py", "Check", "rule", "What the graph claims, and where the data contradict it."),
        ("what_if.py", "What if", "alt_route", "What would follow from setting a node; what a change is due to."),
    ],
    "Effects": [
        ("screen.py", "Causal screen", "grid_on", "What every event type does to every other, at a glance."),
        ("ask.py", "Ask", "help", "For whom does what, when, change what?"),
        ("estimate.py", "Estimate", "balance", "From the raw difference to a checked effect."),
        ("diagnose.py", "Diagnose", "troubleshoot", "Can the arms be compared, and is the number robust?"),
        ("own_table.py", "Own table", "table_chart", "The same study for a table that is ready."),
        ("studies.py", "Studies", "library_books", "What was found so far, and why two answers differ."),
        ("who_benefits.py", "Who benefits", "groups", "For whom the effect is larger, and whom to treat first."),
    ],
    "Models": [
        ("train.py", "Train", "model_training", "Train a sequence or a graph recommender."),
        ("runs.py", "Runs", "monitoring", "Live curves, cancel, resume, compare."),
    ],
    "Recommendations": [("inspect_user.py", "Inspect", "person_search", "One user's history beside their lists.")],
}


def main() -> None:
    """Draw the strip and run the page that the address names."""
    st.set_page_config(page_title="Whypath", page_icon=HERE / "static" / "icon.png", layout="wide")
    wordmark = f"wordmark-{'dark' if st.context.theme.type == 'dark' else 'light'}.png"
    st.logo(HERE / "static" / wordmark, icon_image=HERE / "static" / "icon.png", size="large")
    page = st.navigation(
        {
            section: [
                st.Page(HERE / file, title=title, icon=f":material/{icon}:", help=says, default=file == "start.py")
                for file, title, icon, says in entries
            ]
            for section, entries in SECTIONS.items()
        },
        expanded=True,
    )
    cached.drop_what_was_forgotten()
    cached.start_background()
    strip()
    page.run()


def strip() -> None:
    """One line over every page: which log is open, from when to when, how much, and in which time zone."""
    logs = {log["log_id"]: log for log in list_logs(cached.workspace())}
    ids = sorted(logs, key=lambda log_id: log_id != DEMO_LOG)  # the demo first, then the newest
    if not ids:
        return
    titles = words.distinct({log_id: logs[log_id]["name"] for log_id in ids})
    missing = state.take_from_url(state.LOG, ids)
    state.take_from_url(state.ZONE, ZONES)
    with st.container(horizontal=True, vertical_alignment="center", key="strip", gap="small"):
        log_id = st.selectbox(
            "Log",
            ids,
            format_func=titles.__getitem__,
            key=state.LOG,
            on_change=state.log_changed,
            label_visibility="collapsed",
            width=240,
        )
        st.selectbox(
            "Time zone",
            ZONES,
            key=state.ZONE,
            on_change=state.put_in_url,
            args=(state.ZONE,),
            label_visibility="collapsed",
            width=170,
            help="Patterns count hours and days in this zone.",
        )
        state.put_in_url(state.LOG)
        known = logs[log_id]["manifest"]
        st.caption(
            f"{words.day(known['first_at'])} to {words.day(known['last_at'])} · {known['events']:,} events · "
            f"{known['users']:,} users · {known['items']:,} items"
            + ("" if logs[log_id]["version_id"] == logs[log_id]["newest_version_id"] else " · not the newest version")
            + (" · :material/shield_person: users hashed" if (known.get("privacy") or {}).get("hash_users") else "")
        )
    if missing:
        st.warning(f"There is no log '{plain(missing)}' in this workspace; this is {plain(known['name'])}.")


if __name__ == "__main__":
    main()
