"""The page What if: what can be set is offered with its observed values, and the answer says whom it is about."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.library import store
from core.storage.runs import find_result, list_runs
from core.storage.workspace import Workspace
from tests.pages.conftest import HOSTILE, carry_out, open_page, said

GRAPH = CausalGraph(
    (Node("age"), Node("search", ("treatment",)), Node(HOSTILE), Node("buy", ("outcome",)), Node("apart")),
    (("age", "search"), ("age", "buy"), ("search", HOSTILE), (HOSTILE, "buy")),
)


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """age causes all; search ("hidden", "shown") moves the hostile name by 2, and that moves buy by 3."""
    chance = np.random.default_rng(8)
    age = chance.normal(size=600)
    search = chance.random(600) < 1 / (1 + np.exp(-age))
    middle = 2 * search + chance.normal(size=600)
    buy = 10 + 3 * middle + age + chance.normal(size=600)
    frame = pd.DataFrame({"age": age, "search": np.where(search, "shown", "hidden"), HOSTILE: middle, "buy": buy})
    path = tmp_path / "table.csv"
    frame.assign(apart=chance.normal(size=600)).to_csv(path, index=False)
    monkeypatch.setenv("WHYPATH_PATH_ROOTS", str(tmp_path))
    return path


def on_table(workspace: Workspace, path: Path, graph: CausalGraph = GRAPH) -> AppTest:
    """The page with a graph in hand, fitted on a table."""
    app = open_page("what_if", graph=store(workspace, "demo", graph))
    app.segmented_control(key="what_if-source").set_value("table").run()
    app.text_input(key="table_path").set_value(str(path)).run()
    assert not app.exception
    return app


def test_a_two_valued_node_is_set_and_the_effect_is_found(demo: Workspace, table: Path) -> None:
    app = on_table(demo, table)
    node = app.selectbox(key="what_if--node-buy")
    assert node.value == "search" and node.options == ["age", "search", HOSTILE]  # not what leads nowhere
    assert app.selectbox(key="what_if--value-search").value == "shown"
    assert app.selectbox(key="what_if--set-versus-search").value == "hidden"
    app.number_input(key="what_if-draws").set_value(3).run()
    app.button(key="what_if-go").click().run()
    assert not app.exception
    run_id = list_runs(demo, kind="what_if")[0]["run_id"]
    carry_out(demo, run_id)
    app.run()
    assert not app.exception
    result = find_result(demo, run_id)
    assert result["difference"]["value"] == pytest.approx(6, abs=1)
    shown = said(app)
    assert "search = shown instead of search = hidden: buy +" in shown
    assert "600 rows" in shown and "3 refits" in shown and "% of 9.9" in shown


def test_numbers_start_at_their_quartiles_and_a_guess_is_called_one(demo: Workspace, table: Path) -> None:
    app = on_table(demo, table)
    app.selectbox(key="what_if--node-buy").set_value("age").run()
    upper, lower = (app.number_input(key=f"what_if--{name}-age").value for name in ("value", "set-versus"))
    assert upper == pytest.approx(0.67, abs=0.15) and lower == pytest.approx(-0.67, abs=0.15)
    assert "Observed from" in said(app) and "outside" not in said(app)
    app.number_input(key="what_if--value-age").set_value(99.0).run()
    assert "outside what was observed" in said(app)


def test_groups_of_the_question_are_not_offered_and_the_page_says_so(fresh: Workspace) -> None:
    app = open_page("what_if")
    assert not app.exception
    assert app.selectbox(key="what_if--node-buy").value == "search"
    assert app.selectbox(key="what_if--value-search").options == ["0", "1"]
    assert "one value cannot stand for them: tenure" in said(app) or "past_activity (" in said(app)
    assert "past_activity" not in app.selectbox(key="what_if--node-buy").options


def test_a_graph_with_a_shared_hidden_cause_is_refused_in_a_sentence(demo: Workspace, table: Path) -> None:
    nodes = tuple(Node("age", ("unmeasured",)) if node.name == "age" else node for node in GRAPH.nodes)
    app = on_table(demo, table, CausalGraph(nodes, GRAPH.edges))
    app.button(key="what_if-go").click().run()
    run_id = list_runs(demo, kind="what_if")[0]["run_id"]
    carry_out(demo, run_id)
    app.run()
    assert not app.exception
    assert "share the unmeasured cause age" in app.error[0].value


def test_nothing_to_set_is_said_before_a_run(demo: Workspace, table: Path) -> None:
    app = on_table(demo, table, CausalGraph((Node("buy"), Node("age", ("outcome",))), (("age", "buy"),)))
    assert "nothing to set" in app.error[0].value
    assert not [button for button in app.button if button.key == "what_if-go"]


def test_a_graph_without_edges_leads_to_drawing(demo: Workspace) -> None:
    app = open_page("what_if", graph=store(demo, "demo", CausalGraph((Node("a"), Node("b")))))
    assert "no edges yet" in app.info[0].value


def test_a_cancelled_run_says_what_happened(demo: Workspace, table: Path) -> None:
    app = on_table(demo, table)
    app.button(key="what_if-go").click().run()
    run_id = list_runs(demo, kind="what_if")[0]["run_id"]
    app.button(key=f"cancel-{run_id}").click().run()
    app.run()
    assert not app.exception
    assert "cancelled" in app.info[0].value
