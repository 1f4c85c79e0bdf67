"""The graphs of a log: versions, what changed in words, and nothing lost or mixed up."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import BadSpec, NotFound
from core.graphs import library
from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.tiers import graph_from_tiers
from core.storage.catalogue import drop_log
from core.storage.workspace import Workspace

FIRST = graph_from_tiers([("age", ""), ("past", "")], "search", "buy")
WITHOUT_AGE = graph_from_tiers([("past", "")], "search", "buy")
WITH_INTENT = graph_from_tiers([("past", "")], "search", "buy", ["intent"])


def test_each_save_is_a_version_that_says_what_changed(workspace: Workspace) -> None:
    library.save(workspace, "log", "mine", FIRST, note="  as agreed ")
    library.save(workspace, "log", "mine", WITHOUT_AGE)
    library.save(workspace, "log", "mine", WITHOUT_AGE)  # nothing changed
    library.save(workspace, "log", "mine", WITH_INTENT)
    kept = library.graph_named(workspace, "log", "mine")
    assert [(version.nodes, version.edges, version.changed) for version in kept.versions] == [
        (4, 5, ""),
        (3, 3, "− age"),
        (4, 5, "+ intent; + intent → search; + intent → buy"),
    ]
    assert kept.versions[0].note == "as agreed"
    assert library.open_graph(workspace, kept.versions[1].graph_id) == WITHOUT_AGE


def test_a_turned_edge_a_role_a_tier_and_a_place_are_said() -> None:
    before = CausalGraph((Node("a"), Node("b"), Node("c")), (("a", "b"), ("b", "c")))
    after = CausalGraph(
        (Node("a", ("unmeasured",)), Node("b", (), 2), Node("c", (), None, "", (1.0, 2.0))), (("b", "a"),)
    )
    assert library.changes(before, after) == ("b → a turned round; − b → c; a is now unmeasured; b in tier 2; places")
    assert library.changes(before, before) == ""
    many = CausalGraph(tuple(Node(f"n{number}") for number in range(9)))
    assert library.changes(CausalGraph(()), many).endswith("; and 3 more")


def test_an_old_version_can_be_the_newest_again(workspace: Workspace) -> None:
    for graph in (FIRST, WITHOUT_AGE):
        library.save(workspace, "log", "mine", graph)
    restored = library.restore(workspace, "log", "mine", 1)
    assert (restored.note, restored.changed) == ("version 1 again", "+ age; + age → search; + age → buy")
    kept = library.graph_named(workspace, "log", "mine")
    assert len(kept.versions) == 3
    assert library.whose_version(workspace, "log", kept.versions[0].graph_id) == (kept, 3)
    with pytest.raises(NotFound, match="no version 4; it has 3"):
        library.restore(workspace, "log", "mine", 4)


def test_graphs_are_renamed_duplicated_and_deleted(workspace: Workspace) -> None:
    saved = library.save(workspace, "log", "mine", FIRST)
    assert library.duplicate(workspace, "log", "mine") == "mine copy"
    assert library.duplicate(workspace, "log", "mine") == "mine copy 2"
    assert library.rename(workspace, "log", "mine copy", " ours ") == "ours"
    with pytest.raises(BadSpec, match="'ours' is taken"):
        library.rename(workspace, "log", "mine", "ours")
    library.delete(workspace, "log", "mine")
    assert sorted(kept.name for kept in library.graphs_of(workspace, "log")) == ["mine copy 2", "ours"]
    assert library.open_graph(workspace, saved.graph_id) == FIRST  # a question may name it
    with pytest.raises(NotFound, match="no graph 'mine'; the graphs are"):
        library.delete(workspace, "log", "mine")


@pytest.mark.parametrize(
    ("name", "says"), [("  ", "Give the graph a name"), ("x" * 81, "80 characters"), ("a\x00", "name")]
)
def test_a_name_that_is_none_is_refused(workspace: Workspace, name: str, says: str) -> None:
    with pytest.raises(BadSpec, match=says):
        library.save(workspace, "log", name, FIRST)
    with pytest.raises(BadSpec, match="The graph is empty"):
        library.save(workspace, "log", "mine", CausalGraph(()))


def test_graphs_belong_to_their_log_and_go_with_it(workspace: Workspace) -> None:
    saved = library.save(workspace, "log", "mine", FIRST)
    library.save(workspace, "other", "mine", FIRST)
    drop_log(workspace, "log")
    assert library.graphs_of(workspace, "log") == []
    assert len(library.graphs_of(workspace, "other")) == 1
    with pytest.raises(NotFound):
        library.open_graph(workspace, saved.graph_id)


def test_versions_saved_at_once_are_all_kept(workspace: Workspace) -> None:
    graphs = [graph_from_tiers([(f"g{number}", "")], "search", "buy") for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda graph: library.save(workspace, "log", "mine", graph), graphs))
    kept = library.graph_named(workspace, "log", "mine")
    assert {library.open_graph(workspace, version.graph_id) for version in kept.versions} == set(graphs)


def test_the_last_draft_is_offered_until_it_is_saved(workspace: Workspace) -> None:
    graph_id = library.store(workspace, "log", FIRST)
    library.keep_draft(workspace, "log", graph_id, "mine")
    draft = library.draft_of(workspace, "log")
    assert draft is not None
    assert (draft["graph_id"], draft["name"]) == (graph_id, "mine")
    library.save(workspace, "log", "mine", FIRST)
    assert library.draft_of(workspace, "log") is None
