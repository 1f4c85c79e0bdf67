"""Funnel: who counts where, ties, windows, and equality with a search by brute force."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import BadSpec, NotEnoughData, NotFound
from core.patterns.funnel import FunnelSpec, funnel, proposed_steps
from tests.patterns.conftest import MakeLog, Row

STEPS = ("view", "cart", "buy")
# u1 goes through; u2 stops at the cart; u3 buys before the cart; u4 only buys; u5 carts eight days after the view.
ROWS = [
    ("u1", "view", "2023-01-01T10:00:00"), ("u1", "cart", "2023-01-01T10:10:00"), ("u1", "buy", "2023-01-01T11:10:00"),
    ("u2", "view", "2023-01-01T10:00:00"), ("u2", "cart", "2023-01-01T10:20:00"),
    ("u3", "view", "2023-01-01T10:00:00"), ("u3", "buy", "2023-01-01T10:05:00"), ("u3", "cart", "2023-01-01T10:30:00"),
    ("u4", "buy", "2023-01-01T10:00:00"),
    ("u5", "view", "2023-01-01T10:00:00"), ("u5", "cart", "2023-01-09T10:00:00"),
    ("u6", "view", "2023-02-01T10:00:00"),
]  # fmt: skip


def users(log_rows: list[Row], made_log: MakeLog, steps: tuple[str, ...] = STEPS, **settings: object) -> list[int]:
    """Users per step."""
    found = funnel(made_log(log_rows), FunnelSpec.read({"steps": steps, **settings})).frame["users"].tolist()
    return [int(count) for count in found]


def test_users_are_counted_step_by_step_with_shares_and_times(made_log: MakeLog) -> None:
    table = funnel(made_log(ROWS), FunnelSpec(steps=STEPS))
    assert table.frame["users"].tolist() == [5, 3, 1]  # u1 u2 u3 u5 u6; u1 u2 u3; u1
    assert table.frame["share_of_first"].tolist() == [1.0, 0.6, 0.2]
    assert table.frame["share_of_previous"].tolist() == pytest.approx([1.0, 0.6, 1 / 3])
    assert table.frame["median_seconds_from_previous"].tolist()[1:] == [1200.0, 3600.0]  # of 600, 1200, 1800; of 3600
    assert table.frame["median_seconds_from_first"].tolist()[2] == 4200.0
    assert table.frame["low"][1] < 0.6 < table.frame["high"][1]
    assert table.title == "20.0 % of the users who did 'view' reached 'buy' within 7 days"
    assert any("1 user started less than 7 days before the end" in note for note in table.notes)  # u6


def test_the_window_counts_from_the_start_and_includes_its_end(made_log: MakeLog) -> None:
    rows = [("u1", "view", "2023-01-01T00:00:00"), ("u1", "cart", "2023-01-08T00:00:00")]
    assert users(rows, made_log, ("view", "cart")) == [1, 1]
    assert users([*rows[:1], ("u1", "cart", "2023-01-08T00:00:01")], made_log, ("view", "cart")) == [1, 0]
    # Each gap is five days, the whole ten: the third step lies outside although every gap fits.
    slow = [*rows[:1], ("u1", "cart", "2023-01-06T00:00:00"), ("u1", "buy", "2023-01-11T00:00:00")]
    assert users(slow, made_log) == [1, 1, 0]


def test_a_later_start_counts_if_it_leads_further(made_log: MakeLog) -> None:
    rows = [
        ("u1", "view", "2023-01-01T00:00:00"), ("u1", "cart", "2023-01-02T00:00:00"),
        ("u1", "view", "2023-02-01T00:00:00"), ("u1", "cart", "2023-02-01T01:00:00"), ("u1", "buy", "2023-02-01T03:00:00"),
    ]  # fmt: skip
    table = funnel(made_log(rows), FunnelSpec(steps=STEPS))
    assert table.frame["users"].tolist() == [1, 1, 1]
    assert table.frame["median_seconds_from_previous"].tolist()[1:] == [
        3600.0,
        7200.0,
    ]  # February's path, not January's


def test_of_starts_that_lead_equally_far_the_earliest_counts(made_log: MakeLog) -> None:
    rows = [
        ("u1", "view", "2023-01-01T00:00:00"), ("u1", "view", "2023-01-01T01:00:00"),
        ("u1", "cart", "2023-01-01T02:00:00"),
    ]  # fmt: skip
    frame = funnel(made_log(rows), FunnelSpec(steps=("view", "cart"))).frame
    assert frame["median_seconds_from_first"][1] == 7200.0


def test_equal_timestamps_go_by_the_order_of_import_and_are_said(made_log: MakeLog) -> None:
    tied = [("u1", "view", "2023-01-01T00:00:00"), ("u1", "cart", "2023-01-01T00:00:00")]
    table = funnel(made_log(tied), FunnelSpec(steps=("view", "cart")))
    assert table.frame["users"].tolist() == [1, 1]
    assert "For 1 user two steps bear the same timestamp: the order of import decides." in table.notes
    assert users(tied[::-1], made_log, ("view", "cart")) == [1, 0]


def test_a_step_may_come_again(made_log: MakeLog) -> None:
    rows = [
        ("u1", "view", "2023-01-01T00:00:00"),
        ("u1", "view", "2023-01-02T00:00:00"),
        ("u2", "view", "2023-01-01T00:00:00"),
    ]
    table = funnel(made_log(rows), FunnelSpec(steps=("view", "view")))
    assert table.frame["users"].tolist() == [2, 1]
    assert table.title == "50.0 % of the users who did 'view' did it again within 7 days"


def test_a_period_cuts_starts_and_steps(made_log: MakeLog) -> None:
    assert users(ROWS, made_log, start_at="2023-01-01T10:15:00", steps=("cart", "buy")) == [3, 0]  # u2 u3 u5


def test_unknown_steps_are_refused_with_those_there_are(made_log: MakeLog) -> None:
    with pytest.raises(NotFound, match="no event type 'pay'; it has view, cart, buy"):
        funnel(made_log(ROWS), FunnelSpec(steps=("view", "pay")))
    with pytest.raises(BadSpec, match="steps"):
        FunnelSpec.read({"steps": ["view"]})
    with pytest.raises(BadSpec, match="window_days"):
        FunnelSpec.read({"window_days": 0})


def test_a_first_step_that_nobody_did_in_the_period_is_refused(made_log: MakeLog) -> None:
    with pytest.raises(NotEnoughData, match="No user did 'buy' in"):
        funnel(made_log(ROWS), FunnelSpec.read({"steps": ["buy", "view"], "start_at": "2023-01-02"}))


def test_the_proposal_is_the_order_of_first_events_that_most_users_share(made_log: MakeLog) -> None:
    # view, cart, buy in that order: u1; view, buy, cart: u3; with two steps view → cart: u1 u2 u3 u5.
    log = made_log([*ROWS, *[("u9", kind, f"2023-01-01T1{place}:00:00") for place, kind in enumerate(STEPS)]])
    assert proposed_steps(log) == STEPS
    assert proposed_steps(log, 2) == ("view", "cart")
    table = funnel(log, FunnelSpec())
    assert table.plain()["spec"]["steps"] == list(STEPS)


def test_a_log_with_one_event_type_asks_who_comes_again(made_log: MakeLog) -> None:
    assert proposed_steps(made_log([("u1", "rate", "2023-01-01T00:00:00")])) == ("rate", "rate")


def furthest(times: list[tuple[str, datetime]], steps: tuple[str, ...], window: timedelta) -> int:
    """Steps that one user's ordered events reach, trying every choice of events."""

    def onward(place: int, step: int, start: datetime) -> int:
        following = [
            onward(later, step + 1, start)
            for later in range(place + 1, len(times))
            if step < len(steps) and times[later][0] == steps[step] and times[later][1] - start <= window
        ]
        return max([step, *following])

    return max((onward(place, 1, at) for place, (kind, at) in enumerate(times) if kind == steps[0]), default=0)


EVENTS = st.lists(
    st.tuples(st.sampled_from(["u1", "u2", "u3", "u4"]), st.sampled_from("abc"), st.integers(0, 40)),
    min_size=1,
    max_size=32,
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS)
def test_users_per_step_equal_a_search_by_brute_force(made_log: MakeLog, events: list[tuple[str, str, int]]) -> None:
    start = datetime(2023, 1, 1)
    log = made_log([(user, kind, (start + timedelta(hours=hour)).isoformat()) for user, kind, hour in events])
    known = {kind for _, kind, _ in events}
    histories = {
        user: [
            (kind, start + timedelta(hours=hour))
            for who, kind, hour in sorted(events, key=lambda e: e[2])
            if who == user
        ]
        for user in {user for user, _, _ in events}
    }
    for steps in (("a", "b", "c"), ("b", "a", "b", "c"), ("a", "a", "a")):
        reached = [furthest(times, steps, timedelta(hours=8)) for times in histories.values()]
        if not set(steps) <= known or not any(reached):
            continue
        found = funnel(log, FunnelSpec(steps=steps, window_days=8 / 24)).frame["users"].tolist()
        assert found == [sum(level > step for level in reached) for step in range(len(steps))], steps
        assert all(earlier >= later for earlier, later in pairwise(found))
