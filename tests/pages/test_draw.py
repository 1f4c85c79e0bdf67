"""Draw: graphs are opened, saved in versions, brought in and taken out, and attached to the question."""

from itertools import pairwise
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.graphs import library
from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.formats.text_formats import graph_text
from core.graphs.textbook import TEXTBOOK
from core.graphs.tiers import graph_from_tiers
from core.storage.catalogue import find_spec
from core.storage.workspace import Workspace
from tests.pages.conftest import HOSTILE, open_page, said

DAGITTY = "dag { search [exposure] buy [outcome] mood [latent] mood -> {search buy} search -> buy }"


def parameter(app: AppTest, name: str) -> str:
    """A value in the address; "" if it is not there."""
    value = app.query_params.get(name, "")
    return value[0] if isinstance(value, list) else str(value)


def press(app: AppTest, key: str) -> AppTest:
    """Click a button of the page, which must not fail."""
    app.button(key=key).click().run()
    assert not app.exception
    return app


def question_of(workspace: Workspace, app: AppTest) -> dict[str, object]:
    """The question in the address."""
    return find_spec(workspace, parameter(app, "question"))


def save_as(app: AppTest, name: str) -> AppTest:
    """Save the graph in hand under a name."""
    app.text_input(key="graph-name-demo").set_value(name).run()
    return press(app, "save-graph")


def open_entry(app: AppTest, *entry: str) -> AppTest:
    """Open an entry of the list of graphs."""
    app.selectbox(key="graph-open-demo").set_value(entry).run()
    return press(app, "open-graph")


def bring(app: AppTest, code: str) -> AppTest:
    """Import pasted code."""
    app.text_area(key="graph-code-demo").set_value(code).run()
    return press(app, "import-graph")


def test_the_questions_own_graph_is_in_hand_first(fresh: Workspace) -> None:
    app = open_page("draw")
    assert not app.exception
    assert "The question's graph" in said(app)
    assert "Identifiable by adjusting for" in app.success[0].value
    assert not parameter(app, "graph")


def test_a_graph_is_saved_changed_and_gone_back_to(fresh: Workspace) -> None:
    app = save_as(open_page("draw"), "mine")
    assert "**mine** :gray[version 1]" in said(app)
    app.segmented_control(key="groups-intent").set_value("no cause").run()
    assert "changed since it was saved" in said(app)
    name = app.text_input(key="graph-name-of-mine-demo")
    assert name.value == name.proto.default == "mine"  # a closed popover keeps only what a field begins with
    assert "− intent" in said(press(app, "save-graph"))
    app.selectbox(key="graph-version-demo").set_value(1).run()
    app = press(app, "open-version")
    assert "version 1 of 2" in said(app)
    app.selectbox(key="graph-version-demo").set_value(1).run()
    app = press(app, "restore-version")
    kept = library.graph_named(fresh, "demo", "mine")
    assert [version.note for version in kept.versions] == ["", "", "version 1 again"]
    assert "version 3" in said(app)
    app.text_input(key="graph-rename-demo").set_value("ours").run()
    app = press(press(app, "rename-graph"), "duplicate-graph")
    assert "**ours copy** :gray[version 1]" in said(app)
    assert "is deleted" in said(press(app, "delete-graph"))
    assert [kept.name for kept in library.graphs_of(fresh, "demo")] == ["ours"]


def test_a_link_or_a_reload_shows_the_same_graph_and_a_new_session_is_offered_it(fresh: Workspace) -> None:
    app = bring(open_page("draw"), DAGITTY)
    assert "Imported 3 variables and 3 edges." in said(app)
    again = open_page("draw", graph=parameter(app, "graph"))
    assert "mood is unmeasured" in again.warning[0].value
    later = open_page("draw")
    assert "Identifiable by adjusting for" in later.success[0].value
    assert "mood is unmeasured" in open_entry(later, "draft", parameter(app, "graph")).warning[0].value
    gone = open_page("draw", graph="graph-gone")
    assert "no causal graph 'graph-gone'" in gone.warning[0].value.replace("\\", "")


def test_a_graph_is_attached_to_the_question_edited_with_it_and_detached(fresh: Workspace) -> None:
    app = bring(open_page("draw"), DAGITTY)
    assert question_of(fresh, app)["graph_id"] is None
    app = press(app, "attach-graph")
    assert question_of(fresh, app)["graph_id"] == parameter(app, "graph")
    app.segmented_control(key="groups-device").set_value("measured").run()
    assert not app.exception
    attached = question_of(fresh, app)["graph_id"]
    assert attached == parameter(app, "graph")
    assert "device" in library.open_graph(fresh, str(attached)).names
    assert "Estimate" in said(open_page("estimate", question=parameter(app, "question")))
    app = press(app, "detach-graph")
    assert question_of(fresh, app)["graph_id"] is None
    assert parameter(app, "graph") == attached  # still in hand
    open_entry(app, "own", "")
    assert "Identifiable by adjusting for" in app.success[0].value


def test_a_graph_about_other_events_is_not_attached(fresh: Workspace) -> None:
    app = press(bring(open_page("draw"), "dag { a [exposure] b [outcome] a -> b }"), "attach-graph")
    assert "asks what search does to buy, the graph marks a as treatment and b as outcome" in app.error[0].value
    assert question_of(fresh, app)["graph_id"] is None


def test_another_question_brings_its_own_graph(fresh: Workspace) -> None:
    app = press(bring(open_page("draw"), DAGITTY), "attach-graph")
    asked = app.switch_page("ask.py").run()
    asked.selectbox(key="treatment").set_value("view").run()
    drawn = asked.switch_page("draw.py").run()
    assert not drawn.exception
    assert "does view within" in said(drawn)
    assert question_of(fresh, drawn)["graph_id"] is None
    assert "The question's graph" in said(drawn)


@pytest.mark.parametrize("name", ["mediation", "front_door", "conditional_instrument", "berkson"])
def test_a_lesson_opens_with_its_words(fresh: Workspace, name: str) -> None:
    graph_id = library.store(fresh, "demo", TEXTBOOK[name].graph())
    app = open_page("draw", graph=graph_id)
    assert not app.exception
    assert TEXTBOOK[name].title in app.info[0].value
    assert app.success or app.warning


def test_a_lesson_is_opened_from_the_list_and_an_empty_graph_is_begun(fresh: Workspace) -> None:
    app = open_entry(open_page("draw"), "lesson", "m_bias")
    assert "M-bias" in app.info[0].value
    assert "score" in app.dataframe[0].value["variable"].tolist()  # not to be adjusted for
    graph = library.open_graph(fresh, parameter(press(app, "new-graph"), "graph"))
    assert (graph.names, graph.edges) == (("search", "buy"), (("search", "buy"),))


def test_a_graph_without_treatment_or_outcome_says_what_is_missing(fresh: Workspace) -> None:
    app = bring(open_page("draw"), "dag { a [exposure] b }")
    assert "No variable is marked as outcome" in said(app)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("", "Bring a file, or paste the code"),
        ("dag {\n a -> -> b }", "Line 2, column 7 of the graph: expected a name"),
        ("dag { a -> b -> a }", "a → b → a"),
        ("{}", "A causal graph is"),
    ],
)
def test_code_that_is_no_graph_is_refused_and_the_graph_stays(fresh: Workspace, code: str, says: str) -> None:
    app = bring(open_page("draw"), code)
    assert says in app.error[0].value.replace("\\", "")
    assert "Identifiable by adjusting for" in app.success[0].value


def test_what_an_export_cannot_hold_is_said_on_the_page(fresh: Workspace) -> None:
    app = open_page("draw")
    app.selectbox(key="export-format").set_value(".dagitty").run()
    assert "DAGitty code has no place for tiers" in said(app)
    for ending in (".dot", ".gml", ".graphml", ".nodelink", ".svg", ".png"):
        app.selectbox(key="export-format").set_value(ending).run()
        assert not app.exception


def test_names_are_never_markup(fresh: Workspace) -> None:
    graph = graph_from_tiers([(HOSTILE, HOSTILE)], "search", "buy", [HOSTILE])
    library.save(fresh, "demo", HOSTILE, graph, note=HOSTILE)
    app = bring(open_page("draw"), graph_text(graph, ".json"))
    app = open_entry(app, "kept", HOSTILE)
    shown = [str(each.value) for kind in (app.markdown, app.caption, app.warning, app.error) for each in kind]
    assert HOSTILE in said(app)
    assert not any(HOSTILE in text for text in shown)


def test_a_log_that_allows_no_question_still_has_graphs(fresh: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "views.csv"
    file.write_text(
        "user_id,event_type,timestamp\n" + "".join(f"u{day},view,2025-01-{day:02}\n" for day in range(1, 29))
    )
    spec = ImportSpec(files=(str(file),), name="views only")
    import_log(fresh, spec, lambda share, message: None, log_id="views")
    app = open_page("draw", log="views")
    assert not app.exception
    assert "one event type only" in app.warning[0].value.replace("\\", "")
    for page in ("draw", "estimate", "screen", "discover", "ask"):
        links = [link.proto.label for link in open_page(page, log="views").get("page_link")]
        assert links.count("Name events by rules") == 1, page
    app.text_area(key="graph-code-views").set_value(DAGITTY).run()
    assert "mood is unmeasured" in press(app, "import-graph").warning[1].value
    assert not [button for button in app.button if button.key == "attach-graph"]


def test_sixty_variables_are_drawn_and_identified(fresh: Workspace) -> None:
    names = [f"v{number}" for number in range(60)]
    nodes = (Node("T", ("treatment",)), Node("Y", ("outcome",)), *(Node(name) for name in names))
    edges = [(name, end) for name in names[:20] for end in ("T", "Y")] + list(pairwise(names))
    graph_id = library.store(fresh, "demo", CausalGraph(nodes, (*edges, ("T", "Y"))))
    app = open_page("draw", graph=graph_id)
    assert "Identifiable by adjusting for" in app.success[0].value
