"""A saved metric as the outcome: per unit or refused, the same whatever becomes of the metric, and checked as itself."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.__main__ import main
from core.effects.analysis_table import build, build_placebo
from core.effects.asked_question import asked_question
from core.effects.battery.draw import draw_pairs
from core.effects.naive import ever_against_never
from core.effects.protocol_of_a_log import of_a_log
from core.effects.question import CausalQuestion, sentence
from core.effects.question_check import check
from core.effects.study_inputs import inputs_from_log
from core.errors import BadSpec, NotFound
from core.events.definitions.defining import define
from core.storage.engine import Log
from core.storage.workspace import Workspace

LogOf = Callable[[pd.DataFrame], Log]
ASKED = {"treatment": "search", "lookback_days": 1, "treatment_window_days": 0.1, "outcome_window_days": 0.5}


@pytest.fixture
def log(log_of: LogOf) -> Log:
    """10 days of 150 users; who ever searches does so in every other session; half of them end with a purchase of 10 or 60."""
    rng = np.random.default_rng(3)
    rows = []
    for user in range(150):
        for session in range(12):
            at = pd.Timestamp("2025-01-01") + pd.Timedelta(minutes=float(rng.integers(0, 14_000)))
            kinds = ["view"] * 3 + ["search" if user % 5 and session % 2 else "view", rng.choice(["buy", "cart"])]
            for step, kind in enumerate(kinds):
                price = float(rng.choice([10.0, 60.0])) if kind in ("buy", "cart") else 0.0
                rows.append((f"user {user}", kind, at + pd.Timedelta(seconds=step), price, step, 2.0 * price))
    return log_of(pd.DataFrame(rows, columns=["user_id", "event_type", "timestamp", "value", "position", "paid"]))


def kept(workspace: Workspace, log: Log, name: str, **body: Any) -> Mapping[str, Any]:
    define(workspace, log.log_id, "metric", {"name": name, **body})
    return {**ASKED, "outcome_measure": {"kind": "metric", "name": name}}


def test_a_metric_is_frozen_with_the_question_and_what_is_edited_later_is_another_question(
    workspace: Workspace, log: Log
) -> None:
    body = kept(workspace, log, "revenue", kind="sum", rule="buy where value > 50", column="paid")
    first = asked_question(workspace, log.log_id, body)
    assert sentence(first).endswith("change revenue (sum of paid over buy where value > 50) within 12 hours?")
    table = build(log, first)
    assert table.outcome_unit == "value" and set(np.unique(table.outcome % 120)) == {0.0}

    kept(workspace, log, "revenue", kind="sum", rule="buy", column="value")
    stored = CausalQuestion.read(json.loads(json.dumps(first.plain())))
    again = asked_question(workspace, log.log_id, stored.plain())
    assert again == first and np.array_equal(build(log, again).outcome, table.outcome)
    edited = asked_question(workspace, log.log_id, body)
    assert edited.hash() != first.hash() and build(log, edited).outcome.sum() != table.outcome.sum()


def test_shares_and_rates_of_all_users_are_asked_of_each_unit(workspace: Workspace, log: Log) -> None:
    buyers = asked_question(workspace, log.log_id, kept(workspace, log, "buyers", kind="share", rule="buy"))
    orders = asked_question(workspace, log.log_id, kept(workspace, log, "orders", kind="rate", rule="buy"))
    did, count = (build(log, CausalQuestion.read({**ASKED, "outcome": "buy", "outcome_measure": {"kind": kind}}))
                  for kind in ("did", "count"))  # fmt: skip
    assert np.array_equal(build(log, buyers).outcome, did.outcome) and build(log, buyers).outcome_unit == "share"
    assert np.array_equal(build(log, orders).outcome, count.outcome) and build(log, orders).outcome_unit == "events"
    assert "as it was saved when this was asked" in of_a_log(buyers, {})["Outcome"][1]


@pytest.mark.parametrize(
    ("metric", "says"),
    [
        ({"kind": "mean", "rule": "buy", "column": "value"}, "a unit without buy has no mean"),
        ({"kind": "share", "rule": "buy", "per": "session"}, "how many sessions there are may be due to the treatment"),
        ({"kind": "rate", "rule": "buy", "over": "search"}, "who comes to search after time zero"),
    ],
)
def test_what_divides_by_what_comes_after_time_zero_is_refused(
    workspace: Workspace, log: Log, metric: dict[str, Any], says: str
) -> None:
    with pytest.raises(BadSpec, match=says):
        asked_question(workspace, log.log_id, kept(workspace, log, "odd", **metric))


def test_a_name_that_is_not_there_and_an_outcome_besides_are_refused(workspace: Workspace, log: Log) -> None:
    with pytest.raises(NotFound, match="There is no metric 'nothing'"):
        asked_question(workspace, log.log_id, {**ASKED, "outcome_measure": {"kind": "metric", "name": "nothing"}})
    body = kept(workspace, log, "revenue", kind="sum", rule="buy", column="value")
    with pytest.raises(BadSpec, match="name only one of them"):
        asked_question(workspace, log.log_id, {**body, "outcome": "view"})


def test_a_version_without_the_summed_column_is_refused(workspace: Workspace, log: Log) -> None:
    asked = asked_question(workspace, log.log_id, kept(workspace, log, "r", kind="sum", rule="buy", column="paid"))
    fewer = {**log.manifest, "columns": {k: v for k, v in log.manifest["columns"].items() if k != "paid"}}
    fewer["attributes"] = [each for each in fewer.get("attributes", []) if "paid" not in str(each)]
    with pytest.raises(BadSpec, match="sums the column 'paid', which is no column of numbers"):
        check(asked, fewer)


def test_placebo_and_battery_ask_for_the_same_sum_and_other_events_lose_the_name(
    workspace: Workspace, log: Log
) -> None:
    body = kept(workspace, log, "revenue", kind="sum", rule="buy", column="paid")
    asked = asked_question(workspace, log.log_id, {**body, "negative_control": "cart"})
    placebo = build_placebo(log, asked)
    assert placebo.outcome.max() > 100 and placebo.outcome_title.startswith("revenue (sum of paid over buy) in the")
    pairs = draw_pairs(log, asked, groups={"calendar"}, estimand="ATE", pairs=4, seconds=60, seed=0).pairs
    own = [pair for pair in pairs if pair.outcome == "buy"]
    assert own and all(pair.scale > 10 for pair in own)  # in what was paid, not in shares
    assert all(pair.scale <= 0.5 for pair in pairs if pair.outcome != "buy")
    other = inputs_from_log(workspace, log, asked).placebos().tables["negative_control"]
    assert other.outcome_title == "sum of paid over cart within 12 hours"


def test_ever_against_never_is_in_the_metrics_unit(workspace: Workspace, log: Log) -> None:
    asked = asked_question(workspace, log.log_id, kept(workspace, log, "r", kind="sum", rule="buy", column="paid"))
    found = ever_against_never(log, asked)
    assert found["unit"] == "value" and found["control_mean"] > 100 and "of paid (buy) per user" in found["sentence"]


def test_the_command_takes_a_metric_by_name(
    workspace: Workspace,
    log: Log,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("WHYPATH_WORKSPACE", str(workspace.root))
    kept(workspace, log, "depth", kind="rate", rule="view", per="session")
    question = tmp_path / "question.json"
    question.write_text(json.dumps(ASKED))
    asked = ["study", str(question), "--log", log.log_id, "--metric"]
    assert main([*asked, "depth"]) == 2
    assert "The metric 'depth' (view per session with any event) cannot be an outcome" in capsys.readouterr().err
    assert main([*asked, "dept"]) == 2
    assert "did you mean" in capsys.readouterr().err
