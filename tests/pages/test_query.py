"""Query: a SELECT is answered, a mistake is one sentence, nothing but SELECT runs, a link opens what it says."""

from core.storage.workspace import Workspace
from tests.pages.conftest import open_page, said


def ask(sql: str):  # type: ignore[no-untyped-def]
    app = open_page("query")
    app.text_area(key="sql").set_value(sql)
    return app.button(key="run-query").click().run()


def test_nothing_runs_before_it_is_asked_and_tables_are_listed(demo: Workspace) -> None:
    app = open_page("query")
    assert "Nothing has been asked yet" in said(app)
    assert [box.label for box in app.expander] == ["events", "sessions", "users", "items", "hours", "user_days"]
    assert "event_type" in app.dataframe[0].value["column"].tolist()
    assert not app.exception


def test_a_select_is_answered_and_its_link_answers_again(demo: Workspace) -> None:
    app = ask("SELECT event_type, count(*) AS events FROM events GROUP BY ALL ORDER BY events DESC")
    assert not app.exception
    assert app.dataframe[0].value.columns.tolist() == ["event_type", "events"]
    asked = app.query_params["query"]
    again = open_page("query", query=asked if isinstance(asked, str) else asked[0])
    assert again.dataframe[0].value.equals(app.dataframe[0].value)
    assert "GROUP BY ALL" in str(again.text_area(key="sql").value)


def test_a_mistake_and_a_statement_that_is_no_select_are_one_sentence(demo: Workspace) -> None:
    assert "nope" in ask("SELECT nope FROM events").error[0].value
    assert "Only SELECT" in ask("DROP TABLE events").error[0].value
    assert "one" in ask("SELECT 1; SELECT 2").error[0].value.lower()


def test_an_example_fills_the_box(demo: Workspace) -> None:
    app = open_page("query")
    app.button(key="example-Busiest users").click().run()
    assert "FROM users" in str(app.text_area(key="sql").value)
    assert not app.exception
