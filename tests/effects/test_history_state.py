"""The state of a history: what the order of events confounds is adjusted for, by networks that never saw the user."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from core.effects.analysis_table import build, build_placebo, groups
from core.effects.battery.adjusted import adjusted
from core.effects.battery.draw import draw_pairs
from core.effects.covariates import Column
from core.effects.designs.windows import Windows, placebo_windows, windows
from core.effects.estimators import aipw, lin
from core.effects.history_state.states import HistoryStates, fold_of, learn_states
from core.effects.nuisances import Nuisances
from core.effects.question import CausalQuestion
from core.effects.study_inputs import inputs_from_log
from core.effects.table import AnalysisTable, Covariate
from core.errors import BadSpec
from core.storage.engine import Log
from tests.effects.null_log import QUESTION as NULL_QUESTION
from tests.effects.null_log import null_log
from tests.effects.order_log import QUESTION, order_log

LogOf = Callable[[pd.DataFrame], Log]


def asked(**settings: object) -> CausalQuestion:
    return CausalQuestion.read({**QUESTION, "history_state": True, **settings})


def effect(table: AnalysisTable) -> tuple[float, float]:
    found = aipw.estimate(table, estimand="ATE", seed=0, nuisances=Nuisances(table, seed=0, splits=1))
    return found.value, found.se


def of_the_order(table: AnalysisTable) -> pd.DataFrame:
    return table.frame[[each.name for each in table.covariates if each.group == "event_order"]]


def test_what_the_order_of_events_confounds_is_told_from_the_effect(
    log_of: LogOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.effects.history_state.encoder.EPOCHS_AT_MOST", 12)  # enough for so short an order
    log = log_of(order_log(500, effect=0.1, seed=1))
    counted, read = build(log, asked(history_state=False)), build(log, asked())
    without = lin.estimate(counted, estimand="ATE")
    assert without.value - 0.1 > 3 * without.se  # counts and recency do not see the order
    value, error = effect(read)
    assert abs(value - 0.1) < 2.5 * error
    assert {each.group for each in read.covariates} - {each.group for each in counted.covariates} == {"event_order"}
    assert np.isfinite(read.matrix()).all()
    said = " ".join(read.notes)
    assert "The order of events was learnt from" in said and "of 500 users, each before their own time zero" in said
    share = int(said.split("% of the time for buy within 144 minutes")[0].split()[-1])
    assert 65 < share < 95


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Learning for tests that do not ask how well."""
    monkeypatch.setattr("core.effects.history_state.encoder.EPOCHS_AT_MOST", 1)
    monkeypatch.setattr("core.effects.history_state.states.FEWEST_USERS", 50)


@pytest.mark.usefixtures("brief")
def test_a_seed_gives_one_answer(log_of: LogOf) -> None:
    log = log_of(order_log(80, seed=7))
    one, same, other = (of_the_order(build(log, asked(seed=seed))) for seed in (0, 0, 1))
    assert one.equals(same) and not one.equals(other)


@pytest.mark.usefixtures("brief")
def test_a_network_has_not_seen_the_users_that_it_describes(log_of: LogOf) -> None:
    frame = order_log(100, seed=2)
    users = pd.Series(sorted(frame["user_id"].unique()))
    fold = dict(zip(users, fold_of(users), strict=True))
    strange = [user for user in users if fold[user] == 0][:5]
    other = frame.copy()
    turned = other["user_id"].isin(strange)
    other.loc[turned, "event_type"] = (
        other.loc[turned, "event_type"].map({"view": "buy", "buy": "view"}.get).fillna(other.loc[turned, "event_type"])
    )
    one, two = (build(log_of(each), asked(treatment="tip")) for each in (frame, other))
    both = one.frame.merge(two.frame, on="unit_id", suffixes=("", " of the other"))
    both = both[~both["user_id"].isin(strange)]
    names = list(of_the_order(one))
    alike = (both[names].to_numpy() == both[[f"{name} of the other" for name in names]].to_numpy()).all(axis=1)
    own = both["user_id"].map(fold).to_numpy() == 0
    assert own.any() and alike[own].all()  # learnt from others only, so the strange ones change nothing
    assert not alike[~own].any()  # these were described by networks that learnt from the strange ones


@pytest.mark.usefixtures("brief")
def test_it_is_read_strictly_before_the_end_of_the_covariates(log_of: LogOf) -> None:
    log = log_of(order_log(100, seed=3))
    question = asked(outcome_window_days=2)
    states = learn_states(log, question)
    table, placebo = build(log, question, states), build_placebo(log, question, states)
    zeros = log.fetch(log.table("events").filter(log.table("events").session_position == 4)).set_index("session_id")
    for made, offsets in ((table, windows(question)), (placebo, placebo_windows(question))):
        units = made.frame.set_index("unit_id")
        frame = pd.DataFrame(
            {"trial_user_id": units["user_id"], "time_zero_us": zeros["timestamp_us"].reindex(units.index)}
        )
        expected = {column.covariate.name: column.values for column in states.columns(log, frame, offsets)}
        for name, values in of_the_order(made).items():
            assert np.array_equal(values, expected[str(name)])
    earlier = placebo_windows(question).covariates_end_us
    moved = frame.assign(time_zero_us=frame["time_zero_us"] + earlier)
    shifted = states.columns(log, moved, windows(question))
    assert all(np.array_equal(column.values, expected[column.covariate.name]) for column in shifted)


@pytest.mark.usefixtures("brief")
def test_every_design_takes_it_and_a_study_learns_once(log_of: LogOf, monkeypatch: pytest.MonkeyPatch) -> None:
    log = log_of(null_log(250, 4))
    for design in ("first_exposure", "before_after"):
        windows_ = {"lookback_days": 10, "outcome_window_days": 4, "design": {"kind": design}}
        question = CausalQuestion.read({**NULL_QUESTION, **windows_, "history_state": True})
        inputs = inputs_from_log(log.workspace, log, question)
        assert "event_order" in inputs.identification.adjustment_set
        assert np.isfinite(inputs.table.matrix()).all() and len(of_the_order(inputs.table).columns)
    monkeypatch.setattr("core.effects.analysis_table.learn_states", _never)
    assert inputs.again is not None
    shorter = inputs.again({"lookback_days": 7})
    assert len(of_the_order(shorter).columns)


def test_it_is_one_more_group_whatever_covariates_are_named(log_of: LogOf) -> None:
    log = log_of(order_log(60, seed=5))
    named = asked(covariates=["tenure"])
    assert groups(log, named)[-1].title == "Order of events"
    table = build(log, named)
    assert any("The order of events was not learnt: 60 users are too few" in note for note in table.notes)
    assert {each.group for each in table.covariates} == {"tenure"}
    with pytest.raises(BadSpec, match="no covariate group 'event_order'"):
        build(log, asked(history_state=False, covariates=["event_order"]))
    for bare in (False, True):
        hidden = inputs_from_log(log.workspace, log, asked(unmeasured=["event_order"]), bare=bare)
        assert hidden.states is None and hidden.unidentified is not None


@pytest.mark.usefixtures("brief")
def test_a_null_log_stays_without_effect(log_of: LogOf) -> None:
    log = log_of(null_log(300, 6))
    question = CausalQuestion.read({**NULL_QUESTION, "history_state": True, "estimand": "ATT"})
    table = build(log, question)
    found = lin.estimate(table, estimand="ATT")
    assert abs(found.value) < 3 * found.se


def test_null_pairs_are_adjusted_for_the_order_too(log_of: LogOf, monkeypatch: pytest.MonkeyPatch) -> None:
    log, read = log_of(order_log(60, seed=8)), []

    def columns(states: HistoryStates, log: Log, frame: pd.DataFrame, offsets: Windows) -> list[Column]:
        read.append((len(frame), offsets.lookback_us))
        return [Column(Covariate("order", "order", "event_order"), np.arange(len(frame), dtype=float))]

    monkeypatch.setattr(HistoryStates, "columns", columns)
    states = HistoryStates(asked(), (), (), ())
    for names in ({"tenure"}, {"tenure", "event_order"}):
        assert not read
        groups_ = adjusted(log, names, states)
        assert groups_.names == names
        pairs = draw_pairs(log, asked(), groups=groups_, estimand="ATE", pairs=4, seconds=600, seed=0).pairs
        assert pairs
    assert all(units > 60 and lookback_us == asked().lookback_us for units, lookback_us in read) and read


def _never(*given: object) -> None:
    raise AssertionError("learnt again")
