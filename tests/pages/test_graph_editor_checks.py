"""The graph editor's Python side: nothing from the browser is taken unread, and an edit is told once."""

import math
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from hypothesis import given
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from core.errors import BadSpec
from core.graphs.causal_graph import CausalGraph, Learnt, Node, read_plain
from pages.components.graph_editor import mount
from pages.components.graph_editor.checked import LONGEST_NAME, MOST_EDGES, MOST_NODES, read_edit
from pages.components.graph_editor.mount import HERE, LOCKED, OVERTAKEN, SCRIPTS
from pages.components.graph_editor.shown import Suggested

NOW = CausalGraph(
    (Node("age", tier=0), Node("search", ("treatment",), 1), Node("buy", ("outcome",), 2)),
    (("age", "search"), ("search", "buy")),
)
SUGGESTIONS = (
    Suggested("age", "buy", "directed", 0.9, "pc"),
    Suggested("search", "age", "undirected", 0.5, "pc"),
    Suggested("buy", "age", "bidirected", 0.5, "fci"),
)
PLAIN = NOW.plain()


def changed(**fields: Any) -> dict[str, Any]:
    """What the browser sends after a change of these fields of the graph."""
    return {"id": "1", "kind": "change", "graph": PLAIN | fields}


def with_node(**fields: Any) -> dict[str, Any]:
    return changed(nodes=[*PLAIN["nodes"], {"name": "new", "roles": [], "tier": None} | fields])


def with_edge(source: Any, target: Any) -> dict[str, Any]:
    return changed(edges=[*PLAIN["edges"], {"source": source, "target": target}])


def test_a_sound_change_is_taken_whole() -> None:
    sent = with_node(name="mood <b>", roles=["unmeasured"], tier=-2, title="**Mood**", place=[1, -2.5])
    graph = read_edit(sent, NOW).graph
    assert graph.node("mood <b>") == Node("mood <b>", ("unmeasured",), -2, "**Mood**", (1.0, -2.5))
    assert graph.edges == NOW.edges


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (None, "no edit"),
        ([], "no edit"),
        ({"kind": "delete everything", "graph": PLAIN}, "no edit"),
        ({"kind": "change"}, "A causal graph is"),
        (changed(nodes="many"), "A causal graph is"),
        (changed(edges={"source": "age"}), "are a list"),
        (with_node(name=7), "has no text"),
        (with_node(name=" x"), "spaces around"),
        (with_node(name=""), "empty name"),
        (with_node(name="age"), "twice"),
        (with_node(name="n" * (LONGEST_NAME + 1)), "keep it within 80"),
        (with_node(title="t" * 201), "keep it within 200"),
        (with_node(name="line\nbreak"), "cannot be seen"),
        (with_node(name="\u202ereversed"), "cannot be seen"),
        (with_node(roles=["boss"]), "roles are"),
        (with_node(roles="treatment"), "list of names"),
        (with_node(roles=["selected", "selected"]), "role twice"),
        (with_node(roles=["treatment"]), "mark exactly one"),
        (with_node(tier=1.5), "whole number"),
        (with_node(tier=True), "whole number"),
        (with_node(tier=10**9), "tiers go from"),
        (with_node(place=[math.nan, 0]), "two numbers"),
        (with_node(place=[1e9, 0]), "two numbers"),
        (with_node(onclick="boom()"), "no field 'onclick'"),
        (with_edge("age", "nobody"), "not a node"),
        (with_edge("age", "age"), "loop"),
        (with_edge("age", "search"), "drawn twice"),
        (with_edge("buy", "search"), "against time"),
        (with_edge(None, "age"), "needs a text"),
        (changed(nodes=[{"name": str(place), "roles": []} for place in range(MOST_NODES + 1)]), "the editor takes 200"),
        (changed(edges=[{"source": "age", "target": "buy"}] * (MOST_EDGES + 1)), "the editor takes 5,000"),
    ],
)
def test_what_is_not_sound_is_refused_with_one_sentence(sent: Any, sentence: str) -> None:
    with pytest.raises(BadSpec, match=sentence):
        read_edit(sent, NOW)


def test_a_cycle_is_refused_where_time_does_not_forbid_it() -> None:
    now = CausalGraph((Node("a"), Node("b"), Node("c")), (("a", "b"), ("b", "c")))
    sent = now.plain()
    sent["edges"].append({"source": "c", "target": "a"})
    with pytest.raises(BadSpec, match="a → b → c → a"):
        read_edit({"kind": "change", "graph": sent}, now)


def test_long_names_that_a_log_brought_are_not_the_edits_fault() -> None:
    now = CausalGraph((Node("n" * 300, title="t\n" * 300), Node("b")))
    sent = now.plain()
    sent["edges"] = [{"source": "n" * 300, "target": "b"}]
    assert read_edit({"kind": "change", "graph": sent}, now).graph.edges == (("n" * 300, "b"),)


def accepted(source: str, target: str, *edges: tuple[str, str], hidden: bool = False) -> dict[str, Any]:
    """The suggestion source → target is accepted by drawing these edges."""
    nodes = PLAIN["nodes"] + ([{"name": "hidden", "roles": ["unmeasured"], "tier": None}] if hidden else [])
    drawn = [*PLAIN["edges"], *({"source": one, "target": other, "learnt": {"method": "pc"}} for one, other in edges)]
    return {"kind": "accept", "source": source, "target": target, "graph": {"nodes": nodes, "edges": drawn}}


def test_a_suggestion_is_accepted_only_if_it_was_made_and_is_drawn() -> None:
    edit = read_edit(accepted("age", "buy", ("age", "buy")), NOW, SUGGESTIONS)
    assert (edit.kind, edit.suggestion) == ("accept", SUGGESTIONS[0])
    assert edit.graph.learnt == (Learnt("age", "buy", "pc"),)
    with pytest.raises(BadSpec, match="suggested any more"):
        read_edit(accepted("age", "nobody"), NOW, SUGGESTIONS)
    with pytest.raises(BadSpec, match="not drawn"):
        read_edit(accepted("age", "buy"), NOW, SUGGESTIONS)


def test_a_hidden_cause_is_accepted_as_an_unmeasured_parent_of_both() -> None:
    sent = accepted("buy", "age", ("hidden", "age"), ("hidden", "buy"), hidden=True)
    assert read_edit(sent, NOW, SUGGESTIONS).suggestion == SUGGESTIONS[2]
    one_sided = accepted("buy", "age", ("hidden", "age"), hidden=True)
    with pytest.raises(BadSpec, match="not drawn"):
        read_edit(one_sided, NOW, SUGGESTIONS)


def test_a_dismissed_suggestion_leaves_the_graph_as_python_has_it() -> None:
    sent = {"kind": "dismiss", "source": "search", "target": "age", "graph": {"nodes": []}}
    edit = read_edit(sent, NOW, SUGGESTIONS)
    assert (edit.graph, edit.kind, edit.suggestion) == (NOW, "dismiss", SUGGESTIONS[1])


def test_a_suggestion_is_of_a_kind_that_can_be_drawn() -> None:
    with pytest.raises(BadSpec, match="directed, undirected, bidirected"):
        Suggested("a", "b", "circled")


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=8),
    lambda inner: (
        some.lists(inner, max_size=4)
        | some.dictionaries(some.sampled_from(["nodes", "edges", "name", "roles", "tier", "source", "target"]), inner)
    ),
    max_leaves=12,
)


@given(JSON, JSON, JSON)
def test_anything_at_all_is_a_graph_or_refused(graph: Any, nodes: Any, edges: Any) -> None:
    for sent in (graph, {"nodes": nodes, "edges": edges}, {"nodes": [nodes], "edges": [edges]}):
        try:
            taken = read_edit({"kind": "change", "graph": sent}, NOW).graph
        except BadSpec:
            continue
        assert read_plain(taken.plain()) == taken


def page() -> None:
    """A page with the editor and nothing else; says what it was told."""
    import streamlit as st

    from core.graphs.causal_graph import CausalGraph, Node
    from pages.components.graph_editor.mount import graph_editor

    held = st.session_state.setdefault("held", CausalGraph((Node("a"), Node("b"))))
    edit = graph_editor("drawn", held, locked=st.session_state.get("locked", False))
    if edit is not None:
        st.session_state["held"] = edit.graph
        st.session_state["told"] = st.session_state.get("told", 0) + 1


def notes(app: AppTest) -> dict[str, Any]:
    return dict(app.session_state["graph_editor-drawn"])


def drawn(revision: str, *edges: tuple[str, str], number: str = "1") -> dict[str, Any]:
    """An edit as the browser sends it: a and b with these edges, drawn on this revision."""
    graph = {
        "nodes": [{"name": "a", "roles": [], "tier": None}, {"name": "b", "roles": [], "tier": None}],
        "edges": [{"source": source, "target": target} for source, target in edges],
    }
    return {"id": number, "revision": revision, "kind": "change", "graph": graph}


def send(app: AppTest, revision: str, *edges: tuple[str, str], number: str = "1") -> None:
    """The browser's edit arrives."""
    app.session_state["drawn"] = {"edits": [drawn(revision, *edges, number=number)]}
    app.run()


def told(app: AppTest) -> int:
    return int(app.session_state["told"]) if "told" in app.session_state else 0


def test_an_edit_is_told_once_and_leaves_the_revision_as_it_is() -> None:
    app = AppTest.from_function(page).run()
    revision = notes(app)["revision"]
    send(app, revision, ("a", "b"))
    assert not app.exception
    assert app.session_state["held"].edges == (("a", "b"),)
    app.run()
    app.run()
    assert told(app) == 1
    assert notes(app)["revision"] == revision  # the browser keeps what it drew


def test_edits_that_arrive_together_are_told_one_a_run() -> None:
    app = AppTest.from_function(page).run()
    revision = notes(app)["revision"]
    app.session_state["drawn"] = {"edits": [drawn(revision, ("a", "b")), "forged", drawn(revision, number="2")]}
    app.run()
    assert told(app) == 1 and app.session_state["held"].edges == (("a", "b"),)
    app.run()
    app.run()
    assert told(app) == 2 and app.session_state["held"].edges == ()
    assert notes(app)["revision"] == revision


def test_what_was_drawn_on_a_refused_edit_goes_with_it() -> None:
    app = AppTest.from_function(page).run()
    first = notes(app)["revision"]
    app.session_state["drawn"] = {"edits": [drawn(first, ("a", "a")), drawn(first, ("a", "b"), number="2")]}
    app.run()
    second = notes(app)["revision"]
    assert "loop" in notes(app)["refusal"] and second != first
    app.run()
    assert told(app) == 0 and notes(app)["revision"] == second


def test_a_run_that_is_cut_short_loses_no_edit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next change cuts a run short where it calls Streamlit, be it before the page has kept what was taken."""
    app = AppTest.from_function(page).run()
    revision = notes(app)["revision"]
    with monkeypatch.context() as cut:
        cut.setattr(mount, "_mounted", lambda **_: st.stop())
        send(app, revision, ("a", "b"))
        assert told(app) == 0
    app.run()
    assert told(app) == 1 and app.session_state["held"].edges == (("a", "b"),)
    assert notes(app)["refusal"] == ""


def test_a_refused_edit_moves_the_revision_on_and_so_do_changes_elsewhere() -> None:
    app = AppTest.from_function(page).run()
    first = notes(app)["revision"]
    send(app, first, ("a", "a"))
    assert "loop" in notes(app)["refusal"]
    assert notes(app)["revision"] != first
    send(app, first, ("a", "a"), ("a", "b"), number="2")  # drawn before the browser knew
    assert "loop" in notes(app)["refusal"]
    second = notes(app)["revision"]
    app.session_state["held"] = CausalGraph((Node("a"), Node("b"), Node("c")))
    app.run()
    assert notes(app)["revision"] != second
    send(app, second, ("a", "b"), number="3")
    assert notes(app)["refusal"] == OVERTAKEN
    assert told(app) == 0
    send(app, notes(app)["revision"], ("a", "b"), number="4")
    assert told(app) == 1


def test_a_locked_graph_takes_no_edit_and_a_new_session_none_of_the_last_one() -> None:
    app = AppTest.from_function(page)
    send(app, "of another session", ("a", "b"))
    assert told(app) == 0
    app.session_state["locked"] = True
    send(app, notes(app)["revision"], ("a", "b"), number="2")
    assert notes(app)["refusal"] == LOCKED
    assert told(app) == 0


def test_the_widget_writes_text_never_markup_and_asks_nobody() -> None:
    """What would make markup of names, run text as code, or leave the browser is in none of its scripts."""
    for name in SCRIPTS:
        script = (HERE / f"{name}.js").read_text(encoding="utf-8")
        for forbidden in (
            "innerHTML =",
            "insertAdjacent",
            "eval(",
            "new Function",
            "fetch(",
            "XMLHttp",
            "import(",
            "https:",
        ):
            assert forbidden not in script, (name, forbidden)
        assert len(script.splitlines()) <= 330
    assert not list(Path(HERE).glob("*.min.js"))
