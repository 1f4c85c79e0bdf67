"""Load, from a database: only hosts that were named; connect, choose a table, fetch it, and it waits to be mapped."""

import pytest

from core.storage.runs import list_runs
from core.storage.workspace import Workspace
from tests.pages.conftest import carry_out, open_page, said
from tests.postgres import PASSWORD, USER, Server


def test_no_host_is_reached_until_the_administrator_names_it(demo: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WHYPATH_DATABASES", raising=False)
    app = open_page("load")
    app.segmented_control(key="source").set_value("Database").run()
    assert "WHYPATH_DATABASES" in said(app)
    assert not app.exception


def test_a_table_is_fetched_and_waits_to_be_mapped(
    demo: Workspace, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHYPATH_DATABASES", "127.0.0.1")
    app = open_page("load")
    app.segmented_control(key="source").set_value("Database").run()
    for key, value in (("host", "127.0.0.1"), ("name", "postgres"), ("user", USER), ("password", "wrong")):
        app.text_input(key=f"database-{key}").set_value(value)
    app.number_input(key="database-port-postgresql").set_value(postgres.port)
    app.button(key="connect-database").click().run()
    assert "password authentication failed" in app.error[0].value
    app.text_input(key="database-password").set_value(PASSWORD)
    app.button(key="connect-database").click().run()
    app.selectbox(key="database-table").select("Web Shop.the events").run()
    app.button(key="fetch-rows").click().run()
    run = list_runs(demo, kind="fetch")[0]
    assert PASSWORD not in str(run)
    carry_out(demo, run["run_id"])
    app.run()
    assert "Web Shop.the events" in said(app)
    assert not app.exception
    assert list(demo.keys.glob("secret-*")) == []
