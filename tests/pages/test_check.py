"""The page Check: the graph in hand against a table or the question, from the verdict to observe and set."""

import re
from pathlib import Path

import pytest

from core.graphs.causal_graph import read_plain
from core.graphs.library import open_graph, store
from core.storage.runs import find_result, list_runs
from core.storage.workspace import Workspace
from tests.graphs.check.planted import draw, graph_of
from tests.pages.conftest import HOSTILE, carry_out, open_page, said

TRUE = graph_of("age search", "search views", "views buy", "age buy", question=("search", "buy"))
WRONG = graph_of("age search", "search views", "views buy", question=("search", "buy"))


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "table.csv"
    draw(TRUE, 1500, 5).to_csv(path, index=False)
    monkeypatch.setenv("WHYPATH_PATH_ROOTS", str(tmp_path))
    return path


def test_a_wrong_graph_is_contradicted_and_what_follows_is_shown(demo: Workspace, table: Path) -> None:
    app = open_page("check", graph=store(demo, "demo", WRONG))
    app.segmented_control(key="check-source").set_value("table").run()
    app.text_input(key="table_path").set_value(str(table)).run()
    app.number_input(key="check-draws").set_value(20)
    app.button(key="check-go").click().run()
    assert not app.exception
    run = list_runs(demo, kind="check_graph")[0]
    assert run["spec"]["draws"] == 20
    carry_out(demo, run["run_id"])
    assert find_result(demo, run["run_id"])["passed"] is False
    app.run()
    assert not app.exception
    shown = said(app)
    assert "Contradicted" in shown
    assert "age and buy are independent" in shown
    assert "An edge age → buy would mend" in shown
    assert "search on buy" in shown
    app.selectbox(key="check-node").select("age").run()
    assert not app.exception
    assert "buy where age is" in said(app)
    app.button(key="check-change").click().run()
    assert not app.exception
    assert "4 edges" in said(app)
    assert "another graph than the one in hand" in said(app)
    taken = open_graph(demo, str(app.query_params["graph"]))
    assert [(edge.source, edge.target, edge.method) for edge in taken.learnt] == [("age", "buy", "check")]


def test_the_question_s_units_and_an_honest_unknown(demo: Workspace) -> None:
    # The template joins every pair that is not free: it claims nothing.
    app = open_page("check")
    app.button(key="check-go").click().run()
    assert not app.exception
    run = list_runs(demo, kind="check_graph")[0]
    assert run["log_id"] == "demo"
    carry_out(demo, run["run_id"])
    app.run()
    assert not app.exception
    assert "Unknown" in said(app)
    assert "nothing that data could contradict" in said(app)


def test_hostile_names_are_shown_as_they_are(demo: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHYPATH_PATH_ROOTS", str(tmp_path))
    graph = graph_of("a b", "b c")
    frame = draw(graph, 300, 6).rename(columns={"a": HOSTILE})
    frame.to_csv(tmp_path / "t.csv", index=False)
    nodes = [{"name": HOSTILE if name == "a" else name} for name in "abc"]
    hostile = read_plain(
        {"nodes": nodes, "edges": [{"source": HOSTILE, "target": "b"}, {"source": "b", "target": "c"}]}
    )
    app = open_page("check", graph=store(demo, "demo", hostile))
    app.segmented_control(key="check-source").set_value("table").run()
    app.text_input(key="table_path").set_value(str(tmp_path / "t.csv")).run()
    app.number_input(key="check-draws").set_value(10)
    app.button(key="check-go").click().run()
    run_id = list_runs(demo, kind="check_graph")[0]["run_id"]
    carry_out(demo, run_id)
    app.run()
    assert not app.exception
    for kind in (app.markdown, app.caption, app.warning):
        assert not any(re.search(r"(?<!\\)<img", element.value) for element in kind)


def test_a_run_that_cannot_be_done_says_why(demo: Workspace, table: Path) -> None:
    app = open_page("check", graph=store(demo, "demo", graph_of("x y", "y z")))
    app.segmented_control(key="check-source").set_value("table").run()
    app.text_input(key="table_path").set_value(str(table)).run()
    app.button(key="check-go").click().run()
    run_id = list_runs(demo, kind="check_graph")[0]["run_id"]
    carry_out(demo, run_id)
    app.run()
    assert not app.exception
    assert "name nodes like columns" in app.error[0].value
