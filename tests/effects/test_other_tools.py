"""Other tools' numbers: huge on a log without any effect, and their gap to ours taken apart into steps that sum to it."""

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.effects.analysis_table import build
from core.effects.estimators.ipw import estimate
from core.effects.impact_report import impact_report
from core.effects.other_tools import OtherTools, other_tools
from core.effects.question import CausalQuestion
from core.errors import NotEnoughData
from core.storage.engine import Log
from tests.effects.hidden_trait import hidden_trait_log

LogOf = Callable[[pd.DataFrame], Log]
QUESTION = CausalQuestion.read(
    {
        "treatment": "offer", "outcome": "buy", "design": {"kind": "landmark", "landmark_event": 2},
        "lookback_days": 7, "outcome_window_days": 0.25,
    }
)  # fmt: skip


def told(log: Log) -> OtherTools:
    table = build(log, QUESTION)
    return other_tools(log, QUESTION, table, estimate(table, estimand="ATE"))


def test_a_log_without_effect_shows_a_huge_one_in_other_tools_and_none_here(log_of: LogOf) -> None:
    found = told(log_of(hidden_trait_log(users=1200, busy=True)))
    numbers = {tool.name: tool.number for tool in found.tools}
    assert numbers["ever_against_never"]["low"] > 0.2
    assert numbers["impact_report"]["low"] > 0.05
    assert found.ours["low"] < 0 < found.ours["high"]
    assert "one time zero" in found.sentence


def test_the_steps_sum_exactly_to_the_gap(log_of: LogOf) -> None:
    found = told(log_of(hidden_trait_log(users=1200, busy=True, effect=0.2, strength=0.1)))
    for tool in found.tools:
        assert tool.number["value"] + sum(tool.steps.values()) == pytest.approx(found.ours["value"], abs=1e-12)
    plain = found.plain()
    assert [step["name"] for step in plain["tools"][0]["steps"]] == ["time_zero", "lookback", "session", "adjustment"]
    assert [step["name"] for step in plain["tools"][1]["steps"]] == ["time_zero", "session", "adjustment"]
    json.dumps(plain, allow_nan=False)


def test_the_first_step_leads_to_the_raw_difference_of_the_aligned_units(log_of: LogOf) -> None:
    log = log_of(hidden_trait_log(users=600, busy=True))
    table = build(log, QUESTION)
    found = told(log)
    raw = table.outcome[table.treatment == 1].mean() - table.outcome[table.treatment == 0].mean()
    plain = found.tools[0]
    assert plain.number["value"] + plain.steps["time_zero"] == pytest.approx(raw)


def test_the_impact_report_equals_a_loop_over_users(log_of: LogOf) -> None:
    events = hidden_trait_log(users=1200, busy=True)
    found = impact_report(log_of(events), QUESTION)
    first, last = events["timestamp"].min(), events["timestamp"].max()
    middle = first + (last - first) / 2
    adopters = never = 0
    for _, own in events.groupby("user_id"):
        early, late = own[own["timestamp"] < middle], own[own["timestamp"] >= middle]
        if len(early) and "offer" not in set(early["event_type"]):
            adopters += "offer" in set(late["event_type"])
            never += "offer" not in set(late["event_type"])
    assert (found.treated, found.control) == (adopters, never)
    assert 0 <= found.control_mean < found.treated_mean <= 1


def test_what_cannot_be_compared_is_said(log_of: LogOf) -> None:
    log = log_of(hidden_trait_log(users=300, busy=True))
    table = build(log, QUESTION)
    headline = estimate(table, estimand="ATE")
    found = other_tools(log, QUESTION, replace(table, outcome_unit="days"), headline)
    assert all(not tool.steps for tool in found.tools)
    assert any("another unit" in note for note in found.notes)
    everybody = log_of(hidden_trait_log(users=60))  # all of them were offered something
    with pytest.raises(NotEnoughData, match="an impact report needs 20 of each"):
        impact_report(everybody, QUESTION)
    assert np.isfinite(found.ours["value"])


def test_trimming_is_a_step_of_its_own_and_the_steps_still_sum(log_of: LogOf) -> None:
    """Who remains is the only change between the first two: the raw differences of all units and of those left."""
    log = log_of(hidden_trait_log(users=1200, busy=True, effect=0.2, strength=0.1))
    whole = build(log, QUESTION)
    kept = whole.only_units(whole.frame["unit_id"].to_numpy() % 3 > 0, "two of three")
    headline = estimate(kept, estimand="ATE")
    found = other_tools(log, QUESTION, kept, headline, whole=whole)
    for tool in found.tools:
        assert tool.number["value"] + sum(tool.steps.values()) == pytest.approx(headline.value, abs=1e-12)
        assert list(tool.steps)[:2] == ["time_zero", "trimming"]
    raw = [table.outcome[table.treatment == 1].mean() - table.outcome[table.treatment == 0].mean()
           for table in (whole, kept)]  # fmt: skip
    plain = found.tools[0]
    assert plain.number["value"] + plain.steps["time_zero"] == pytest.approx(raw[0])
    assert plain.steps["trimming"] == pytest.approx(raw[1] - raw[0]) and plain.steps["trimming"] != 0
    assert any("then who remains after trimming" in note for note in found.notes)
