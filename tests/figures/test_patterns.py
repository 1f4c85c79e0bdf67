"""Figures of patterns: what is incomplete or small looks so."""

import pandas as pd

from core.figures.patterns import funnel, metric, rhythm, sessions, trend
from core.figures.training import live_curves, models_compared
from core.patterns.funnel import FunnelSpec
from core.patterns.metric import MetricSpec
from core.patterns.rhythm import RhythmSpec
from core.patterns.sessions import SessionsSpec
from core.patterns.table import PatternTable
from core.patterns.trend import TrendSpec
from core.specs import Spec


def table(name: str, frame: pd.DataFrame, spec: Spec) -> PatternTable:
    return PatternTable(name, frame, "finding", "all users", "caption", (), spec, "log", "version")


def test_an_incomplete_bucket_is_dotted_joined_to_the_line_and_shaded() -> None:
    days = pd.date_range("2026-01-01", periods=4)
    frame = pd.DataFrame(
        {"bucket": days, "event_type": "view", "events": [5, 6, 7, 1], "complete": [True, True, True, False]}
    )
    drawn = trend(table("trend", frame, TrendSpec()))
    solid, dotted = drawn.data
    assert list(solid.y) == [5, 6, 7]
    assert (dotted.line.dash, list(dotted.y)) == ("dot", [7, 1])
    assert [pd.Timestamp(shape.x0) for shape in drawn.layout.shapes] == [days[3]]


def test_one_odd_hour_does_not_bleach_the_rhythm() -> None:
    slots = pd.DataFrame([(day, hour) for day in range(1, 8) for hour in range(24)], columns=["weekday", "hour"])
    frame = slots.assign(mean=10.0)
    frame.loc[0, "mean"] = 10_000.0
    heat = rhythm(table("rhythm", frame, RhythmSpec())).data[0]
    assert heat.zmax == 10.0  # the 98 % point of 167 tens and one odd hour
    assert (next(iter(heat.y)), len(heat.x)) == ("Mon", 24)


def test_a_step_of_few_users_is_hatched() -> None:
    frame = pd.DataFrame(
        {
            "step": [1, 2], "event_type": ["view", "<b>buy</b>"], "users": [100, 29], "share_of_first": [1.0, 0.29],
            "low": [None, 0.21], "high": [None, 0.38],
        }
    )  # fmt: skip
    bar = funnel(table("funnel", frame, FunnelSpec())).data[0]
    assert list(bar.marker.pattern.shape) == ["", "/"]
    assert bar.y[1].startswith("2. &lt;b&gt;buy")


def test_sessions_are_drawn_as_percent_with_intervals() -> None:
    rows = [("events", "1", 0.25, 0.2, 0.3, 25), ("duration", "0 s", 0.75, 0.7, 0.8, 75)]
    frame = pd.DataFrame(rows, columns=["measure", "bin", "share", "low", "high", "sessions"])
    events, duration = sessions(table("sessions", frame, SessionsSpec())).data
    assert (list(events.y), list(duration.y)) == ([25.0], [75.0])
    assert round(events.error_y.array[0], 9) == 5.0


def test_curves_keep_loss_and_quality_apart_and_cope_with_a_run_that_has_just_begun() -> None:
    lines = [{"step": 10, "loss": 2.0}, {"step": 20, "loss": 1.5, "ndcg@10": 0.1}]
    loss, quality = live_curves(lines).data
    assert (list(loss.x), list(quality.x), quality.yaxis) == ([10, 20], [20], "y2")
    assert len(live_curves([]).data) == 2


def test_a_model_is_drawn_in_another_colour_than_its_baselines() -> None:
    rows = [
        {"title": "SASRec", "value": 0.3, "low": 0.2, "high": 0.4, "is_baseline": False},
        {"title": "Popularity", "value": 0.1, "low": 0.05, "high": 0.2, "is_baseline": True},
    ]
    baseline, model = models_compared(rows, measure="NDCG@10").data
    assert model.marker.color != baseline.marker.color
    assert model.y[0] == "SASRec"


def test_a_bucket_covered_in_part_is_dotted_and_does_not_set_the_scale_of_a_metric() -> None:
    frame = pd.DataFrame(
        {
            "bucket": pd.date_range("2026-01-01", periods=4), "value": [0.1, 0.2, 0.1, 1.0],
            "low": [0.0, 0.1, 0.0, 0.2], "high": [0.2, 0.3, 0.2, 1.0], "complete": [True, True, True, False],
        }
    )  # fmt: skip
    spec = MetricSpec.read({"metric": {"name": "<b>x</b>", "kind": "share", "rule": "buy"}})
    drawn = metric(table("metric", frame, spec))
    low, high, solid, dotted = drawn.data
    assert (list(solid.y), dotted.line.dash, list(dotted.y)) == ([10, 20, 10], "dot", [10, 100])
    assert (list(low.y), list(high.y)) == ([0, 10, 0], [20, 30, 20])
    assert drawn.layout.yaxis.range[1] < 40
    assert drawn.layout.yaxis.title.text == "&lt;b&gt;x&lt;/b&gt;, % per day"
