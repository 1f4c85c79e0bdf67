"""The page Discover: a discovery is asked for, judged edge by edge, and drawn in the graph as learnt."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.effects.screen.labels import label_pair
from core.graphs.library import open_graph
from core.storage.runs import find_result, find_run, list_runs
from core.storage.workspace import Workspace
from tests.pages.conftest import HOSTILE, carry_out, open_page, said
from tests.pages.test_every_page import one_type_log


@pytest.fixture
def chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A table in which the hostile name causes `middle` and `other`, and both cause `end`."""
    chance = np.random.default_rng(4)
    first, other = chance.normal(size=(2, 800))
    middle = first + 0.6 * chance.normal(size=800)
    end = middle + other + 0.6 * chance.normal(size=800)
    path = tmp_path / "chain.csv"
    pd.DataFrame({HOSTILE: first, "middle": middle, "other": other, "end": end}).to_csv(path, index=False)
    monkeypatch.setenv("WHYPATH_PATH_ROOTS", str(tmp_path))
    return path


def discovered(workspace: Workspace, app: AppTest) -> tuple[str, dict[str, Any]]:
    """Press the button and carry the run out; the run and its result."""
    app.button(key="discover-go").click().run()
    assert not app.exception
    run_id = list_runs(workspace, kind="discover")[0]["run_id"]
    carry_out(workspace, run_id)
    app.run()
    assert not app.exception
    return run_id, find_result(workspace, run_id)


def on_table(path: Path, draws: int = 20) -> AppTest:
    """The page with a table of one's own."""
    app = open_page("discover")
    app.segmented_control(key="discover-source").set_value("table").run()
    app.text_input(key="table_path").set_value(str(path)).run()
    app.number_input(key="discover-draws").set_value(draws).run()
    assert not app.exception
    return app


def test_the_questions_units_by_half_with_their_tiers(demo: Workspace) -> None:
    app = open_page("discover")
    app.number_input(key="discover-draws").set_value(5)
    run_id, result = discovered(demo, app)
    assert find_run(demo, run_id)["log_id"] == "demo"
    assert result["half"] == "discovery" and result["tiers"][1:] == [["search"], ["buy"]]
    shown = said(app)
    assert f"{len(result['edges'])} suggested" in shown
    assert result["reason"] in shown
    assert f"{result['rows']:,} rows" in shown
    assert not any(edge["source"] == "buy" for edge in result["edges"])  # nothing runs back in time


def test_firm_edges_become_a_new_graph_and_names_are_no_markup(fresh: Workspace, chain: Path) -> None:
    app = on_table(chain)
    _, result = discovered(fresh, app)
    app.button(key="open-firm").click().run()
    assert not app.exception
    graph = open_graph(fresh, str(app.query_params["graph"]))
    firm = [edge for edge in result["edges"] if edge["stability"] >= 0.9]
    assert graph.edges and len(graph.edges) == sum(edge["kind"] == "directed" for edge in firm)
    assert {(edge.method, edge.halved) for edge in graph.learnt} == {(result["method"], True)}
    assert ("middle", "end") in graph.edges
    for kind in (app.markdown, app.caption, app.warning, app.success, app.subheader):
        assert not any(re.search(r"(?<!\\)<img", element.value) for element in kind)


def test_suggestions_are_shown_in_the_picture_only_when_asked_for(fresh: Workspace, chain: Path) -> None:
    app = on_table(chain)
    run_id, result = discovered(fresh, app)
    app = open_page("draw", discovery=run_id)
    assert not app.toggle(key="suggested").value
    assert "drawn dotted" not in said(app)
    app = open_page("draw", discovery=run_id, suggested="true")
    assert app.toggle(key="suggested").value
    assert f"{len(result['edges'])} name variables that the graph lacks" in said(app)
    app.button(key="add-suggested").click().run()
    assert not app.exception
    assert f"{len(result['edges'])} are drawn dotted" in said(app)


def test_without_draws_nothing_is_firm_and_another_log_shows_nothing_of_it(
    fresh: Workspace, chain: Path, tmp_path: Path
) -> None:
    other = one_type_log(fresh, tmp_path)
    app = on_table(chain, draws=0)
    _, result = discovered(fresh, app)
    assert result["edges"][0]["stability"] is None
    assert "how stable was not asked" in said(app)
    assert not [button for button in app.button if button.key == "open-firm"]
    app.selectbox(key="log").set_value(other).run()
    assert not app.exception
    assert "suggested" not in said(app)


def test_text_that_names_rows_is_refused_in_a_sentence(fresh: Workspace, chain: Path) -> None:
    frame = pd.read_csv(chain).assign(name=[f"row {number}" for number in range(800)])
    frame.to_csv(chain, index=False)
    app = on_table(chain)
    app.button(key="discover-go").click().run()
    run_id = list_runs(fresh, kind="discover")[0]["run_id"]
    carry_out(fresh, run_id)
    app.run()
    assert not app.exception
    assert "a category has 50 at most" in app.error[0].value


def test_a_log_without_a_question_says_so_and_still_offers_the_rest(demo: Workspace, tmp_path: Path) -> None:
    app = open_page("discover", log=one_type_log(demo, tmp_path))
    assert "one event type" in said(app)
    app.segmented_control(key="discover-source").set_value("users").run()
    assert not app.exception
    assert not app.error
    assert app.button(key="discover-go")


def test_labels_of_pairs_are_edges_that_are_known_already(fresh: Workspace) -> None:
    label_pair(fresh, "demo", "search", "buy", "causal")
    label_pair(fresh, "demo", "cart", "search", "not causal")
    app = open_page("discover")
    app.segmented_control(key="discover-source").set_value("series").run()
    app.number_input(key="discover-draws").set_value(0)
    app.button(key="discover-go").click().run()
    assert not app.exception
    spec = list_runs(fresh, kind="discover")[0]["spec"]
    assert (spec["required"], spec["forbidden"]) == ([["search", "buy"]], [["cart", "search"]])
