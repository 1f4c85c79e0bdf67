"""Which features there are depends on what a log holds: none is offered that could only be empty."""

import pytest

from core.events.features import FEATURES
from core.events.features.answer import table_of
from core.events.features.diversity import diversity
from core.events.features.last_types import last_types
from core.events.features.listing import features_of, standard_features
from core.events.features.recency import recency
from core.events.features.spec import FeaturesSpec
from core.events.features.subject import COUNTED_EVENT_TYPES, Subject
from core.events.features.tenure import tenure
from core.storage.engine import Log
from core.storage.workspace import Workspace
from tests.events.features.conftest import imported


@pytest.fixture(scope="module")
def bare(home: Workspace) -> Log:
    """Users and times, nothing else."""
    return imported(home, "user,at\nu1,2023-01-01\nu1,2023-01-02\nu2,2023-01-02\n", user_id="user", timestamp="at")


def test_a_log_of_one_event_type_without_items_has_no_features_of_either(bare: Log) -> None:
    subject = Subject(bare, 7)
    assert diversity(subject) == last_types(subject) == []
    assert [feature.name for feature in recency(subject)] == ["days_since_last"]
    families = {feature.family for feature in standard_features(bare, 7).values()}
    assert families == {"counts", "recency", "tenure", "sessions", "gaps", "rhythm"}


def test_items_and_types_bring_theirs(home: Workspace) -> None:
    log = imported(
        home, "user,at,item,what\nu1,2023-01-01,i1,a\nu1,2023-01-02,,b\n",
        user_id="user", timestamp="at", item_id="item", event_type="what",
    )  # fmt: skip
    names = [feature.name for feature in diversity(Subject(log, 7))]
    assert names == ["items", "item_entropy", "types", "type_entropy"]


def test_every_definition_names_its_window_and_tenure_says_that_it_has_none(small: Log) -> None:
    for feature in standard_features(small, 7).values():
        assert feature.words.endswith("." if feature.over == "began" else "in the 7 days before the moment."), feature
        assert feature.family in FEATURES
    (known,) = tenure(Subject(small, 7))
    assert "whatever the lookback" in known.words
    assert known.lookback_days is None


def test_rare_event_types_share_one_feature_and_names_stay_apart(home: Workspace) -> None:
    kinds = ["add to cart", "Add-to-cart", "ADD TO CART!", "größe", "日本", *(f"t{place}" for place in range(12))]
    rows = [f"u{place % 3},2023-01-01T00:00:{place % 60:02d},{kinds[place % len(kinds)]}" for place in range(170)]
    log = imported(home, "user,at,what\n" + "\n".join(rows), user_id="user", timestamp="at", event_type="what")
    features = standard_features(log, None)
    counted = [name for name in features if name.startswith("events_") and name != "events_per_session"]
    assert len(counted) == COUNTED_EVENT_TYPES + 1
    assert counted[-1] == "events_of_other_types"
    assert f"any type but the {COUNTED_EVENT_TYPES} most frequent" in features[counted[-1]].words
    assert all(name.isascii() and name.replace("_", "").isalnum() for name in features)


def test_event_types_called_like_our_own_features_lose_neither(home: Workspace) -> None:
    rows = "u1,2023-01-01,last\nu1,2023-01-02,per session\nu1,2023-01-03,last\n"
    log = imported(home, f"user,at,what\n{rows}", user_id="user", timestamp="at", event_type="what")
    features = standard_features(log, None)
    assert {"days_since_last", "days_since_last_2", "events_per_session", "events_per_session_2"} <= set(features)
    spec = FeaturesSpec.read({"names": ["days_since_last_2", "events_per_session", "events_per_session_2"]})
    row = table_of(log, spec, features_of(log, spec), rows=1).frame.iloc[0]
    assert row["events_per_session"] == 1  # the one event of that type; the three sessions have an event each too
    assert row["events_per_session_2"] == 1.0
    assert row["days_since_last_2"] < 1e-6
