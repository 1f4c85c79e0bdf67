"""Query: read-only SQL over the open log, with its tables, columns and examples beside it."""

import streamlit as st

from core.errors import WhypathError
from pages.shared import controls, sql_console

controls.header("Query", "Read-only SQL (DuckDB) over this log: one SELECT, its rows, and a CSV of them.")
opened = controls.open_log_or_wait()
console, reference = st.columns([5, 3], gap="large")

with console:
    try:
        spec = sql_console.ask(opened)
        if spec is not None:
            sql_console.answer(opened, spec)
    except WhypathError as error:
        st.error(controls.plain(str(error)))

with reference:
    sql_console.tables(opened)
    sql_console.examples(opened)
