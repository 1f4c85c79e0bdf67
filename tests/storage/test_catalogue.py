"""The catalogue publishes whole versions, keeps specs and graphs by content, and says what it does not have."""

import math
from datetime import UTC, datetime

import numpy as np
import pytest

from core.errors import NotFound
from core.storage import catalogue
from core.storage.workspace import Workspace, checked_id, jsonable, new_id, write_atomically


def test_a_published_version_is_the_current_one(workspace: Workspace) -> None:
    for version in ("v1", "v2"):
        catalogue.publish_version(workspace, "shop", version, "Shop", {"log_id": "shop", "version_id": version})
    assert catalogue.find_manifest(workspace, "shop")["version_id"] == "v2"
    assert catalogue.find_manifest(workspace, "shop", "v1")["version_id"] == "v1"
    assert [log["log_id"] for log in catalogue.list_logs(workspace)] == ["shop"]


def test_an_unknown_log_is_said_with_those_there_are(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match="import one first"):
        catalogue.find_manifest(workspace, "none")
    catalogue.publish_version(workspace, "shop", "v1", "Shop", {"log_id": "shop", "version_id": "v1"})
    with pytest.raises(NotFound, match="the newest are shop"):
        catalogue.find_manifest(workspace, "none")


def test_specs_are_found_by_hash_or_a_unique_beginning(workspace: Workspace) -> None:
    key = catalogue.keep_spec(workspace, {"a": 1})
    assert catalogue.keep_spec(workspace, {"a": 1}) == key
    assert catalogue.find_spec(workspace, key[:12]) == {"a": 1}
    for wrong in ("", key[:4], "f" * 64, "%"):
        with pytest.raises(NotFound):
            catalogue.find_spec(workspace, wrong)


def test_a_graph_never_changes_under_its_id(workspace: Workspace) -> None:
    graph = {"nodes": [], "edges": []}
    graph_id = catalogue.keep_graph(workspace, graph, name="empty", log_id=None)
    assert catalogue.keep_graph(workspace, graph, name="again", log_id=None) == graph_id
    assert catalogue.find_graph(workspace, graph_id) == graph
    with pytest.raises(NotFound):
        catalogue.find_graph(workspace, "graph-none")


@pytest.mark.parametrize("wrong", ["", "..", "a/b", "A", "a" * 81, "a b", "a\n"])
def test_only_ids_of_our_making_become_paths(workspace: Workspace, wrong: str) -> None:
    with pytest.raises(NotFound):
        workspace.run(wrong)


def test_new_ids_are_ids() -> None:
    assert checked_id(new_id("Ünï / ../code")).startswith("n-code-")


def test_json_has_no_nan_and_its_times_are_utc() -> None:
    values = {"a": math.nan, "b": np.float64(1.5), "c": [np.inf, np.int64(2)], "d": datetime(2026, 1, 2, tzinfo=UTC)}
    assert jsonable(values) == {"a": None, "b": 1.5, "c": [None, 2], "d": "2026-01-02T00:00:00Z"}


def test_an_atomic_write_leaves_nothing_else_behind(workspace: Workspace) -> None:
    target = workspace.root / "result.json"
    write_atomically(target, "old")
    with pytest.raises(TypeError):
        write_atomically(target, 3)  # type: ignore[arg-type]
    assert target.read_text() == "old"
    assert [path.name for path in workspace.root.iterdir() if path.name.startswith(".")] == []
