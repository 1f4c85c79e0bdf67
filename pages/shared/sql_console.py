"""The console of the page Query: write a SELECT, watch it, read its rows; what tables and columns there are."""

import pandas as pd
import streamlit as st

from core.events.columns import TABLES
from core.storage.catalogue import find_spec, keep_spec
from core.storage.engine import Log
from core.storage.query import Fetched, Query, QuerySpec
from pages.shared import cached, controls, state

LIMITS = (100, 1_000, 10_000, 100_000)
TABLE_SAYS = {
    "events": "one row per event, in order of user and time",
    "sessions": "one row per session; path has one character per event",
    "users": "one row per user",
    "items": "one row per item",
    "hours": "events per hour and event type",
    "user_days": "events per user, day and event type",
}
EXAMPLES = {
    "Events per type": """SELECT event_type, count(*) AS events, count(DISTINCT user_id) AS users
FROM events
GROUP BY event_type
ORDER BY events DESC""",
    "Active users per day": """SELECT day, count(DISTINCT user_id) AS users
FROM user_days
GROUP BY day
ORDER BY day""",
    "What follows what": """SELECT event_type, next_event_type, count(*) AS times,
  median(next_gap_seconds) AS median_gap_seconds
FROM events
WHERE next_event_type IS NOT NULL
GROUP BY ALL
ORDER BY times DESC""",
    "Busiest users": """SELECT user_id, events, sessions, last_at - first_at AS observed_for
FROM users
ORDER BY events DESC""",
    "Session length": """SELECT quantile_cont(duration_seconds, [0.25, 0.5, 0.75, 0.95]) AS seconds,
  avg(events) AS events
FROM sessions""",
}


def ask(opened: Log) -> QuerySpec | None:
    """The text and its limit; returns what shall run now: what was asked last, or what the address says."""
    _fill()
    st.text_area(
        "SELECT", key=state.SQL, height=190, label_visibility="collapsed", placeholder="SELECT ... FROM events ..."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        run = st.button("Run", type="primary", icon=":material/play_arrow:", shortcut="Ctrl+Enter", key="run-query")
        limit = st.selectbox(
            "Rows", LIMITS, index=1, format_func=lambda n: f"{n:,} rows at most", key=state.SQL_LIMIT,
            label_visibility="collapsed", width=190,
        )  # fmt: skip
    if run:
        text = state.text_in(state.SQL) or ""
        spec = QuerySpec.read({"sql": text.strip() or " ", "limit": int(limit)})
        state.remember(state.QUERY, keep_spec(cached.workspace(), spec.plain()))
    asked = state.recall(state.QUERY)
    if asked is None:
        st.caption(f"The log is {controls.plain(opened.manifest['name'])}; times are UTC. Nothing has been asked yet.")
        return None
    return QuerySpec.read(find_spec(cached.workspace(), asked))


def _fill() -> None:
    """Give an untouched box what the address says, or an example."""
    if state.text_in(state.SQL) is not None:
        return
    asked = state.recall(state.QUERY)
    text = str(find_spec(cached.workspace(), asked)["sql"]) if asked else next(iter(EXAMPLES.values()))
    state.put_text(state.SQL, text)


def answer(opened: Log, spec: QuerySpec) -> None:
    """Run the query, with progress and a way to stop it, and show its rows. Raises BadSpec or Cancelled."""
    request = f"{opened.version_id} {spec.hash()}"
    found: Fetched | None = state.rows_of(request)
    if found is None:
        query = cached.query_instance(opened.log_id, opened.version_id).start(spec)
        _watch(query)
        found = query.result()
        state.keep_rows(request, found)
    rows = f"{len(found.frame):,} row{'s' if len(found.frame) != 1 else ''}"
    more = f", {found.truncated} of more" if found.truncated else ""
    st.caption(f"{rows}{more} · {found.seconds:.2f} s · may hold personal data")
    controls.table(found.frame, name="query", alt="Rows of the query", height=min(38 + 35 * len(found.frame), 560))


def _watch(query: Query) -> None:
    """Wait for a query; leaving the page, asking again or pressing Stop interrupts it."""
    if query.wait(0.15):
        return
    place = st.empty()
    try:
        with place.container(horizontal=True, vertical_alignment="center"):
            bar = st.progress(0.0, "Running")
            st.button("Stop", key="stop-query", icon=":material/stop:", on_click=state.forget, args=(state.QUERY,))
        while not query.wait(0.15):
            bar.progress(query.share(), f"Running, {query.seconds:.0f} s")
    finally:
        query.stop()
        place.empty()


def tables(opened: Log) -> None:
    """Each table of the log with its columns, their types and what stands in the first row."""
    st.subheader("Tables", anchor=False)
    for name in TABLES:
        with st.expander(f"{name}", expanded=name == "events"):
            st.caption(TABLE_SAYS[name])
            frame: pd.DataFrame = cached.table_columns(opened, name)
            st.dataframe(
                frame, hide_index=True, alt=f"Columns of {name}", key=f"columns-{name}",
                height=min(38 + 35 * len(frame), 300),
            )  # fmt: skip


def examples(opened: Log) -> None:
    """Queries to start from; a click puts one into the box."""
    st.subheader("Examples", anchor=False)
    for title, sql in EXAMPLES.items():
        st.button(title, key=f"example-{title}", on_click=_use, args=(sql,), type="tertiary", icon=":material/code:")


def _use(sql: str) -> None:
    state.put_text(state.SQL, sql)
    state.forget(state.QUERY)
