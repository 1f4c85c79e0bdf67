"""An analyst-made feature as a covariate: the same number as in the Data section, from before time zero."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from core.effects.analysis_table import build, build_placebo, groups
from core.effects.question import CausalQuestion
from core.effects.study_inputs import inputs_from_log
from core.errors import NotFound
from core.events.features.own import SHELF, OwnFeature, undefine_feature
from core.graphs.library import store
from core.graphs.tiers import graph_from_tiers
from core.storage.engine import Log
from core.storage.shelf import keep
from core.storage.workspace import Workspace
from tests.effects.null_log import QUESTION, null_log

DAY = 86_400_000_000


def defined(workspace: Workspace, log: Log, **settings: object) -> None:
    feature = OwnFeature.read(settings)
    keep(workspace, SHELF, feature.name, feature.plain(), log_id=log.log_id)


def test_a_feature_is_measured_strictly_before_the_end_of_the_covariates(
    workspace: Workspace, log_of: Callable[[pd.DataFrame], Log]
) -> None:
    frame = null_log(200, 3)
    log = log_of(frame)
    defined(workspace, log, name="carts", what="count", rule="cart", lookback_days=5)
    defined(workspace, log, name="last_plan", what="last", column="plan")
    defined(workspace, log, name="since_buy", what="days since", rule="buy")
    asked = CausalQuestion.read(
        {
            **QUESTION,
            "design": {"landmark_event": 3},
            "covariates": ["feature:carts", "feature:last_plan", "feature:since_buy"],
        }
    )
    assert [group.name for group in groups(log, asked)][-3:] == [
        "feature:carts",
        "feature:last_plan",
        "feature:since_buy",
    ]
    events = frame.assign(us=frame["timestamp"].astype("datetime64[us]").astype("int64"))
    for table, end in ((build(log, asked), 0), (build_placebo(log, asked), -14 * DAY)):
        assert {each.group for each in table.covariates} == {"feature:carts", "feature:last_plan", "feature:since_buy"}
        sessions = log.fetch(log.table("events").filter(log.table("events").session_position == 3))
        zeros = sessions.set_index("session_id")["timestamp_us"]
        for _, unit in table.frame.sample(25, random_state=0).iterrows():
            moment = zeros[unit["unit_id"]] + end
            before = events[(events["user_id"] == unit["user_id"]) & (events["us"] < moment)]
            carts = before[(before["event_type"] == "cart") & (before["us"] >= moment - 5 * DAY)]
            assert unit["feature:carts"] == len(carts)
            bought = before[(before["event_type"] == "buy") & (before["us"] >= moment - 14 * DAY)]["us"]
            assert unit["feature:since_buy:missing"] == float(bought.empty)
            if len(bought):
                assert np.isclose(unit["feature:since_buy"], (moment - bought.max()) / DAY)


def test_a_feature_that_nobody_made_is_refused_with_those_there_are(
    workspace: Workspace, log_of: Callable[[pd.DataFrame], Log]
) -> None:
    log = log_of(null_log(200, 3))
    asked = CausalQuestion.read({**QUESTION, "covariates": ["tenure", "feature:cart"]})
    with pytest.raises(NotFound, match="no feature 'cart' of this log to be a covariate; define one first"):
        build(log, asked)
    defined(workspace, log, name="carts", what="count", rule="cart")
    with pytest.raises(NotFound, match="did you mean carts"):
        build(log, asked)


def test_a_feature_that_a_graph_names_is_adjusted_for_and_one_that_is_none_is_unmeasured(
    workspace: Workspace, log_of: Callable[[pd.DataFrame], Log]
) -> None:
    log = log_of(null_log(200, 3))
    defined(workspace, log, name="carts", what="count", rule="cart", lookback_days=5)
    drawn = graph_from_tiers([("tenure", ""), ("feature:carts", "")], QUESTION["treatment"], QUESTION["outcome"])
    asked = CausalQuestion.read({**QUESTION, "design": {"landmark_event": 3}})
    asked = asked.model_copy(update={"graph_id": store(workspace, log.log_id, drawn)})
    inputs = inputs_from_log(workspace, log, asked)
    assert {each.group for each in inputs.table.covariates} == {"tenure", "feature:carts"}
    assert inputs.unidentified is None
    undefine_feature(workspace, log.log_id, "carts")
    without = inputs_from_log(workspace, log, asked)
    assert without.unidentified is not None and "feature:carts is unmeasured" in without.unidentified
