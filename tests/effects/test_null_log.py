"""On a log in which the treatment does nothing, first exposure says so, and "ever against never" says the opposite."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from core.effects.analysis_table import build, build_placebo
from core.effects.estimators import lin, raw
from core.effects.naive import WHY_WRONG, ever_against_never
from core.effects.question import CausalQuestion
from core.storage.engine import Log
from tests.effects.null_log import QUESTION, null_log

SEEDS = range(3)


def test_no_effect_is_found_where_the_naive_number_is_huge(log_of: Callable[[pd.DataFrame], Log]) -> None:
    asked = CausalQuestion.read(QUESTION)
    standard, plain = [], []
    for seed in SEEDS:
        log = log_of(null_log(500, seed))
        naive = ever_against_never(log, asked)
        assert naive["low"] > 0.25 and naive["sentence"].endswith(WHY_WRONG)
        table = build(log, asked)
        found = lin.estimate(table, estimand="ATE")
        standard.append(found.value / found.se)
        plain.append(raw.estimate(table).value)
        assert abs(found.value) < naive["value"] / 4
        placebo = build_placebo(log, asked)
        before = lin.estimate(placebo, estimand="ATE")
        assert abs(before.value) < 3 * before.se
        log.close()
    # Under no effect each is standard normal; their mean has a spread of .58. The raw difference is off by two errors.
    assert max(map(abs, standard)) < 3.3 and abs(np.mean(standard)) < 1.9
    assert np.mean(plain) > 0.05


def test_the_naive_number_of_counts_is_the_difference_of_users_means(log_of: Callable[[pd.DataFrame], Log]) -> None:
    frame = null_log(200, 5)
    asked = CausalQuestion.read({**QUESTION, "outcome_measure": {"kind": "count"}})
    naive = ever_against_never(log_of(frame), asked)
    users = frame.groupby("user_id")["event_type"].agg(
        ever=lambda kinds: "promo" in set(kinds), buys=lambda kinds: (kinds == "buy").sum()
    )
    ever, never = users[users["ever"]]["buys"], users[~users["ever"]]["buys"]
    assert np.isclose(naive["value"], ever.mean() - never.mean())
    half = 1.959964 * np.sqrt(ever.var() / len(ever) + never.var() / len(never))
    assert np.isclose(naive["high"] - naive["value"], half, rtol=1e-5)
    assert (naive["treated"], naive["control"], naive["unit"]) == (len(ever), len(never), "events")


def test_a_landmark_says_that_who_left_could_not_take_the_treatment_up(log_of: Callable[[pd.DataFrame], Log]) -> None:
    log = log_of(null_log(300, 1))
    asked = CausalQuestion.read({**QUESTION, "design": {"landmark_event": 3}, "covariates": ["tenure"]})
    said = [note for note in build(log, asked).notes if "did nothing more within 10 minutes of time zero" in note]
    assert len(said) == 1 and "compares moments at which everybody is there" in said[0]
    first = CausalQuestion.read({**QUESTION, "covariates": ["tenure"]})
    assert not any("did nothing more" in note for note in build(log, first).notes)
