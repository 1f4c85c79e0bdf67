"""Definitions are checked against the log, resolved into specs that need no catalogue, and not removed while used."""

from collections.abc import Iterator

import pytest

from core.errors import BadSpec, NotFound
from core.events.definitions.annotations import annotations
from core.events.definitions.defining import SHELVES, define, undefine
from core.events.definitions.metrics import Metric, find_metric, metrics
from core.events.definitions.named_events import named_events
from core.events.definitions.references import resolved, resolved_spec, rule_of, same_events, title_of
from core.events.definitions.rules import Rule
from core.patterns.funnel import FunnelSpec
from core.storage.engine import Log
from core.storage.shelf import kept, take_off
from core.storage.workspace import Workspace


@pytest.fixture(autouse=True)
def bare(home: Workspace, log: Log) -> Iterator[None]:
    """Every test starts and ends without definitions."""
    yield
    for shelf in SHELVES.values():
        for name in kept(home, shelf, log_id=log.log_id):
            take_off(home, shelf, name, log_id=log.log_id)


def event(home: Workspace, log: Log, name: str = "big", rule: str = "buy where value > 50") -> None:
    define(home, log.log_id, "event", {"name": name, "rule": rule})


def test_a_name_becomes_its_rule_and_carries_the_name(home: Workspace, log: Log) -> None:
    event(home, log)
    assert resolved(home, log.log_id, "big") == "buy where value > 50 as big"
    assert rule_of("buy where value > 50 as big", log.manifest).unnamed().plain() == "buy where value > 50"
    assert title_of("buy where value > 50 as big") == "big"


def test_an_event_type_stays_as_it_is_whatever_it_looks_like(home: Workspace, log: Log) -> None:
    assert resolved(home, log.log_id, "add to cart") == "add to cart"
    assert resolved(home, log.log_id, "`add to cart`") == "add to cart"
    odd = {**log.manifest, "event_types": [{"event_type": "buy where value > 1"}]}
    assert rule_of("buy where value > 1", odd) == Rule("buy where value > 1")


def test_a_spec_with_names_is_the_spec_with_their_rules(home: Workspace, log: Log) -> None:
    event(home, log)
    asked = resolved_spec(home, log.log_id, FunnelSpec(steps=("view", "big")))
    assert asked.steps == ("view", "buy where value > 50 as big")
    undefine(home, log.log_id, "event", "big")
    assert resolved_spec(home, log.log_id, asked) == asked


def test_the_same_events_are_recognised_under_another_name() -> None:
    assert same_events("buy", "`buy` as sale")
    assert same_events("buy where value>50", "buy where value > 50 as big")
    assert not same_events("buy", "buy where value > 50")
    assert same_events("add to cart", "`add to cart`")


def test_an_unknown_event_lists_types_and_names(home: Workspace, log: Log) -> None:
    event(home, log)
    with pytest.raises(NotFound, match=r"no event type 'veiw'.*did you mean view.*named events are big"):
        resolved(home, log.log_id, "veiw")
    with pytest.raises(NotFound, match="no event type 'pay'"):
        resolved(home, log.log_id, "pay where value > 1")


@pytest.mark.parametrize(
    ("name", "rule", "says"),
    [
        ("buy", "view", "is an event type of this log already"),
        ("a where b", "view", "reads like a rule"),
        ("  ", "view", "one line of letters"),
        ("two\nlines", "view", "one line of letters"),
        ("x", "view where colour = 'red'", "no column 'colour'"),
    ],
)
def test_a_named_event_that_would_confuse_is_refused(
    home: Workspace, log: Log, name: str, rule: str, says: str
) -> None:
    with pytest.raises(BadSpec, match=says):
        event(home, log, name, rule)
    assert not named_events(home, log.log_id)


def test_a_named_event_of_a_named_event_holds_the_whole_rule(home: Workspace, log: Log) -> None:
    event(home, log)
    event(home, log, "large", "big")
    assert named_events(home, log.log_id)["large"].rule == "buy where value > 50"


def test_an_event_in_use_stays_and_says_where(home: Workspace, log: Log) -> None:
    event(home, log)
    define(home, log.log_id, "metric", {"name": "big buyers", "kind": "share", "rule": "big"})
    define(home, log.log_id, "annotation", {"label": "launch", "at": "2023-03-03", "event": "big"})
    with pytest.raises(BadSpec, match="the metric 'big buyers', the annotation 'launch'"):
        undefine(home, log.log_id, "event", "big")
    undefine(home, log.log_id, "metric", "big buyers")
    undefine(home, log.log_id, "annotation", "launch")
    undefine(home, log.log_id, "event", "big")
    assert not named_events(home, log.log_id)


def test_a_metric_follows_its_named_event(home: Workspace, log: Log) -> None:
    event(home, log)
    define(home, log.log_id, "metric", {"name": "m", "kind": "users", "rule": "big"})
    event(home, log, rule="buy where value > 100")
    assert find_metric(home, log.log_id, "m").rule == "buy where value > 100 as big"
    assert metrics(home, log.log_id)["m"].rule == "big"
    with pytest.raises(NotFound, match="no metric 'mm' of this log; did you mean m"):
        find_metric(home, log.log_id, "mm")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"kind": "sum"}, "needs a column of numbers"),
        ({"kind": "count", "column": "value"}, "A column belongs to sum and mean"),
        ({"kind": "users", "over": "view"}, "belong to share and rate"),
        ({"kind": "mean", "column": "country"}, "'country' is a text; the columns of numbers are"),
        ({"kind": "median"}, "'count', 'users'"),
    ],
)
def test_a_metric_that_contradicts_itself_is_refused(
    home: Workspace, log: Log, settings: dict[str, str], says: str
) -> None:
    with pytest.raises(BadSpec, match=says):
        define(home, log.log_id, "metric", {"name": "m", **settings})
    assert not metrics(home, log.log_id)


def test_annotations_are_utc_and_in_the_order_of_time(home: Workspace, log: Log) -> None:
    define(home, log.log_id, "annotation", {"label": "b", "at": "2023-03-03T12:00:00+02:00"})
    define(home, log.log_id, "annotation", {"label": "a", "at": "2023-03-03T11:00:00"})
    found = annotations(home, log.log_id)
    assert [mark.label for mark in found] == ["b", "a"]  # 10:00 and 11:00 UTC
    with pytest.raises(BadSpec, match="end_at must be after at"):
        define(home, log.log_id, "annotation", {"label": "c", "at": "2023-03-03", "end_at": "2023-03-02"})


def test_what_is_not_there_cannot_be_removed(home: Workspace, log: Log) -> None:
    with pytest.raises(NotFound, match="no metric 'm'; this log has none"):
        undefine(home, log.log_id, "metric", "m")
    with pytest.raises(BadSpec, match="choose one of event, metric, annotation"):
        undefine(home, log.log_id, "segment", "m")


def test_a_metric_says_what_it_measures() -> None:
    metric = Metric(name="m", kind="share", rule="buy where value > 50 as big", over="view", per="session")
    assert metric.words == "share of sessions with view that also have big"
