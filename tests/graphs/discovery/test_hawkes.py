"""The Hawkes process finds planted influences, and reads neither busy users nor busy hours as edges."""

import numpy as np
import pandas as pd
import pytest

from core.errors import BadSpec
from core.graphs.discovery.contract import Knowledge
from core.graphs.discovery.hawkes import search
from core.graphs.discovery.spec import EventsSpec
from core.graphs.discovery.streams import Streams, load_streams, streams_of_frame
from core.graphs.discovery.time_settings import HawkesSettings
from core.storage.engine import Log
from core.storage.workspace import Workspace
from tests.graphs.discovery.event_streams import simulated_events

RATES = {"look": 0.02, "find": 0.02, "cart": 0.01, "buy": 0.01}
PLANTED = {("look", "cart"): 0.25, ("cart", "buy"): 0.4, ("look", "look"): 0.2}


def streams(effects: dict[tuple[str, str], float], seed: int) -> Streams:
    events = simulated_events(users=500, hours=1008, rates=RATES, effects=effects, seed=seed)
    return streams_of_frame(events, tuple(RATES), "UTC", "simulated")


@pytest.mark.parametrize("seed", [1, 2])
def test_planted_influences_are_found_with_their_size_and_delay(seed: int) -> None:
    found = search(streams(PLANTED, seed), HawkesSettings())
    assert {(each.source, each.target) for each in found.edges(Knowledge())} == {("look", "cart"), ("cart", "buy")}
    assert {each.kind for each in found.edges(Knowledge())} == {"precedes"}
    sizes = {(each.source, each.target): each.strength for each in found.edges(Knowledge())}
    names = list(RATES)
    for pair, truth in PLANTED.items():
        place = names.index(pair[0]), names.index(pair[1])
        assert abs(found.fit.influence[place] - truth) < 4 * found.fit.errors[place] + 0.02
        assert pair not in sizes or sizes[pair] == found.fit.influence[place]
    assert 1 / found.fit.decay == pytest.approx(0.5, rel=0.1)
    assert "look 0." in found.notes[1]


@pytest.mark.parametrize("seed", [3, 4])
def test_users_who_differ_and_a_daily_rhythm_are_no_edges(seed: int) -> None:
    found = search(streams({}, seed), HawkesSettings())
    assert found.edges(Knowledge()) == []
    assert found.fit.rhythm[:, 0].argmax() % 24 in range(4, 9)  # the planted peak is at six


def test_forbidden_and_earlier_tiers_bar_an_edge_and_required_ones_stay() -> None:
    found = search(streams(PLANTED, 1), HawkesSettings())
    known = Knowledge((("buy",), ("cart",)), frozenset({("find", "look")}), frozenset({("look", "cart")}))
    assert {(each.source, each.target) for each in found.edges(known)} == {("find", "look")}


def test_a_draw_is_of_users_and_repeats_with_its_seed() -> None:
    whole = search(streams(PLANTED, 1), HawkesSettings())
    one, same, other = whole.drawn(5), whole.drawn(5), whole.drawn(6)
    assert np.array_equal(one.streams.times, same.streams.times) and one.streams.users == whole.streams.users
    assert not np.array_equal(one.streams.times[:50], other.streams.times[:50])
    assert {(each.source, each.target) for each in one.edges(Knowledge())} == {("look", "cart"), ("cart", "buy")}


def test_events_at_one_moment_do_not_set_each_other_off() -> None:
    events = simulated_events(users=200, hours=1008, rates={"one": 0.02, "two": 0.001}, effects={}, seed=9)
    twins = events[events["kind"] == "one"].assign(kind="two")
    both = pd.concat([events, twins]).sort_values(["user_id", "timestamp_us"])
    found = search(streams_of_frame(both, ("one", "two"), "UTC", "ties"), HawkesSettings())
    assert found.edges(Knowledge()) == []


def test_streams_of_a_log_and_of_types_it_lacks(shop: tuple[Workspace, Log]) -> None:
    workspace, log = shop
    found = search(load_streams(workspace, EventsSpec(), log), HawkesSettings())
    assert {(each.source, each.target) for each in found.edges(Knowledge())} == {("find", "buy")}
    some = load_streams(workspace, EventsSpec(event_types=("find", "buy")), log)
    assert some.names == ("find", "buy") and "left out" in some.notes[0]
    with pytest.raises(BadSpec, match="no event type 'bye'"):
        load_streams(workspace, EventsSpec(event_types=("find", "bye")), log)
