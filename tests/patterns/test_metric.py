"""Metrics: counted by hand, equal to plain pandas, with intervals that count users."""

import numpy as np
import pandas as pd
import pytest

from core.errors import NotEnoughData, NotFound
from core.events.definitions.metrics import Metric
from core.patterns.metric import MetricSpec, metric
from core.storage.engine import Log
from tests.patterns.conftest import MakeLog
from tests.patterns.test_by_rule import NAMED, Logs
from tests.patterns.test_by_rule import logs as logs  # noqa: PLC0414  the fixture
from tests.patterns.test_trend import TEN


def values(log: Log, bucket: str = "day", **settings: str) -> list[float | None]:
    frame = metric(log, MetricSpec.read({"metric": {"name": "m", **settings}, "bucket": bucket})).frame
    return [None if pd.isna(value) else float(value) for value in frame["value"]]


def test_counts_and_users_are_zero_where_nothing_happens(made_log: MakeLog) -> None:
    log = made_log(TEN)
    assert values(log) == [3, 3, 0, 3, 1]
    assert values(log, kind="count", rule="view") == [2, 2, 0, 2, 1]
    assert values(log, kind="users", rule="view") == [2, 1, 0, 1, 1]


def test_a_share_is_of_those_who_came_and_unknown_where_nobody_did(made_log: MakeLog) -> None:
    # 2 March: u1, u2, of whom u2 bought. 3 March: u1, u3, nobody. 5 March: u1 bought, u2 did not. 6 March: u3.
    assert values(made_log(TEN), kind="share", rule="buy") == [0.5, 0.0, None, 0.5, 0.0]
    # Among the users with a view on the day: 5 March u2 only, who did not buy.
    assert values(made_log(TEN), kind="share", rule="buy", over="view") == [0.5, 0.0, None, 0.0, 0.0]


def test_a_rate_is_per_user_or_session(made_log: MakeLog) -> None:
    assert values(made_log(TEN), kind="rate", rule="view") == [1.0, 1.0, None, 1.0, 1.0]
    # 3 March: u1 twice and u3, three sessions with two views in them.
    assert values(made_log(TEN), kind="rate", rule="view", per="session")[1] == pytest.approx(2 / 3)


def test_over_the_whole_period_a_user_counts_once(made_log: MakeLog) -> None:
    table = metric(made_log(TEN), MetricSpec(metric=Metric(name="m", kind="share", rule="buy")))
    (overall,) = table.summary
    assert overall.value == pytest.approx(2 / 3)  # u1 and u2 of u1, u2, u3
    assert overall.low is not None and overall.high is not None
    assert 0 <= overall.low < overall.value < overall.high <= 1
    assert table.title.startswith("Over the whole period 'm' is 66.7 %")


@pytest.mark.parametrize("per", ["user", "session"])
@pytest.mark.parametrize("kind", ["share", "rate", "mean", "sum"])
def test_values_and_intervals_equal_plain_pandas(logs: Logs, kind: str, per: str) -> None:
    plain, recoded = logs
    of_units = {"over": "view", "per": per} if kind in ("share", "rate") else {"column": "value"}
    rule = {"mean": "buy", "sum": "buy"}.get(kind, NAMED)
    asked = Metric.read({"name": "m", "kind": kind, "rule": rule, **of_units})
    frame = metric(plain, MetricSpec(metric=asked)).frame.set_index("bucket")
    rows = recoded.fetch(recoded.table()).assign(day=lambda rows: rows["timestamp"].dt.floor("D"))
    if kind in ("mean", "sum"):
        rows = plain.fetch(plain.table()).assign(day=lambda rows: rows["timestamp"].dt.floor("D"))
    for day, part in rows.groupby("day"):
        value, low, high = _by_hand(part, kind, per)
        found = frame.loc[day]
        np.testing.assert_allclose(float(found["value"]), value)
        if kind in ("rate", "mean"):
            np.testing.assert_allclose([found["low"], found["high"]], [low, high])


def _by_hand(rows: pd.DataFrame, kind: str, per: str) -> tuple[float, float, float]:
    """Value and, for ratios, the interval from the linearised variance, user by user."""
    buys = rows[(rows["event_type"] == "buy") & rows["value"].notna()]
    if kind == "sum":
        return float(buys["value"].sum()), np.nan, np.nan
    if kind == "mean":
        parts = [(part["value"].sum(), len(part)) for _, part in buys.groupby("user_id")]
    else:
        parts = []
        for _, user in rows.groupby("user_id"):
            units = [user] if per == "user" else [unit for _, unit in user.groupby("session_id")]
            units = [unit for unit in units if (unit["event_type"] == "view").any()]
            big = [(unit["event_type"] == "big").sum() for unit in units]
            parts += [(sum(min(n, 1) for n in big) if kind == "share" else sum(big), len(units))] if units else []
    b, n = (np.array(column, dtype=float) for column in zip(*parts, strict=True))
    ratio = b.sum() / n.sum()
    half = 1.959963984540054 * np.sqrt(len(n) / (len(n) - 1) * ((b - ratio * n) ** 2).sum()) / n.sum()
    return float(ratio), ratio - half, ratio + half


def test_events_without_a_value_are_left_out_and_counted(logs: Logs) -> None:
    table = metric(logs[0], MetricSpec(metric=Metric(name="m", kind="mean", rule="buy", column="value")))
    rows = logs[0].fetch(logs[0].table())
    missing = int(((rows["event_type"] == "buy") & rows["value"].isna()).sum())
    assert f"{missing} such events without value are left out." in table.notes


def test_a_metric_that_the_log_cannot_give_is_refused(made_log: MakeLog) -> None:
    with pytest.raises(NotFound, match="no event type 'pay'"):
        metric(made_log(TEN), MetricSpec(metric=Metric(name="m", rule="pay")))
    log = made_log(TEN)
    log.manifest["has_users"] = False
    with pytest.raises(NotEnoughData, match="names no users"):
        metric(log, MetricSpec(metric=Metric(name="m", kind="share", rule="buy")))
