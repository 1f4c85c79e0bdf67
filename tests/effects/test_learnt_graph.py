"""A study with a graph that data suggested: it estimates with the users that discovery has not seen, and says so."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.effects.question import CausalQuestion
from core.effects.study_inputs import inputs_from_log
from core.effects.study_spec import StudySpec
from core.effects.table import CLUSTER
from core.effects.table_inputs import inputs_from_table
from core.errors import NotEnoughData
from core.graphs.causal_graph import Learnt
from core.graphs.halves import in_half
from core.graphs.tiers import graph_from_tiers
from core.storage.catalogue import keep_graph
from core.storage.engine import Log
from core.storage.workspace import Workspace

MINUTE_US = 60_000_000


def events(users: int) -> pd.DataFrame:
    """Each user has one session of three events; every second one then searches, every third buys."""
    rows = []
    for user in range(users):
        start = pd.Timestamp("2025-03-01") + pd.Timedelta(hours=user)
        kinds = ["view", "view", "view", *(["search"] if user % 2 else []), *(["buy"] if user % 3 == 0 else [])]
        rows += [(f"u{user}", kind, start + pd.Timedelta(minutes=place)) for place, kind in enumerate(kinds)]
    rows += [("last", "view", pd.Timestamp("2025-03-01") + pd.Timedelta(hours=users, days=3))]
    return pd.DataFrame(rows, columns=["user_id", "event_type", "timestamp"])


def learnt_graph(workspace: Workspace, log: Log, *, halved: bool) -> str:
    graph = graph_from_tiers([("calendar", "")], "search", "buy")
    graph = replace(graph, learnt=(Learnt("calendar", "buy", "boss", 0.9, halved),))
    return keep_graph(workspace, graph.plain(), name="learnt", log_id=log.log_id)


def asked(graph_id: str) -> CausalQuestion:
    return CausalQuestion(treatment="search", outcome="buy", lookback_days=0.01, graph_id=graph_id)


def test_the_estimate_uses_the_users_that_discovery_has_not_seen(
    workspace: Workspace, log_of: Callable[[pd.DataFrame], Log]
) -> None:
    log = log_of(events(600))
    whole = inputs_from_log(workspace, log, asked(learnt_graph(workspace, log, halved=False)))
    half = inputs_from_log(workspace, log, asked(learnt_graph(workspace, log, halved=True)))
    users = whole.table.frame[CLUSTER]
    assert set(half.table.frame[CLUSTER]) == set(users[in_half(users, "estimation")])
    assert not in_half(half.table.frame[CLUSTER], "discovery").any()
    assert half.table.attrition[-1].title == "of users that discovery has not seen"
    assert half.table.attrition[-1].units == half.table.units < whole.table.units
    assert "uses the other half" in half.notes[-1] and "does not count that choice" in whole.notes[-1]
    for placebo in half.placebos().tables.values():
        assert not in_half(placebo.frame[CLUSTER], "discovery").any()


def test_a_half_that_is_too_small_is_refused(workspace: Workspace, log_of: Callable[[pd.DataFrame], Log]) -> None:
    log = log_of(events(60))
    with pytest.raises(NotEnoughData, match="discovery has not seen"):
        inputs_from_log(workspace, log, asked(learnt_graph(workspace, log, halved=True)))


def test_a_ready_table_keeps_rows_of_a_cluster_apart_too(workspace: Workspace, tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    frame = pd.DataFrame({
        "person": np.repeat(np.arange(300), 2), "x": chance.normal(size=600), "t": chance.integers(0, 2, 600),
        "y": chance.normal(size=600),
    })  # fmt: skip
    path = tmp_path / "table.csv"
    frame.to_csv(path, index=False)
    template = graph_from_tiers([("x", "")], "t", "y")
    graph = replace(template, learnt=(Learnt("x", "t", "pc", None, halved=True),))
    spec = StudySpec(table=str(path), treatment="t", outcome="y", cluster="person", graph=graph.plain())
    made = inputs_from_table(workspace, spec)
    assert not in_half(made.table.frame[CLUSTER], "discovery").any() and 200 < made.table.units < 400
    assert "1 of the graph's 3 edges was learnt" in made.notes[-1]
