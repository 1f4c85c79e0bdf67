"""Sessions: distributions by hand, and an interval that counts users, not sessions."""

import math

import numpy as np
import pytest

from core.errors import NotEnoughData
from core.patterns.intervals import clustered, wilson
from core.patterns.sessions import SessionsSpec, sessions
from tests.patterns.conftest import MakeLog

# u1: a session of three events in 10 minutes, then (31 minutes later) one event. u2: one event. u3: two at once.
ROWS = [
    ("u1", "view", "2023-01-01T10:00:00"), ("u1", "view", "2023-01-01T10:05:00"), ("u1", "buy", "2023-01-01T10:10:00"),
    ("u1", "view", "2023-01-01T10:41:00"), ("u2", "view", "2023-01-02T09:00:00"),
    ("u3", "view", "2023-01-03T09:00:00"), ("u3", "buy", "2023-01-03T09:00:00"),
]  # fmt: skip


def test_sessions_are_counted_by_events_and_by_duration(made_log: MakeLog) -> None:
    frame = sessions(made_log(ROWS), SessionsSpec()).frame
    counts = {(row.measure, row.bin): row.sessions for row in frame.itertuples() if row.sessions}
    assert counts == {
        ("events", "1"): 2, ("events", "2"): 1, ("events", "3"): 1,
        ("duration", "0 s"): 3, ("duration", "5-15 min"): 1,
    }  # fmt: skip
    assert frame.groupby("measure")["share"].sum().tolist() == [1.0, 1.0]


def test_the_summary_has_bounces_medians_and_sessions_per_user(made_log: MakeLog) -> None:
    figures = {figure.name: figure for figure in sessions(made_log(ROWS), SessionsSpec()).summary}
    assert figures["sessions"].value == 4
    assert figures["sessions_per_user"].value == pytest.approx(4 / 3)
    assert figures["events_median"].value == 1.5  # of 1, 1, 2, 3
    assert figures["events_mean"].value == 7 / 4
    assert figures["duration_mean"].value == 600 / 4
    bounce = figures["bounce_share"]
    assert bounce.value == 0.5
    assert bounce.low is not None
    assert bounce.high is not None
    assert 0 < bounce.low < 0.5 < bounce.high < 1


def test_a_period_takes_the_sessions_that_start_in_it(made_log: MakeLog) -> None:
    log = made_log(ROWS)
    table = sessions(log, SessionsSpec.read({"start_at": "2023-01-01T10:05:00", "end_at": "2023-01-03"}))
    assert table.summary[0].value == 2  # u1's second and u2's
    with pytest.raises(NotEnoughData, match="No session starts in"):
        sessions(log, SessionsSpec.read({"start_at": "2023-01-01T11:00:00", "end_at": "2023-01-01T12:00:00"}))


def test_few_users_are_flagged(made_log: MakeLog) -> None:
    assert "Only 3 users: read the shares with care." in sessions(made_log(ROWS), SessionsSpec()).notes


def test_wilson_equals_the_published_formula() -> None:
    # 10 of 100: centre (0.1 + z²/200) / (1 + z²/100), half z/(1 + z²/100) sqrt(0.09/100 + z²/40000).
    z = 1.959963984540054
    centre, half = (0.1 + z**2 / 200) / (1 + z**2 / 100), z / (1 + z**2 / 100) * math.sqrt(0.0009 + z**2 / 40000)
    assert wilson(10, 100) == pytest.approx((centre - half, centre + half))
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == 1.0
    assert all(math.isnan(end) for end in wilson(0, 0))


def clustered_from(bounced: np.ndarray, held: np.ndarray) -> tuple[float, float]:
    """The interval from per-user counts."""
    return clustered(
        bounced.sum(), held.sum(), (bounced**2).sum(), (bounced * held).sum(), (held**2).sum(), len(held)
    )  # fmt: skip


def test_users_who_always_or_never_bounce_count_as_one_observation_each() -> None:
    # 40 users with 25 sessions each, half of them bounce always: as 40 observations (U/(U-1) apart), not as 1,000.
    low, high = clustered_from(np.repeat([25.0, 0.0], 20), np.full(40, 25.0))
    assert (low, high) == pytest.approx(wilson(39 / 2, 39), abs=1e-9)


def test_the_clustered_interval_covers_and_the_naive_one_does_not() -> None:
    # Users differ (Beta(1, 3), mean 0.25) and have 1 to 30 sessions: over 400 logs of 200 users the 95 % interval must
    # cover about 380 times (binomial 3 sd: 367 to 393), while Wilson on sessions covers far fewer.
    rng = np.random.default_rng(0)
    covered, naive = 0, 0
    for _ in range(400):
        held = rng.integers(1, 31, 200).astype(float)
        bounced = rng.binomial(held.astype(int), rng.beta(1, 3, 200)).astype(float)
        low, high = clustered_from(bounced, held)
        covered += low <= 0.25 <= high
        low, high = wilson(bounced.sum(), held.sum())
        naive += low <= 0.25 <= high
    assert 367 <= covered <= 393
    assert naive < 300
