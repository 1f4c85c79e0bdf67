"""Patterns by event rule: the same as if the events that the rule means had been logged under a type of their own."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.errors import BadSpec, NotFound
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.patterns.funnel import FunnelSpec, funnel
from core.patterns.period import PeriodSpec
from core.patterns.rhythm import RhythmSpec, rhythm
from core.patterns.trend import TrendSpec, trend
from core.storage.engine import Log, open_log
from core.storage.workspace import Workspace

RULE = "buy where value > 50 or value is missing and place = 'b'"
NAMED = f"{RULE} as big"
Logs = tuple[Log, Log]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Logs:
    """(a log, the same with the events of RULE recoded as type `big`): ties of time, missing values, 25 users."""
    rng = np.random.default_rng(7)
    size = 900
    frame = pd.DataFrame(
        {
            "user": rng.integers(0, 25, size),
            "type": rng.choice(["view", "buy", "search"], size, p=[0.5, 0.3, 0.2]),
            "at": pd.Timestamp("2023-03-02") + pd.to_timedelta(rng.integers(0, 400, size) * 30, unit="min"),
            "price": np.where(rng.random(size) < 0.3, np.nan, rng.integers(1, 100, size)),
            "place": np.where(rng.random(size) < 0.2, None, rng.choice(["a", "b"], size)),
        }
    )
    big = (frame["type"] == "buy") & ((frame["price"] > 50) | (frame["price"].isna() & (frame["place"] == "b")))
    assert 50 < big.sum() < 250
    home = Workspace(tmp_path_factory.mktemp("by_rule") / "workspace")
    home.prepare()
    save = _saver(home, home.uploads)
    return save(frame, "plain"), save(frame.assign(type=frame["type"].where(~big, "big")), "recoded")


def _saver(home: Workspace, folder: Path) -> Callable[[pd.DataFrame, str], Log]:
    def save(frame: pd.DataFrame, name: str) -> Log:
        file = folder / f"{name}.csv"
        frame.to_csv(file, index=False)
        mapping = {"user_id": "user", "event_type": "type", "timestamp": "at", "value": "price"}
        spec = ImportSpec(files=(str(file),), name=name, mapping=mapping)
        return open_log(home, import_log(home, spec, lambda *_: None)["log_id"])

    return save


@pytest.mark.parametrize("measure", ["events", "users"])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York"])
@pytest.mark.parametrize("bucket", ["hour", "day", "week"])
def test_a_trend(logs: Logs, measure: str, zone: str, bucket: str) -> None:
    plain, recoded = logs
    settings = {"measure": measure, "timezone": zone, "bucket": bucket, "start_at": "2023-03-03T05:00"}
    by_rule = trend(plain, TrendSpec.read({**settings, "events": [NAMED, "search"]})).frame
    by_type = trend(recoded, TrendSpec.read({**settings, "events": ["big", "search"]})).frame
    pd.testing.assert_frame_equal(by_rule, by_type)
    assert by_rule[measure].sum() > 0


def test_chosen_event_types_are_the_lines_of_the_whole_trend(logs: Logs) -> None:
    every = trend(logs[0], TrendSpec()).frame
    chosen = trend(logs[0], TrendSpec(events=("search",))).frame
    alone = every[every["event_type"] == "search"].reset_index(drop=True)
    pd.testing.assert_frame_equal(chosen, alone)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_a_rhythm(logs: Logs, zone: str) -> None:
    plain, recoded = logs
    by_rule = rhythm(plain, RhythmSpec(event_type=NAMED, timezone=zone))
    by_type = rhythm(recoded, RhythmSpec(event_type="big", timezone=zone))
    pd.testing.assert_frame_equal(by_rule.frame, by_type.frame, check_exact=False)
    assert (by_rule.title, by_rule.caption) == (by_type.title, by_type.caption)


@pytest.mark.parametrize(
    "steps", [("view", "big"), ("big", "search", "view"), ("big", "big"), ("search", "big", "buy")]
)
def test_a_funnel(logs: Logs, steps: tuple[str, ...]) -> None:
    plain, recoded = logs
    # What is left of the type `buy`: because of missing values, a rule and its opposite do not share out the rows.
    small = "buy where value <= 50 or value is missing and (place is missing or place != 'b') as buy"
    rules = tuple({"big": NAMED, "buy": small}.get(step, step) for step in steps)
    by_rule = funnel(plain, FunnelSpec(steps=rules, window_days=1))
    by_type = funnel(recoded, FunnelSpec(steps=steps, window_days=1))
    pd.testing.assert_frame_equal(by_rule.frame, by_type.frame)
    assert (by_rule.title, by_rule.caption, by_rule.notes) == (by_type.title, by_type.caption, by_type.notes)


def test_an_event_is_not_the_next_step_of_itself(logs: Logs) -> None:
    # Every purchase is also "any event"; the second step must still be another event.
    twice = funnel(logs[0], FunnelSpec(steps=("buy", "any event where event_type = 'buy'"), window_days=1)).frame
    same = funnel(logs[0], FunnelSpec(steps=("buy", "buy"), window_days=1)).frame
    assert twice["users"].tolist() == same["users"].tolist()


def test_a_name_stands_in_every_sentence_and_the_rule_in_the_spec(logs: Logs) -> None:
    table = funnel(logs[0], FunnelSpec(steps=("view", NAMED)))
    assert "reached 'big' within" in table.title
    assert table.frame["event_type"].tolist() == ["view", "big"]
    assert table.plain()["spec"]["steps"] == ["view", NAMED]


def test_an_event_twice_or_unknown_is_refused(logs: Logs) -> None:
    with pytest.raises(BadSpec, match="named twice"):
        TrendSpec.read({"events": [NAMED, "view as big"]})
    with pytest.raises(BadSpec, match="leave out either"):
        TrendSpec.read({"events": ["view"], "by": "none"})
    with pytest.raises(NotFound, match="no event type 'pay'"):
        trend(logs[0], TrendSpec(events=("pay where value > 1",)))
    with pytest.raises(BadSpec, match="did you mean place"):
        rhythm(logs[0], RhythmSpec(event_type="buy where plac = 'b'"))


def test_a_spec_says_which_of_its_fields_are_events() -> None:
    assert PeriodSpec.event_references == ()
    assert TrendSpec.event_references == ("events",)
