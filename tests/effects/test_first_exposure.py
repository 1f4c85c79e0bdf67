"""First exposure: who is at risk, from when, and what a sampled control stands for."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from core.effects.analysis_table import build, build_placebo, build_placebo_time
from core.effects.designs.sampling import uniform
from core.effects.question import CausalQuestion
from core.effects.table import WEIGHT, AnalysisTable
from core.errors import NotEnoughData
from core.storage.engine import Log

DAY = 86_400_000_000
MINUTE = 60_000_000
START = pd.Timestamp("2025-01-06").value // 1_000
LogOf = Callable[[pd.DataFrame], Log]
Event = tuple[str, str, int]  # user, event type, microseconds since the start

ASKED = {
    "treatment": "search",
    "outcome": "buy",
    "lookback_days": 2,
    "outcome_window_days": 1,
    "design": {"kind": "first_exposure", "active_days": 1, "controls_per_treated": 100},
}


def question(**settings: object) -> CausalQuestion:
    return CausalQuestion.read({**ASKED, **settings})


def frame_of(events: list[Event]) -> pd.DataFrame:
    rows = pd.DataFrame(events, columns=["user_id", "event_type", "offset_us"])
    rows["timestamp"] = pd.to_datetime(START + rows.pop("offset_us"), unit="us")
    return rows


def crowd(treated: int = 24, control: int = 24) -> list[Event]:
    """Users who view on day 4 and half a day later; the treated search a minute after that. Two events bound the log."""
    events: list[Event] = [("bounds", "view", 0), ("bounds", "buy", 14 * DAY)]
    for number in range(treated + control):
        user, begin = f"crowd {number:02d}", 4 * DAY + number * 7 * MINUTE
        events += [(user, "view", begin), (user, "cart" if number % 3 else "view", begin + DAY // 2)]
        events += [(user, "search", begin + DAY // 2 + MINUTE)] if number < treated else []
        events += [(user, "buy", begin + DAY)] if number % 2 else []
    return events


def probe(table: AnalysisTable, name: str = "probe") -> pd.DataFrame:
    return table.frame[table.frame["user_id"] == name]


def test_every_moment_up_to_the_first_treatment_is_a_trial_and_none_after_it(log_of: LogOf) -> None:
    zero = 6 * DAY
    extra: list[Event] = [
        ("probe", "view", zero - DAY // 2),
        ("probe", "view", zero),
        ("probe", "cart", zero),  # the same moment
        ("probe", "search", zero + MINUTE),
        ("probe", "view", zero + 2 * MINUTE),
        ("probe", "search", zero + 3 * MINUTE),
        ("probe", "buy", zero + 4 * MINUTE),
    ]
    rows = probe(build(log_of(frame_of(crowd() + extra)), question()))
    # The first event has none before it; at `zero` it is a control, a minute later treated; then it is no longer at risk.
    assert rows["treatment"].tolist() == [0.0, 1.0]
    assert rows["outcome"].tolist() == [1.0, 1.0]
    assert rows["uptake_days"].tolist() == pytest.approx([MINUTE / DAY, 0.0])
    assert rows["event_days"].tolist() == pytest.approx([4 * MINUTE / DAY, 3 * MINUTE / DAY])


def test_who_is_active_is_judged_by_events_strictly_before(log_of: LogOf) -> None:
    zero = 6 * DAY
    cases: dict[str, list[int]] = {
        "just in time": [zero - DAY, zero],
        "too long ago": [zero - DAY - 1, zero],
        "twins": [zero, zero],  # a tie is not before
        "only later": [zero, zero + 2 * DAY],
    }
    events = crowd() + [(name, "view", at) for name, moments in cases.items() for at in moments]
    table = build(log_of(frame_of(events)), question())
    assert {name: len(probe(table, name)) for name in cases} == {
        "just in time": 1,
        "too long ago": 0,
        "twins": 0,
        "only later": 0,
    }


def test_what_happens_at_time_zero_or_later_is_no_covariate(log_of: LogOf) -> None:
    zero = 6 * DAY
    names = ["quiet", "at", "after", "before"]
    moments = {"at": zero, "after": zero + MINUTE, "before": zero - MINUTE}
    events = crowd()
    for name in names:
        events += [(name, "view", zero - DAY // 2), (name, "search", zero)]
        events += [(name, "cart", moments[name])] if name in moments else []
    table = build(log_of(frame_of(events)), question())
    columns = [covariate.name for covariate in table.covariates]
    rows = {name: probe(table, name).query("treatment == 1").iloc[0] for name in names}
    assert rows["quiet"][columns].equals(rows["at"][columns]) and rows["quiet"][columns].equals(rows["after"][columns])
    assert not rows["quiet"][columns].equals(rows["before"][columns])


def test_an_outcome_at_time_zero_is_none_and_one_before_never_counts(log_of: LogOf) -> None:
    zero = 6 * DAY
    offsets = {"before": -MINUTE, "after": 1, "last": DAY, "late": DAY + 1}
    events = crowd()
    for name, offset in offsets.items():
        events += [(name, "view", zero - DAY // 2), (name, "search", zero), (name, "buy", zero + offset)]
    events += [("at once", "view", zero - DAY // 2), ("at once", "buy", zero), ("at once", "search", zero)]
    table = build(log_of(frame_of(events)), question())
    found = {name: probe(table, name).query("treatment == 1")["outcome"].tolist() for name in [*offsets, "at once"]}
    assert found == {"before": [0.0], "after": [1.0], "last": [1.0], "late": [0.0], "at once": []}
    assert any("not at the very moment of buy" in step.title for step in table.attrition)


def test_where_hardly_other_moments_exist_those_of_the_outcome_stay_and_it_is_said(log_of: LogOf) -> None:
    """A log of purchases and returns: what a control does is to buy. 24 treated; controls buy half a day after their
    first purchase, 12 of them once more: 24 + 24 treated users' moments before, 24 and 12 of the controls."""
    frame = frame_of(crowd())
    frame["event_type"] = frame["event_type"].replace({"view": "buy", "cart": "buy"})
    table = build(log_of(frame), question())
    assert table.units == 84 and int(table.treatment.sum()) == 24
    assert any(note.startswith("Most moments of the controls are themselves a buy") for note in table.notes)


@pytest.mark.parametrize("treatment_measure", [{"kind": "dose"}, {"kind": "arms", "column": "arm"}])
def test_amounts_and_arms_that_come_with_an_outcome_stay_too(log_of: LogOf, treatment_measure: dict[str, str]) -> None:
    """Baskets: whoever searches buys at the same moment, but for four; leaving those out would leave these four."""
    frame = frame_of(crowd(treated=60))
    searches = frame[frame["event_type"] == "search"]
    again = searches.iloc[::2].assign(timestamp=searches["timestamp"] + pd.Timedelta(minutes=1))
    frame = pd.concat([frame, searches.iloc[4:].assign(event_type="buy"), again])
    frame["arm"] = np.where(frame["user_id"].str[-1].isin(["1", "2", "3", "4", "5"]), "a", "b")
    table = build(log_of(frame), question(treatment_measure=treatment_measure, treatment_window_days=0.5))
    assert table.units == 60
    assert any(note.startswith("At most first search there is buy at the same moment") for note in table.notes)


def test_eligibility_reads_no_future(log_of: LogOf) -> None:
    """A population by an event that comes at time zero or later holds nobody; before it, it does."""
    zero = 6 * DAY
    events: list[Event] = [(user, "join", at - DAY) for user, kind, at in crowd() if kind == "search"]
    events += [(user, "join", 3 * DAY) for user, kind, at in crowd(0, 48) if kind == "view"]
    for name, offset in {"before": -1, "at": 0, "after": 1}.items():
        events += [(name, "view", zero - DAY // 2), (name, "view", zero), (name, "join", zero + offset)]
        events += [(name, "search", zero + 5 * MINUTE)]
    table = build(log_of(frame_of(crowd() + events)), question(population="join"))
    at_zero = {name: len(probe(table, name).query("treatment == 0")) for name in ("before", "at", "after")}
    # `before` has its join as a moment of its own; `after` has one just after its views, which then lies before nothing.
    assert at_zero == {"before": 1, "at": 0, "after": 0}
    assert all(len(probe(table, name).query("treatment == 1")) == 1 for name in ("before", "at", "after"))
    assert table.attrition[-2].units <= table.attrition[-3].units


def test_sampled_controls_carry_what_they_stand_for_and_the_att_needs_no_weights(log_of: LogOf) -> None:
    log = log_of(frame_of(crowd(treated=24, control=300)))
    few = {**ASKED["design"], "controls_per_treated": 2}
    every = build(log, question())
    drawn = build(log, question(design=few))
    again = build(log, question(design=few))
    other = build(log, question(design=few, seed=1))
    att = build(log, question(design=few, estimand="ATT"))
    assert drawn.frame.equals(again.frame) and not drawn.frame["unit_id"].equals(other.frame["unit_id"])
    assert WEIGHT not in every.frame and WEIGHT not in att.frame
    assert drawn.frame["unit_id"].equals(att.frame["unit_id"])
    controls = drawn.frame[drawn.treatment == 0]
    population = int((every.treatment == 0).sum())
    assert (drawn.frame.loc[drawn.treatment == 1, WEIGHT] == 1).all() and int(drawn.treatment.sum()) == 24
    share = 48 / population  # everything lies in one week
    assert controls[WEIGHT].to_numpy() == pytest.approx(1 / share)
    assert len(controls) == pytest.approx(48, abs=4 * np.sqrt(48))
    assert set(controls["unit_id"]) <= set(every.frame["unit_id"])


def test_weeks_in_which_nobody_took_it_up_have_no_controls(log_of: LogOf) -> None:
    lonely: list[Event] = [(f"later {at}", "view", 11 * DAY + hour * DAY // 24) for at in range(30) for hour in (0, 6)]
    table = build(log_of(frame_of(crowd() + lonely)), question())
    assert not table.frame["user_id"].str.startswith("later").any()


def test_the_chance_is_even_and_depends_on_the_seed(log_of: LogOf) -> None:
    log = log_of(frame_of(crowd(60, 600)))
    events = log.table("events")
    drawn = log.fetch(events.select(a=uniform(events.event_id, 0), b=uniform(events.event_id, 1)))
    for column in ("a", "b"):
        shares = np.histogram(drawn[column], bins=5, range=(0, 1))[0] / len(drawn)
        assert shares == pytest.approx([0.2] * 5, abs=4 * np.sqrt(0.16 / len(drawn)))
    assert abs(np.corrcoef(drawn["a"], drawn["b"])[0, 1]) < 4 / np.sqrt(len(drawn))


def test_no_treated_and_nobody_at_risk_are_refused_with_the_counts(log_of: LogOf) -> None:
    log = log_of(frame_of(crowd(treated=19)))
    with pytest.raises(NotEnoughData, match=r"19 units took up first search and .* \(left after each step"):
        build(log, question())
    with pytest.raises(NotEnoughData, match=r"Nobody is left .* 0 with an event in the 30 seconds before"):
        build(log, question(design={"kind": "first_exposure", "active_days": 1 / 2880}, treatment="cart"))


def test_placebo_outcome_and_placebo_time_lie_before_the_treatment(log_of: LogOf) -> None:
    """A purchase between the earlier moment and the treatment is a placebo outcome; one after the treatment is not."""
    earlier: list[Event] = []
    for number in range(48):
        begin = 4 * DAY + number * 7 * MINUTE
        earlier += [(f"crowd {number:02d}", "view", begin - DAY), (f"crowd {number:02d}", "view", begin - DAY // 2)]
        earlier += [(f"crowd {number:02d}", "buy", begin - DAY // 4)] if number % 3 == 0 else []
    log = log_of(frame_of(crowd() + earlier))
    asked = question(outcome_window_days=0.5, lookback_days=1)
    moved = build_placebo_time(log, asked)
    treated = moved.frame[moved.treatment == 1]
    # Treated half a day and a minute after `begin`; the last earlier moment at least half a day before is `begin`
    # itself, or the view half a day before that; its half day ends before the search.
    assert len(treated) == 24
    assert treated["outcome"].sum() == 0  # their purchases lie before `begin` or half a day after the search
    placebo = build_placebo(log, asked)
    assert placebo.frame.loc[placebo.treatment == 1, "outcome"].sum() == 0
    longer = build_placebo(log, question(outcome_window_days=1, lookback_days=1))
    assert longer.frame.loc[longer.treatment == 1, "outcome"].sum() == 8


def test_a_placebo_asks_for_activity_before_its_window_not_within_it(log_of: LogOf) -> None:
    """Everybody's last event before time zero is a purchase: by activity within the window it would be constant."""
    cases = {"then": [3 * DAY + 1], "within": [], "neither": []}
    events = crowd()
    for number in range(48):
        events.append((f"crowd {number:02d}", "view", 4 * DAY + number * 7 * MINUTE - DAY))
    for name, moments in cases.items():
        events += [(name, "view", at) for at in moments]
        events += [(name, "buy", 5 * DAY)] if name != "neither" else []
        events += [(name, "search", 5 * DAY + MINUTE)]
    asked = question(lookback_days=1, design={**ASKED["design"], "active_days": 2})
    table, placebo = build(log_of(frame_of(events)), asked), build_placebo(log_of(frame_of(events)), asked)
    assert {name: len(probe(table, name).query("treatment == 1")) for name in cases} == {
        "then": 1, "within": 1, "neither": 0,
    }  # fmt: skip
    assert {name: len(probe(placebo, name).query("treatment == 1")) for name in cases} == {
        "then": 1, "within": 0, "neither": 0,
    }  # fmt: skip
    assert placebo.attrition[-1].title == "with an event not long before the placebo window"


def test_a_placebo_outcome_knows_nothing_of_the_session_of_time_zero(log_of: LogOf) -> None:
    """Who treats late in a session has seen more in it: no covariate of a placebo says so, so it does not count."""
    events = crowd() + [(f"crowd {number:02d}", "view", 3 * DAY + number * 7 * MINUTE) for number in range(48)]
    for name, before in {"own session": 5 * MINUTE, "earlier session": 60 * MINUTE}.items():
        zero = 6 * DAY
        events += [(name, "view", zero - 2 * DAY), (name, "buy", zero - before), (name, "view", zero - 2 * MINUTE)]
        events += [(name, "search", zero)]
    placebo = build_placebo(log_of(frame_of(events)), question(design={**ASKED["design"], "active_days": 3}))
    found = {
        name: probe(placebo, name).query("treatment == 1")["outcome"].tolist()
        for name in ("own session", "earlier session")
    }
    assert found == {"own session": [0.0], "earlier session": [1.0]}
    assert placebo.outcome_title == "buy in the 1 day before time zero (earlier sessions)"
