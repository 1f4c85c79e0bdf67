"""Every design, treatment and outcome, built by one aggregation in the engine, equals loops over plain rows."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.effects.analysis_table import build
from core.effects.naive import ever_against_never
from core.effects.protocol import protocol
from core.effects.question import CausalQuestion, sentence
from core.effects.study_spec import StudySpec
from core.effects.timeline import timeline
from core.storage.engine import Log
from tests.effects.plain_designs import plain_units

MINUTE = 60_000_000
START = pd.Timestamp("2025-01-06").value // 1_000
LogOf = Callable[[pd.DataFrame], Log]
OUTCOMES = [
    {"kind": "did"},
    {"kind": "count"},
    {"kind": "value"},
    {"kind": "time_to"},
    {"kind": "retention", "from_days": 0.5},
    {"kind": "metric", "name": "buyers", "of": "users"},
    {"kind": "metric", "name": "depth", "of": "sum", "column": "position"},
]
LANDMARK = [
    {"kind": "did"},
    {"kind": "did", "times": 2},
    {"kind": "dose"},
    {"kind": "dose", "of": "value"},
    {"kind": "arms", "column": "arm", "arms": ["b", "a"]},
    {"kind": "slot", "position": 2},
    {"kind": "segment"},
]
OTHERS = [
    ({"kind": "first_exposure", "controls_per_treated": 100, "active_days": 2}, {"kind": "did"}),
    ({"kind": "first_exposure", "controls_per_treated": 100, "active_days": 1}, {"kind": "did", "times": 2}),
    ({"kind": "first_exposure", "controls_per_treated": 100}, {"kind": "slot", "position": 2}),
    ({"kind": "first_exposure", "controls_per_treated": 100, "clean_days": 1.5}, {"kind": "did"}),
    ({"kind": "first_exposure", "controls_per_treated": 100, "clean_days": 4}, {"kind": "slot", "position": 3}),
    ({"kind": "before_after"}, {"kind": "did"}),
]


def random_events(seed: int) -> pd.DataFrame:
    """5,000 events of 120 users in 14 days on a grid of five minutes, so that ties and long sessions abound."""
    rng = np.random.default_rng(seed)
    size = 5_000
    ticks = rng.integers(0, 14 * 288, size)
    return pd.DataFrame(
        {
            "user_id": [f"user {number}" for number in rng.integers(0, 120, size)],
            "event_type": rng.choice(["view", "search", "buy", "cart"], size, p=[0.57, 0.09, 0.2, 0.14]),
            "timestamp": pd.to_datetime(START + (ticks // 24 * 24 + ticks % 24 // 3) * 5 * MINUTE, unit="us"),
            "value": rng.integers(-3, 9, size).astype(float),
            "arm": rng.choice(["a", "b", "c", None], size),
            "position": rng.integers(1, 5, size),
        }
    )


@pytest.fixture
def log(log_of: LogOf) -> Log:
    return log_of(random_events(7))


def equals(log: Log, **settings: Any) -> None:
    asked = CausalQuestion.read(
        {
            "treatment": "search",
            "outcome": "buy",
            "lookback_days": 2,
            "treatment_window_days": 1.0,
            "outcome_window_days": 1.2,
            "covariates": ["tenure"],
            **settings,
        }
    )
    plain = plain_units(random_events(7), asked)
    table = build(log, asked)
    frame = table.frame
    assert len(frame) == len(plain) > 40
    columns = [name for name in ("treatment", "outcome", "event_days", "followed_days", "uptake_days") if name in plain]
    assert "outcome" in columns and "treatment" in columns
    if "uptake_days" not in plain and asked.design.kind != "before_after":
        assert "uptake_days" not in frame
    order = ["user_id", *columns]
    pd.testing.assert_frame_equal(
        frame[order].sort_values(order, ignore_index=True),
        plain[order].sort_values(order, ignore_index=True),
        check_dtype=False,
        rtol=1e-9,
    )
    assert table.attrition[-1].units == table.units
    assert all(one.units >= other.units for one, other in pairwise(table.attrition)) or (
        asked.design.kind == "before_after"
    )


def test_every_outcome_at_a_landmark(log: Log) -> None:
    for outcome in OUTCOMES:
        equals(log, outcome_measure=outcome, design={"kind": "landmark", "landmark_event": 2})


def test_every_treatment_at_a_landmark(log: Log) -> None:
    for treatment in LANDMARK:
        equals(log, treatment_measure=treatment, design={"kind": "landmark", "landmark_event": 1})


def test_other_designs(log: Log) -> None:
    for design, treatment in OTHERS:
        equals(log, design=design, treatment_measure=treatment)


def test_outcomes_of_other_designs(log: Log) -> None:
    for outcome in OUTCOMES[2:4]:
        equals(log, outcome_measure=outcome, design=OTHERS[0][0])
    for outcome in (OUTCOMES[1], OUTCOMES[4]):
        equals(log, outcome_measure=outcome, design={"kind": "before_after"})


@pytest.mark.parametrize(
    "design",
    [{"kind": "landmark", "landmark_event": 1}, {"kind": "first_exposure"}, {"kind": "before_after"}],
    ids=lambda design: design["kind"],
)
def test_a_slot_is_named_wherever_the_treatment_is(log: Log, design: dict[str, Any]) -> None:
    """Who saw the item further down has not been treated, so that "never had search" would say another thing."""
    asked = CausalQuestion.read(
        {"treatment": "search", "outcome": "buy", "lookback_days": 2, "outcome_window_days": 1.2, "covariates": ["tenure"],
         "treatment_measure": {"kind": "slot", "position": 2}, "design": design, "treatment_window_days": 1.0}
    )  # fmt: skip
    table = build(log, asked)
    card = protocol(StudySpec(question=asked), {"units": table.units})
    said = [
        sentence(asked), table.population, *table.notes, *(step.title for step in table.attrition),
        *(text for row in card for text in (row.trial, row.emulation)), timeline(asked, log.manifest).zero,
        ever_against_never(log, asked)["sentence"],
    ]  # fmt: skip
    assert sum("search at position 2 or further up" in text for text in said) > 4
    assert [text for text in said if re.search("[Ss]earch(?! at position 2 or further up)", text)] == []
