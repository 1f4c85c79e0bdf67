"""Analyst-made features: what each means, what is refused, and what becomes of them when the log changes."""

from collections.abc import Iterator
from typing import Any

import pytest

from core.errors import BadSpec, NotFound
from core.events.definitions.defining import define, undefine
from core.events.features.answer import cells, table_of
from core.events.features.listing import define_feature, features_of, request
from core.events.features.own import SHELF, OwnFeature, own_features, undefine_feature
from core.events.features.spec import FeaturesSpec
from core.storage.catalogue import database
from core.storage.engine import Log
from core.storage.shelf import keep
from core.storage.workspace import Workspace
from tests.events.features.conftest import AT


@pytest.fixture(autouse=True)
def empty_shelf(home: Workspace) -> Iterator[None]:
    yield
    with database(home) as rows:
        rows.execute("DELETE FROM shelf")


def values(home: Workspace, log: Log, body: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """{user: value} of an analyst's feature at AT, over 28 days."""
    define_feature(home, log, {"name": "mine", **body})
    spec, broken = request(home, log, {"at": AT, "names": ["mine"], **settings})
    assert not broken
    return dict(cells(table_of(log, spec, features_of(log, spec), rows=100).frame))


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"rule": "buy"}, {"u1": 2, "u2": 1, "u3": 0}),
        ({"rule": "buy where value > 55"}, {"u1": 0, "u2": 1, "u3": 0}),
        ({"what": "share", "rule": "buy"}, {"u1": 0.5, "u2": 0.25, "u3": 0.0}),
        ({"what": "sum", "rule": "any event", "column": "value"}, {"u1": 100.5, "u2": 64.0, "u3": 0.0}),
        ({"what": "mean", "rule": "any event", "column": "value"}, {"u1": 50.25, "u2": 16.0, "u3": None}),
        ({"what": "min", "rule": "view", "column": "value"}, {"u1": None, "u2": -3.0, "u3": None}),
        ({"what": "max", "rule": "buy", "column": "value"}, {"u1": 50.5, "u2": 60.0, "u3": None}),
        ({"what": "last", "rule": "buy", "column": "value"}, {"u1": 50.5, "u2": 60.0, "u3": None}),
        ({"what": "last", "rule": "any event", "column": "country"}, {"u1": "=DE", "u2": "FR", "u3": "O'Hara"}),
        ({"what": "last", "rule": "any event", "column": "vip"}, {"u1": True, "u2": False, "u3": False}),
        ({"what": "distinct", "rule": "any event", "column": "country"}, {"u1": 2, "u2": 1, "u3": 1}),
        ({"what": "days since", "rule": "view"}, {"u1": 4 + 710 / 1440, "u2": 1 + 2 / 24, "u3": None}),
        ({"rule": "any event", "lookback_days": 2}, {"u1": 1, "u2": 2, "u3": 0}),
    ],
)
def test_each_kind_counts_what_it_says(home: Workspace, small: Log, body: dict[str, Any], wanted: Any) -> None:
    found = values(home, small, body)
    assert found == {
        user: pytest.approx(value) if isinstance(value, float) else value for user, value in wanted.items()
    }


def test_its_own_lookback_stands_beside_another(home: Workspace, small: Log) -> None:
    define_feature(home, small, {"name": "lately", "rule": "any event", "lookback_days": 2})
    spec, _ = request(home, small, {"at": AT, "names": ["lately", "events"], "lookback_days": None})
    found = {row[0]: row[1:] for row in cells(table_of(small, spec, features_of(small, spec), rows=9).frame)}
    assert found == {"u1": [1, 4], "u2": [2, 4], "u3": [0, 1]}
    words = {feature.name: feature.words for feature in features_of(small, spec)}
    assert words["lately"].endswith("in the 2 days before the moment.")
    assert words["events"].endswith("in the whole history before the moment.")


def test_a_named_event_is_followed_until_the_request_is_made(home: Workspace, small: Log) -> None:
    define(home, small.log_id, "event", {"name": "big", "rule": "buy where value > 55"})
    assert values(home, small, {"rule": "big"}) == {"u1": 0, "u2": 1, "u3": 0}
    old, _ = request(home, small, {"at": AT, "names": ["mine"]})
    define(home, small.log_id, "event", {"name": "big", "rule": "buy where value > 50"})
    new, _ = request(home, small, {"at": AT, "names": ["mine"]})
    rows = [dict(cells(table_of(small, spec, features_of(small, spec), rows=9).frame)) for spec in (old, new)]
    assert rows == [{"u1": 0, "u2": 1, "u3": 0}, {"u1": 1, "u2": 1, "u3": 0}]
    assert FeaturesSpec.read(new.plain()) == new
    with pytest.raises(BadSpec, match="the feature 'mine'"):
        undefine(home, small.log_id, "event", "big")


def test_what_the_log_lost_is_said_and_the_others_stand(home: Workspace, small: Log) -> None:
    keep(home, SHELF, "lost", OwnFeature(name="lost", rule="no such").plain(), log_id=small.log_id)
    spec, broken = request(home, small, {"at": AT})
    assert "no event type 'no such'" in broken["lost"]
    assert "events_buy" in {feature.name for feature in features_of(small, spec)}
    with pytest.raises(BadSpec, match="'lost' cannot be computed"):
        request(home, small, {"names": ["lost"]})


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"name": "Big Buys"}, "lower case letters"),
        ({"name": "2nd"}, "begins with a letter"),
        ({"name": "größe"}, "lower case letters"),
        ({"name": "x", "what": "sum"}, "needs a column"),
        ({"name": "x", "column": "value"}, "leave it out"),
        ({"name": "x", "what": "sum", "column": "country"}, "is a text, so it has no sum"),
        ({"name": "x", "what": "last", "column": "contry"}, "did you mean country"),
        ({"name": "events_buy"}, "has already"),
        ({"name": "user_id"}, "has already"),
        ({"name": "x", "lookback_days": 0}, "greater than 0"),
        ({"name": "x", "what": "median"}, "'what'"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(home: Workspace, small: Log, body: Any, says: str) -> None:
    with pytest.raises(BadSpec, match=says) as caught:
        define_feature(home, small, body)
    assert "\n" not in str(caught.value)
    assert own_features(home, small.log_id) == {}


def test_an_event_type_that_is_not_there_is_refused(home: Workspace, small: Log) -> None:
    with pytest.raises(NotFound, match="no event type 'purchase'"):
        define_feature(home, small, {"name": "x", "rule": "purchase"})
    with pytest.raises(NotFound, match="There is no analyst-made feature 'x'"):
        undefine_feature(home, small.log_id, "x")
