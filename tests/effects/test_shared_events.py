"""Treatment and outcome that share events: allowed only where the treating event is counted in neither arm."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from core.effects.analysis_table import build, build_placebo
from core.effects.estimators import lin
from core.effects.naive import ever_against_never
from core.effects.question import CausalQuestion
from core.errors import BadSpec
from core.storage.engine import Log
from tests.effects.shared_log import QUESTION, shared_log

LogOf = Callable[[pd.DataFrame], Log]
SEEDS = range(3)
OF_ONE_TYPE = {**QUESTION, "treatment": "event where item_id = 'a' as sale", "outcome": "any event"}


def one_type(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["event_type"] == "view"].assign(event_type="event")


@pytest.mark.parametrize("types", ["two types", "one type"])
def test_where_the_treatment_changes_nothing_nothing_is_found(log_of: LogOf, types: str) -> None:
    """A purchase mostly ends the session, whatever was bought: controls without any purchase would show that."""
    asked = CausalQuestion.read(QUESTION if types == "two types" else OF_ONE_TYPE)
    standard = []
    for seed in SEEDS:
        frame = shared_log(400, seed)
        log = log_of(frame if types == "two types" else one_type(frame))
        assert ever_against_never(log, asked)["low"] > 0.5  # purchases per user
        table = build(log, asked)
        found = lin.estimate(table, estimand="ATE")
        standard.append(found.value / found.se)
        before = lin.estimate(build_placebo(log, asked), estimand="ATE")
        assert abs(before.value) < 3.3 * before.se
        assert any("is itself an outcome" in note for note in table.notes)
        log.close()
    # Under no effect each is standard normal; their mean has a spread of .58.
    assert max(map(abs, standard)) < 3.3 and abs(np.mean(standard)) < 1.9


def test_units_are_at_outcomes_in_both_arms_and_those_are_not_counted(log_of: LogOf) -> None:
    frame = shared_log(300, 4)
    table = build(log_of(frame), CausalQuestion.read(QUESTION)).frame
    buys = frame[frame["event_type"] == "buy"].sort_values("timestamp")
    firsts = buys[buys["item_id"] == "a"].groupby("user_id")["timestamp"].min()
    window = pd.Timedelta(days=QUESTION["outcome_window_days"])
    own = dict(list(buys.groupby("user_id")["timestamp"]))
    after = {
        (user, at): int(((own[user] > at) & (own[user] <= at + window)).sum())
        for user, at in zip(buys["user_id"], buys["timestamp"], strict=True)
        if at <= firsts.get(user, pd.Timestamp.max)
    }
    treated = {key: count for key, count in after.items() if key[1] == firsts.get(key[0])}
    controls = {key: count for key, count in after.items() if key not in treated}
    assert table["treatment"].sum() > 50
    for arm, expected in ((1, treated), (0, controls)):
        of_users = pd.Series(expected).groupby(level=0).agg(list)
        for user, rows in table[table["treatment"] == arm].groupby("user_id"):
            left = list(of_users[user])
            for outcome in rows["outcome"]:
                left.remove(int(outcome))  # raises where no such moment of the user has this count


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"design": {"kind": "landmark"}}, "comes after time zero and counts as an outcome"),
        ({"design": {"kind": "before_after"}}, "before the first treating event there was none"),
        ({"treatment_measure": {"kind": "dose"}}, "add to the treatment and to the outcome"),
        ({"contrast": "per_protocol"}, "would be censored at an event that is an outcome"),
        ({"treatment": "any event where item_id = 'a' as sale"}, r"only [\d,]+ of the [\d,]+ treating events are"),
    ],
)
def test_where_it_would_hold_by_definition_it_is_refused_with_the_reason(
    log_of: LogOf, settings: dict[str, object], why: str
) -> None:
    with pytest.raises(BadSpec, match=rf"events are both sale \(treatment\) and buy \(outcome\).*{why}"):
        build(log_of(shared_log(60, 1)), CausalQuestion.read({**QUESTION, **settings}))


def test_arms_are_told_by_the_first_event_which_is_not_counted(log_of: LogOf) -> None:
    frame = shared_log(300, 2)
    measure = {"kind": "arms", "column": "item_id", "arms": ["b", "a"]}
    asked = CausalQuestion.read(
        {**QUESTION, "treatment": "buy where item_id in ('a', 'b') as sale", "treatment_measure": measure}
    )
    table = build(log_of(frame), asked)
    assert table.arms == ("b", "a") and min(np.bincount(table.treatment.astype(int))) >= 20
