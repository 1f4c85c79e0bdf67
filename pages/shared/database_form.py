"""Choosing rows of a database to import: what is fetched becomes a file that waits, as an upload does."""

from pathlib import Path
from urllib.parse import quote, urlsplit

import streamlit as st

from core.errors import BadSpec
from core.jobs.queue import submit
from core.storage.databases import DATABASES, FetchSpec, allowed_hosts, keep_secret, may_connect, tables_of
from core.storage.runs import find_result, find_run
from pages.shared import cached, controls, state

KINDS = {title: scheme for scheme, (title, _) in DATABASES.items() if scheme != "postgres"}
PORTS = {"postgresql": 5432, "clickhouse": 8123}
TABLE, QUERY = "A table", "The rows of a query"


def choose_rows() -> None:
    """Ask for a database and a table or query; what was fetched is kept by `state.keep_arrival`. Raises BadSpec."""
    if not allowed_hosts():
        st.info(
            "From this page no database may be reached yet: whoever runs the server names the hosts in "
            "WHYPATH_DATABASES. The command line may: python -m core import --database ADDRESS --table NAME."
        )
        return
    run_id = state.recall(state.FETCH)
    if run_id is not None and _fetched(run_id):
        return
    url, password, pressed = _address()
    tables: list[str] | None = state.rows_of(f"tables {url}")
    if pressed:
        tables = tables_of(_allowed(url), password)
        state.keep_rows(f"tables {url}", tables)
    if tables is not None:
        _choose(url, password, tables)


def _address() -> tuple[str, str, bool]:
    """The address without its password, the password, and whether to connect now.

    In a form, which takes what is typed at once: outside, a password is lost on the way to the button by the Tab key.
    """
    scheme = KINDS[str(st.selectbox("Database", list(KINDS), key=state.DATABASE_KIND, width=260))]
    with st.form("database", border=False):
        with st.grid("auto", min_column_width=150):
            host = st.text_input("Host", key=f"{state.DATABASE}host", placeholder="db.example.org").strip()
            port = st.number_input(
                "Port", 1, 65535, PORTS.get(scheme, 443), key=f"{state.DATABASE}port-{scheme}", format="%d"
            )
            name = st.text_input("Name of the database", key=f"{state.DATABASE}name").strip()
            user = st.text_input("User", key=f"{state.DATABASE}user", autocomplete="off").strip()
            password = st.text_input(
                "Password", key=f"{state.DATABASE}password", type="password", autocomplete="off",
                help="Kept until the rows are here, readable by the server's account alone; in no log and no link.",
            )  # fmt: skip
        pressed = st.form_submit_button("Connect", key="connect-database", icon=":material/link:")
    login = f"{quote(user, safe='')}@" if user else ""
    return f"{scheme}://{login}{host}:{port}/{quote(name, safe='/')}", password, pressed


def _allowed(url: str) -> str:
    if not urlsplit(url).hostname:
        raise BadSpec("No host is named; say where the database is.")
    if not may_connect(url):
        raise BadSpec(
            f"The host '{urlsplit(url).hostname}' is not one that pages may reach; the administrator allowed "
            f"{', '.join(allowed_hosts())} (WHYPATH_DATABASES)."
        )
    return url


def _choose(url: str, password: str, tables: list[str]) -> None:
    what = st.radio("Fetch", [TABLE, QUERY], key=f"{state.DATABASE}what", horizontal=True)
    asked: dict[str, str | None] = {}
    if what == TABLE:
        st.caption(f"{len(tables):,} tables and views can be seen with this account.")
        asked["table"] = st.selectbox("Table", tables, key=f"{state.DATABASE}table") if tables else None
    else:
        asked["query"] = st.text_area(
            "SELECT", key=f"{state.DATABASE}query", height=140, placeholder="SELECT user_id, event, at FROM ..."
        ).strip()
    if st.button("Fetch the rows", type="primary", key="fetch-rows"):
        spec = FetchSpec.read({"url": _allowed(url), **asked})
        secret = keep_secret(cached.workspace(), password) if password else None
        with_secret = spec.model_copy(update={"secret": secret})
        run_id = submit(cached.workspace(), "fetch", with_secret.plain(), title=f"Fetch {spec.title}")
        state.remember(state.FETCH, run_id)
        st.rerun()


def _fetched(run_id: str) -> bool:
    """Show a fetch under way; once it is done its file waits to be imported. Returns whether it is still to be seen."""
    if controls.watch(run_id) == "done":
        result = find_result(cached.workspace(), run_id)
        state.forget(state.FETCH)
        if Path(result["path"]).is_file():
            state.keep_arrival(state.Arrival((result["path"],), str(result["source"])[:200], None))
            st.rerun()
        return False
    if find_run(cached.workspace(), run_id)["status"] in ("failed", "cancelled"):
        st.button("Change the connection", key="drop-fetch", on_click=state.forget, args=(state.FETCH,))
    return True
