"""Nothing at or after time zero gets into a covariate or into eligibility; nothing before it into the outcome."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.effects.analysis_table import build, build_placebo, groups
from core.effects.question import CausalQuestion
from core.effects.table import AnalysisTable
from core.errors import BadSpec, NotEnoughData
from core.storage.engine import Log

DAY = 86_400_000_000
MINUTE = 60_000_000
START = pd.Timestamp("2025-01-06").value // 1_000  # a Monday, in microseconds
ZERO = 6 * DAY  # time zero of the probe, since the start
LogOf = Callable[[pd.DataFrame], Log]
Event = tuple[str, str, int]  # user, event type, microseconds since the start

QUESTION = CausalQuestion.read(
    {"treatment": "search", "outcome": "buy", "lookback_days": 2, "treatment_window_days": 10 / 1440}
)
PROBE: list[Event] = [("probe", "view", ZERO - 2 * MINUTE), ("probe", "view", ZERO - MINUTE), ("probe", "view", ZERO)]


def frame_of(events: list[Event], **attributes: list[Any]) -> pd.DataFrame:
    rows = pd.DataFrame(events, columns=["user_id", "event_type", "offset_us"])
    rows["timestamp"] = pd.to_datetime(START + rows.pop("offset_us"), unit="us")
    return rows.assign(**attributes)


def crowd() -> list[Event]:
    """Twenty treated and twenty control users with a varied past session and one on day 4; two events bound the log."""
    events: list[Event] = [("bounds", "view", 0), ("bounds", "buy", 10 * DAY)]
    rng = np.random.default_rng(0)
    for number in range(40):
        user, begin = f"crowd {number:02d}", 4 * DAY + number * 3 * MINUTE
        past = begin - int(rng.integers(26 * 60, 40 * 60)) * MINUTE
        kinds = rng.choice(["view", "search", "cart", "buy"], int(rng.integers(2)) * int(rng.integers(1, 3)))
        events += [(user, str(kind), past + at * 40 * MINUTE) for at, kind in enumerate(kinds)]
        events += [(user, "cart" if step < number % 4 % 3 else "view", begin + step * MINUTE) for step in range(3)]
        events += [(user, "search", begin + 4 * MINUTE)] if number % 2 else []
        events += [(user, "buy", begin + 20 * MINUTE)] if number % 3 else []
    return events


def probe_rows(
    log_of: LogOf, extras: list[Event], make: Callable[..., AnalysisTable] = build
) -> list[pd.Series | None]:
    """For each extra event the unit of a probe that has it besides its three views, or None if it is not eligible."""
    events = crowd()
    for number, (_, kind, at) in enumerate(extras):
        events += [(f"probe {number}", each, when) for _, each, when in PROBE] + [(f"probe {number}", kind, at)]
    frame = make(log_of(frame_of(events)), QUESTION).frame
    rows = [frame[frame["user_id"] == f"probe {number}"] for number in range(len(extras))]
    return [found.iloc[0] if len(found) else None for found in rows]


def values_at(
    log_of: LogOf, kind: str, offsets: list[int], column: str, make: Callable[..., AnalysisTable] = build
) -> list[float]:
    """What a column says for probes with one more event of a kind, at these offsets from time zero."""
    rows = probe_rows(log_of, [("", kind, ZERO + offset) for offset in offsets], make)
    return [float(row[column]) for row in rows if row is not None]


def test_the_outcome_lies_strictly_after_time_zero_and_within_its_window(log_of: LogOf) -> None:
    offsets = [-3 * DAY, 0, 1, 30 * MINUTE, DAY, DAY + 1]
    assert values_at(log_of, "buy", offsets, "outcome") == [0, 0, 1, 1, 1, 0]


def test_treatment_is_taken_up_within_the_grace_period(log_of: LogOf) -> None:
    offsets = [1, 10 * MINUTE, 10 * MINUTE + 1, 12 * 60 * MINUTE]
    assert values_at(log_of, "search", offsets, "treatment") == [1, 1, 0, 0]


def test_a_treatment_up_to_time_zero_makes_ineligible_and_a_tie_counts_as_before(log_of: LogOf) -> None:
    # With a search in between, the probe's third event is its second view: time zero is a minute earlier.
    before, tie, after = probe_rows(log_of, [("", "search", ZERO + offset) for offset in (-MINUTE - 1, 0, 1)])
    assert before is None and tie is None and after is not None


def test_a_treatment_in_an_earlier_session_is_history(log_of: LogOf) -> None:
    (row,) = probe_rows(log_of, [("", "search", ZERO - 5 * 60 * MINUTE)])
    assert row is not None and row["treatment"] == 0
    assert row["past_activity:search events"] == pytest.approx(np.log(2))


def test_the_lookback_window_includes_its_first_moment(log_of: LogOf) -> None:
    offsets = [-2 * DAY - 1, -2 * DAY, -40 * MINUTE]
    counts = values_at(log_of, "cart", offsets, "past_activity:cart events")
    assert np.expm1(counts) == pytest.approx([0, 1, 1])


def test_an_event_at_the_moment_of_time_zero_is_no_covariate(log_of: LogOf) -> None:
    # Two events of the session lie before time zero, whether or not the landmark has a twin at the same microsecond.
    twin, much_later = probe_rows(log_of, [("", "cart", ZERO), ("", "cart", ZERO + 3 * DAY)])
    assert twin is not None and much_later is not None
    names = [name for name in twin.index if ":" in name]
    assert len(names) > 8
    assert twin[names].equals(much_later[names])


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    later=st.lists(
        st.tuples(st.sampled_from(["view", "cart", "buy", "search"]), st.integers(ZERO + 1, 9 * DAY)), max_size=6
    )
)
def test_no_later_event_changes_a_covariate(log_of: LogOf, later: list[tuple[str, int]]) -> None:
    base = build(log_of(frame_of(crowd() + PROBE)), QUESTION)
    more = build(log_of(frame_of(crowd() + PROBE + [("probe", kind, at) for kind, at in later])), QUESTION)
    before = base.frame[base.frame["user_id"] == "probe"].iloc[0]
    after = more.frame[more.frame["user_id"] == "probe"].iloc[0]
    shared = [covariate.name for covariate in base.covariates if covariate.name in more.frame]
    assert len(shared) > 5
    assert np.allclose(before[shared].astype(float), after[shared].astype(float))


def test_an_attribute_is_its_latest_value_before_time_zero(log_of: LogOf) -> None:
    events = [*crowd(), ("probe", "view", ZERO - DAY), *PROBE, ("probe", "view", ZERO + 1)]
    mood = [str(number % 2) for number in range(len(crowd()))]
    values = [*mood, "1", "0", None, "1", "1"]  # of this session "0" is known; time zero and later say "1"
    table = build(log_of(frame_of(events, mood=values)), QUESTION)
    row = table.frame[table.frame["user_id"] == "probe"].iloc[0]
    level = next(covariate.name for covariate in table.covariates if covariate.group == "mood")
    assert row[level] == float(level == "mood=0")


def test_an_attribute_without_differences_is_said_to_have_none(log_of: LogOf) -> None:
    events = crowd()
    names = [f"x{number}" for number in range(len(events))]
    notes = build(log_of(frame_of(events, city="Calgary", ticket=names)), QUESTION).notes
    assert "city is no covariate: every unit has the same value." in notes
    assert not any(note.startswith("ticket is no covariate: every unit") for note in notes)


def test_an_attribute_falls_back_on_the_lookback(log_of: LogOf) -> None:
    # 40 minutes before time zero ends the earlier session; nothing of this session is known.
    events = [*crowd(), ("probe", "view", ZERO - 40 * MINUTE), *PROBE]
    price = [float(number % 5) for number in range(len(crowd()))]
    table = build(log_of(frame_of(events, price=[*price, 42.0, None, None, 7.0])), QUESTION)
    row = table.frame[table.frame["user_id"] == "probe"].iloc[0]
    assert row["price"] == 42.0


def test_an_attribute_of_the_own_session_beats_a_later_one_of_another(log_of: LogOf) -> None:
    # Two tabs at once: the other session's event comes half a minute before time zero, the own one's two minutes before.
    events = [*crowd(), PROBE[0], ("probe", "cart", ZERO - MINUTE // 2), *PROBE[1:]]
    frame = frame_of(events, price=[*(float(at % 5) for at in range(len(crowd()))), 1.0, 42.0, None, None])
    frame["session_id"] = frame["user_id"] + (frame["timestamp"] + pd.Timedelta(hours=6)).dt.strftime(" %d")
    frame.loc[frame["price"] == 42.0, "session_id"] = "other tab"
    table = build(log_of(frame), QUESTION)
    row = table.frame[table.frame["user_id"] == "probe"].iloc[0]
    assert row["price"] == 1.0
    assert row["past_activity:cart events"] == pytest.approx(np.log(2))


def test_attrition_counts_every_rule_in_order(log_of: LogOf) -> None:
    extra: list[Event] = [
        ("short", "view", 5 * DAY),
        *[("searcher", kind, 5 * DAY + at * MINUTE) for at, kind in enumerate(("view", "search", "view", "view"))],
        *[("early bird", "view", DAY + at * MINUTE) for at in range(3)],
        *[("late comer", "view", 9 * DAY + 12 * 60 * MINUTE + at * MINUTE) for at in range(3)],
    ]
    table = build(log_of(frame_of(crowd() + extra)), QUESTION)
    # The crowd's past sessions, the bounds' two and the short one have no third event: 40 + 3 have. The searcher has
    # searched, the early bird lacks lookback, the late comer follow-up.
    assert [step.units for step in table.attrition][1:] == [43, 42, 41, 40]
    assert table.units == 40 and int(table.treatment.sum()) == 20


def test_too_small_an_arm_is_refused_with_the_counts(log_of: LogOf) -> None:
    without = [event for event in crowd() if event[:2] != ("crowd 01", "search")]
    with pytest.raises(NotEnoughData, match="19 units took up search within 10 minutes and 21 did not"):
        build(log_of(frame_of(without)), QUESTION)


def test_a_landmark_that_nobody_reaches_is_refused(log_of: LogOf) -> None:
    far = CausalQuestion.read({**QUESTION.plain(), "design": {"landmark_event": 50}})
    with pytest.raises(NotEnoughData, match="0 with at least 50 events"):
        build(log_of(frame_of(crowd())), far)


def test_outcomes_before_any_uptake_are_counted_and_said(log_of: LogOf) -> None:
    quick: list[Event] = [("probe", "buy", ZERO + MINUTE), ("crowd 01", "buy", 4 * DAY + 5 * MINUTE + 1)]
    table = build(log_of(frame_of(crowd() + PROBE + quick)), QUESTION)
    # The probe buys a minute after time zero without a search; crowd 01 searches 2 minutes after its time zero, and buys
    # one microsecond after time zero: 3 MINUTE + 2 MINUTE = 5 minutes is its landmark.
    assert any(
        note.startswith("2 units had buy within 10 minutes and before any search; 1 of them") for note in table.notes
    )


def test_groups_are_known_without_building_and_choose_what_is_in_the_table(log_of: LogOf) -> None:
    events = crowd()
    log = log_of(frame_of(events, intent=["a" if number % 3 else "b" for number in range(len(events))]))
    names = [group.name for group in groups(log, QUESTION)]
    assert names == ["tenure", "past_activity", "calendar", "this_session", "intent"]
    table = build(log, QUESTION)
    assert {covariate.group for covariate in table.covariates} <= set(names)
    blind = build(log, CausalQuestion.read({**QUESTION.plain(), "unmeasured": ["intent"]}))
    assert {covariate.group for covariate in blind.covariates} == {
        covariate.group for covariate in table.covariates
    } - {"intent"}
    only = build(log, CausalQuestion.read({**QUESTION.plain(), "covariates": ["intent"]}))
    assert {covariate.group for covariate in only.covariates} == {"intent"}
    with pytest.raises(BadSpec, match="no covariate group 'mood'"):
        build(log, CausalQuestion.read({**QUESTION.plain(), "unmeasured": ["mood"]}))


def test_the_placebo_outcome_lies_in_the_window_before_time_zero(log_of: LogOf) -> None:
    offsets = [-DAY - 1, -DAY, -40 * MINUTE, MINUTE]
    assert values_at(log_of, "buy", offsets, "outcome", build_placebo) == [0, 1, 1, 0]


def test_placebo_covariates_end_before_the_placebo_window(log_of: LogOf) -> None:
    offsets = [-3 * DAY - 1, -3 * DAY, -DAY - 1, -DAY]
    counts = values_at(log_of, "cart", offsets, "past_activity:cart events", build_placebo)
    assert np.expm1(counts) == pytest.approx([0, 1, 1, 0])


def test_the_placebo_keeps_units_and_arms(log_of: LogOf) -> None:
    log = log_of(frame_of(crowd() + PROBE))
    table, placebo = build(log, QUESTION), build_placebo(log, QUESTION)
    assert placebo.outcome_title == "buy in the 1 day before time zero"
    assert list(table.frame["unit_id"]) == list(placebo.frame["unit_id"])
    assert np.array_equal(table.treatment, placebo.treatment)
