"""The state of a history: what the order of events confounds is adjusted for, by networks that never saw the user."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from core.effects.analysis_table import build
from core.effects.estimators import aipw
from core.effects.nuisances import Nuisances
from core.effects.question import CausalQuestion
from core.effects.table import AnalysisTable
from core.storage.engine import Log
from tests.effects.order_log import QUESTION, order_log


def asked(**settings: object) -> CausalQuestion:
    return CausalQuestion.read({**QUESTION, "history_state": True, **settings})


def effect(table: AnalysisTable) -> tuple[float, float]:
    found = aipw.estimate(table, estimand="ATE", seed=0, nuisances=Nuisances(table, seed=0, splits=1))
    return found.value, found.se


def test_what_the_order_of_events_confounds_is_told_from_the_effect(log_of: Callable[[pd.DataFrame], Log]) -> None:
    log = log_of(order_log(effect=0.1, seed=1))
    counted, read = build(log, asked(history_state=False)), build(log, asked())
    without, error = effect(counted)
    assert without - 0.1 > 5 * error  # counts and recency do not see the order
    value, error = effect(read)
    assert abs(value - 0.1) < 2.5 * error
    assert {each.group for each in read.covariates} - {each.group for each in counted.covariates} == {"event_order"}
    assert np.isfinite(read.matrix()).all()
