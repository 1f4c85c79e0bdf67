"""Time, event types, users, numbers, encodings, sessions, merged ids."""

from collections.abc import Callable
from datetime import datetime

import pytest

from core.errors import BadSpec
from tests.events.cleaning.conftest import Bench

Cleaned = Callable[..., Bench]


def test_a_time_range_includes_its_start_and_excludes_its_end(cleaned: Cleaned) -> None:
    events = [{"second": second} for second in (0, 60, 120)]
    step = {"step": "time_range", "start_at": "1970-01-01T00:01:00Z", "end_at": "1970-01-01T00:02:00"}
    assert cleaned(events, step).column("event_id") == [1]
    assert cleaned(events, {**step, "start_at": None}).column("event_id") == [0, 1]
    for wrong, why in [({"start_at": None, "end_at": None}, "needs a start or an end"),
                       ({"start_at": "2024-01-02", "end_at": "2024-01-01"}, "not before its end")]:  # fmt: skip
        with pytest.raises(BadSpec, match=why):
            cleaned(events, {**step, **wrong})


def test_a_shift_moves_both_columns_of_the_moment(cleaned: Cleaned) -> None:
    bench = cleaned([{"second": 0}], {"step": "shift_time", "hours": -1.5})
    assert bench.column("timestamp_us") == [-5_400_000_000]
    assert bench.column("timestamp") == [datetime(1969, 12, 31, 22, 30)]


def test_several_types_with_one_new_name_become_one(cleaned: Cleaned) -> None:
    events = [{"type": kind} for kind in ("add_to_cart", "basket", "view")]
    names = {"add_to_cart": "cart", "basket": "cart", "absent": "cart"}
    bench = cleaned(events, {"step": "rename_events", "names": names})
    assert bench.column("event_type") == ["cart", "cart", "view"]
    assert bench.accounts[0]["changed"] == 2
    assert bench.accounts[0]["notes"] == ["No event has the type absent."]
    with pytest.raises(BadSpec, match="name the last one at once"):
        cleaned(events, {"step": "rename_events", "names": {"basket": "view", "view": "look"}})


def test_named_types_and_users_go(cleaned: Cleaned) -> None:
    events = [{"user": "test", "type": "view"}, {"user": "ann", "type": "ping"}, {"user": "ann", "type": "view"}]
    bench = cleaned(
        events, {"step": "drop_events", "event_types": ["ping"]}, {"step": "drop_users", "user_ids": ["test", "nobody"]}
    )
    assert bench.column("event_id") == [2]
    assert [account["rows_out"] for account in bench.accounts] == [2, 1]
    assert bench.accounts[1]["notes"] == ["No event has the user nobody."]


def test_numbers_are_standardised_or_brought_between_0_and_1(cleaned: Cleaned) -> None:
    # 2 and 6: mean 4, standard deviation 2
    events = [{"value": 2, "size": 5}, {"value": 6, "size": 5}, {"value": None, "size": 5}]
    bench = cleaned(events, {"step": "scale", "column": "value"}, optional=["value"], size="number")
    assert bench.column("value") == [-1.0, 1.0, None]
    assert "multiply by 2 and add 4" in bench.accounts[0]["notes"][0]
    step = {"step": "scale", "method": "min_max"}
    assert cleaned(events, {**step, "column": "value"}, optional=["value"]).column("value") == [0.0, 1.0, None]
    assert cleaned(events, {**step, "column": "size"}, size="number").column("size") == [0.0, 0.0, 0.0]
    with pytest.raises(BadSpec, match="fixed meaning"):
        cleaned([{"latitude": 1.0}], {**step, "column": "latitude"}, optional=["latitude"])


def test_one_hot_adds_a_boolean_per_value_and_keeps_the_column(cleaned: Cleaned) -> None:
    events = [{"colour": "Red"}, {"colour": "blue & green"}, {"colour": None}]
    bench = cleaned(events, {"step": "encode", "column": "colour"}, colour="text")
    assert bench.column("colour_is_red") == [True, False, None]
    assert bench.column("colour_is_blue_green") == [False, True, None]
    assert bench.column("colour") == ["Red", "blue & green", None]
    many = [{"colour": f"c{place}"} for place in range(51)]
    with pytest.raises(BadSpec, match="more than 50 values"):
        cleaned(many, {"step": "encode", "column": "colour"}, colour="text")


def test_ordinal_is_the_place_in_the_order_and_the_unnamed_are_counted(cleaned: Cleaned) -> None:
    events = [{"size": size} for size in ("large", "small", "huge", None)]
    step = {"step": "encode", "column": "size", "method": "ordinal", "order": ["small", "large"]}
    bench = cleaned(events, step, size="text")
    assert bench.column("size_order") == [1.0, 0.0, None, None]
    assert "1 events have a value that is not in the order." in bench.accounts[0]["notes"]


def test_a_start_event_begins_a_session_and_before_it_silence_decides(cleaned: Cleaned) -> None:
    events = [{"type": kind, "second": place} for place, kind in enumerate(["view", "open", "view", "open"])]
    bench = cleaned(events, {"step": "sessions", "by": "start_event", "start_event": "open"})
    assert bench.column("_session") == [None, "1.0", "1.0", "2.0"] or bench.column("session_number") == [None, 1, 1, 2]
    assert (bench.kept.has_session, bench.kept.session_column) == (True, "session_number")
    bench = cleaned(events, {"step": "sessions", "gap_seconds": 60})
    assert (bench.kept.has_session, bench.kept.session_gap_seconds) == (False, 60)
    with pytest.raises(BadSpec, match="No event has the type 'absent'"):
        cleaned(events, {"step": "sessions", "by": "start_event", "start_event": "absent"})
    with pytest.raises(BadSpec, match="need the setting 'column'"):
        cleaned(events, {"step": "sessions", "by": "column"})


def test_ids_are_merged_through_chains_and_circles_stay_apart(cleaned: Cleaned) -> None:
    events = [{"user": user} for user in ("a", "b", "c", "x", "y")]
    pairs = {"a": "b", "b": "c", "x": "y", "y": "x"}
    bench = cleaned(events, {"step": "merge_users", "pairs": pairs})
    assert bench.column("user_id") == ["c", "c", "c", "x", "y"]
    assert bench.accounts[0]["notes"] == [
        "2 anonymous users became known ones.",
        "2 ids lead in a circle and stay apart.",
    ]
    assert not bench.accounts[0]["uses_future"]


def test_an_identify_event_merges_and_an_id_of_two_people_stays_apart(cleaned: Cleaned) -> None:
    events = [
        {"user": "anon-1", "type": "view"}, {"user": "ann", "type": "identify", "anonymous": "anon-1"},
        {"user": "anon-2", "type": "view"}, {"user": "ben", "type": "identify", "anonymous": "anon-2"},
        {"user": "cleo", "type": "identify", "anonymous": "anon-2"},
        {"user": "anon-3", "type": "view"}, {"user": "dora", "type": "view", "anonymous": "anon-3"},
    ]  # fmt: skip
    step = {"step": "merge_users", "event_type": "identify", "anonymous_column": "anonymous"}
    bench = cleaned(events, step, anonymous="text")
    assert bench.column("user_id") == ["ann", "ann", "anon-2", "ben", "cleo", "anon-3", "dora"]
    assert "1 anonymous ids have several known ones and stay apart." in bench.accounts[0]["notes"]
    assert bench.accounts[0]["uses_future"]


def test_two_known_ids_that_prove_to_be_one_person_are_no_conflict(cleaned: Cleaned) -> None:
    # device d is used by ann-old and by ann; ann-old became ann
    events = [{"user": "d"}, {"user": "ann-old", "device": "d"}, {"user": "ann", "device": "d"}]
    step = {"step": "merge_users", "pairs": {"ann-old": "ann"}, "anonymous_column": "device"}
    assert cleaned(events, step, device="text").column("user_id") == ["ann", "ann", "ann"]
