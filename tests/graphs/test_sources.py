"""Variables from a table, from the users of a log and from a question: in halves that every process agrees on."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.errors import BadFile, BadSpec, NotEnoughData
from core.graphs.halves import in_half
from core.graphs.sources import UsersSpec, VariablesSpec, load_variables
from core.storage.engine import Log
from core.storage.workspace import Workspace


def test_halves_are_fixed_and_even() -> None:
    ids = [f"user {number}" for number in range(10_000)]
    discovery, estimation = in_half(ids, "discovery"), in_half(ids, "estimation")
    assert (discovery ^ estimation).all() and in_half(ids, "all").all()
    assert 0.48 < discovery.mean() < 0.52
    assert in_half(["ann", "bob", "cy", "dee"], "discovery").tolist() == in_half(["ann", "bob", "cy", "dee"] * 2,
        "discovery")[4:].tolist()  # fmt: skip
    assert in_half([1, 2, 3], "estimation").tolist() == in_half(["1", "2", "3"], "estimation").tolist()


def test_rows_of_a_cluster_stay_in_one_half(workspace: Workspace) -> None:
    frame = pd.DataFrame({"person": np.repeat(np.arange(200), 5), "a": np.arange(1000.0), "b": np.arange(1000.0) % 7})
    path = workspace.uploads / "people.csv"
    frame.to_csv(path, index=False)
    found = {}
    for half in ("discovery", "estimation"):
        spec = VariablesSpec(table=str(path), cluster="person", half=half)
        table, tiers = load_variables(workspace, spec)
        assert tiers == () and table.names == ("a", "b") and table.clusters is not None
        assert np.bincount(table.clusters).tolist() == [5] * len(np.unique(table.clusters))
        assert f"Only the {half} half" in table.notes[0]
        found[half] = set(table.variable("a").values)
    assert not found["discovery"] & found["estimation"] and len(found["discovery"] | found["estimation"]) == 1000


@pytest.mark.parametrize(("header", "twice"), [("a,b,a", True), ("a;b;A", False), ("a,b,a_1", False)])
def test_two_columns_of_one_name_are_refused(workspace: Workspace, tmp_path: Path, header: str, twice: bool) -> None:
    path = tmp_path / "t.csv"
    rows = np.random.default_rng(0).normal(size=(40, 3))
    separator = ";" if ";" in header else ","
    body = [separator.join(f"{value:.4f}" for value in row) for row in rows]
    path.write_text("\n".join([header, *body]), encoding="utf-8")
    if twice:
        with pytest.raises(BadFile, match=r"Columns 1 and 3 of 't\.csv' are both called 'a'"):
            load_variables(workspace, VariablesSpec(table=str(path)))
    else:
        table = load_variables(workspace, VariablesSpec(table=str(path)))[0]
        assert table.names == tuple(header.split(separator))
        assert table.variable(table.names[2]).values == pytest.approx(np.round(rows[:, 2], 4))


def test_users_before_and_after_a_moment_are_two_tiers(shop: tuple[Workspace, Log]) -> None:
    workspace, log = shop
    table, (before, after) = load_variables(workspace, VariablesSpec(users=UsersSpec(later_days=7)), log)
    assert set(after) == {"look later", "find later", "buy later"}
    assert {"events_look", "events_find", "events_buy", "tenure_days"} <= set(before)
    assert set(before) | set(after) == set(table.names)
    # by hand: did a user of the table buy in the last seven days?
    events = log.fetch(log.table("events"))
    last_us = int(pd.Timestamp(log.manifest["last_at"]).value // 1000)
    cut = last_us - 7 * 86_400_000_000
    buyers = set(events.loc[(events["timestamp_us"] >= cut) & (events["event_type"] == "buy"), "user_id"])
    known = set(events.loc[events["timestamp_us"] < cut, "user_id"])
    assert table.rows == len(known)
    late = (events["timestamp_us"] >= cut) & (events["timestamp_us"] < cut + 7 * 86_400_000_000)
    buyers &= set(events.loc[late & (events["event_type"] == "buy"), "user_id"]) & known
    assert table.variable("buy later").values.sum() == len(buyers)


def test_chosen_features_rules_and_what_is_refused(shop: tuple[Workspace, Log]) -> None:
    workspace, log = shop
    asked = UsersSpec(features=("events_look", "tenure_days"), later=("find",), later_days=7)
    table, _ = load_variables(workspace, VariablesSpec(users=asked), log)
    assert table.names == ("events_look", "tenure_days", "find later")
    table, tiers = load_variables(workspace, VariablesSpec(users=asked, leave_out=("tenure_days",)), log)
    assert table.names == ("events_look", "find later") and tiers == (("events_look",), ("find later",))
    with pytest.raises(NotEnoughData, match="too few to look 400 days"):
        load_variables(workspace, VariablesSpec(users=UsersSpec(later_days=400)), log)
    with pytest.raises(NotEnoughData, match="lie beyond the log"):
        load_variables(workspace, VariablesSpec(users=UsersSpec(at="2025-02-10T00:00:00Z", later_days=10)), log)
    with pytest.raises(BadSpec, match="exactly one of"):
        VariablesSpec.read({"table": "x.csv", "users": {}})
    with pytest.raises(BadSpec, match="say which one"):
        load_variables(workspace, VariablesSpec(users=UsersSpec()))


def test_a_question_gives_one_variable_per_group_and_three_tiers(shop: tuple[Workspace, Log]) -> None:
    workspace, log = shop
    question = {"treatment_window_days": 0.5, "treatment": "find", "outcome": "buy", "design": {"landmark_event": 1},
                "lookback_days": 7, "outcome_window_days": 1}  # fmt: skip
    table, tiers = load_variables(workspace, VariablesSpec(question=question), log)
    assert tiers[1:] == (("find",), ("buy",)) and table.names == (*tiers[0], "find", "buy")
    assert "past_activity" in tiers[0] and table.variable("past_activity").values.ndim == 2
    assert table.clusters is not None and table.clusters.max() < 300
    half, _ = load_variables(workspace, VariablesSpec(question=question, half="discovery"), log)
    assert 0.35 < half.rows / table.rows < 0.65
