"""A graph and the variables it names: columns of a table, features and later events of users, groups of a question."""

import pandas as pd
import pytest

from core.errors import BadSpec
from core.graphs.brought import bring
from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.check.check import check_graph
from core.graphs.check.spec import CheckSpec
from core.storage.engine import Log
from core.storage.workspace import Workspace
from tests.graphs.check.planted import graph_of


def test_users_bring_what_nodes_are_named_after(shop: tuple[Workspace, Log]) -> None:
    workspace, log = shop
    names = ("tenure_days", "events_look", "buy later", "mood")
    graph = CausalGraph(
        tuple(Node(name) for name in names),
        (("tenure_days", "events_look"), ("events_look", "buy later"), ("mood", "buy later")),
    )
    spec = CheckSpec.read({"graph": graph.plain(), "data": {"users": {"later_days": 7}}, "draws": 10})
    brought = bring(workspace, graph, spec.data, log)
    assert brought.table.names == names[:3]
    assert brought.graph.having("unmeasured") == ("mood",)
    assert any("No column holds mood" in note for note in brought.notes)
    found = check_graph(brought, spec)
    assert [(claim["one"], claim["other"]) for claim in found["implications"]] == [("tenure_days", "buy later")]


def test_a_table_is_read_only_where_nodes_are(workspace: Workspace) -> None:
    path = workspace.uploads / "t.csv"
    pd.DataFrame({"a": range(40), "b": [1, 2, 3, 5] * 10, "empty": [None] * 40, "one": 1}).to_csv(path, index=False)
    graph = graph_of("a b", "b c")
    spec = CheckSpec.read({"graph": graph.plain(), "data": {"table": str(path)}})
    brought = bring(workspace, graph, spec.data, None)
    assert brought.table.names == ("a", "b")
    assert "left out: empty, one" in " ".join(brought.notes)
    narrow = CheckSpec.read({"graph": graph.plain(), "data": {"table": str(path), "leave_out": ["b"]}})
    with pytest.raises(BadSpec, match="hold 1"):
        bring(workspace, graph, narrow.data, None)
