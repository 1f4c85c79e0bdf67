"""A causal question of a cleaned log: refused where a step knew the future, allowed where none did."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.effects.analysis_table import build
from core.effects.question import CausalQuestion
from core.effects.question_check import check
from core.errors import BadSpec
from core.events.cleaning.clean import clean_log
from core.events.cleaning.recipe import Recipe
from core.storage.catalogue import find_manifest
from core.storage.engine import Log, open_log
from core.storage.workspace import Workspace

QUESTION = CausalQuestion(treatment="search", outcome="buy", lookback_days=1, outcome_window_days=1)


@pytest.fixture
def log(log_of: Callable[[pd.DataFrame], Log]) -> Log:
    """300 users who view three times, half of them search and buy a day later or never; one never stops viewing."""
    rng = np.random.default_rng(0)
    rows = []
    for user in range(300):
        start = pd.Timestamp("2024-01-03") + pd.Timedelta(hours=int(rng.integers(0, 240)))
        kinds = ["view", "view", "view", *(["search"] if user % 2 else []), *(["buy"] if rng.random() < 0.4 else [])]
        rows += [(f"u{user}", kind, start + pd.Timedelta(minutes=place)) for place, kind in enumerate(kinds)]
    rows += [("busy", "view", pd.Timestamp("2024-01-02") + pd.Timedelta(minutes=place)) for place in range(2000)]
    return log_of(pd.DataFrame(rows, columns=["user_id", "event_type", "timestamp"]))


def cleaned(workspace: Workspace, log: Log, *steps: dict[str, Any]) -> Log:
    made = clean_log(workspace, log.manifest, Recipe.read({"steps": steps}), lambda share, message: None)
    return open_log(workspace, log.log_id, made["version_id"])


def test_a_log_cleaned_by_what_came_later_is_refused_with_the_step_and_the_way_out(
    workspace: Workspace, log: Log
) -> None:
    check(QUESTION, log.manifest)
    opened = cleaned(workspace, log, {"step": "outlier_users", "action": "drop"})
    assert opened.manifest["users"] == 300
    with pytest.raises(BadSpec, match="'Outlier users' judged events by what came after") as refused:
        build(opened, QUESTION)
    assert "switch that step off" in str(refused.value)


def test_the_way_out_works(workspace: Workspace, log: Log) -> None:
    off = {"step": "outlier_users", "action": "drop", "enabled": False}
    opened = cleaned(workspace, log, off, {"step": "drop_duplicates"})
    assert build(opened, QUESTION).units > 0
    assert build(log, QUESTION).units > 0


def test_a_step_that_knew_no_future_or_changed_nothing_is_no_hindrance(workspace: Workspace, log: Log) -> None:
    nobody = {"step": "bots", "events_per_minute": 1000, "action": "drop"}
    opened = cleaned(workspace, log, nobody, {"step": "drop_users", "user_ids": ["busy"]})
    assert find_manifest(workspace, log.log_id)["version_id"] == opened.version_id
    assert build(opened, QUESTION).units > 0
