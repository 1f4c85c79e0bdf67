"""Who stays through a grace period: seen to fail where staying makes the effect, to pass where there is one, and to say
that it cannot tell."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.effects.estimate import Estimate
from core.effects.estimators import ipw, lin
from core.effects.nuisances import Nuisances
from core.effects.question import CausalQuestion
from core.effects.refutation import Attempt, Refutation
from core.effects.refuters import who_stays
from core.effects.study_inputs import StudyInputs, inputs_from_log
from core.effects.study_spec import StudySpec
from core.effects.table import LAST_DAYS
from core.effects.trimming import restated
from core.storage.engine import Log
from core.storage.workspace import Workspace
from tests.effects.null_log import QUESTION, null_log
from tests.effects.planted import attempt, confounded

LogOf = Callable[[pd.DataFrame], Log]
LANDMARK = {**QUESTION, "design": {"kind": "landmark", "landmark_event": 3}}


def refuted(inputs: StudyInputs) -> Refutation:
    assert inputs.question is not None
    headline = lin.estimate(inputs.table, estimand="ATE")
    fits = Nuisances(inputs.table, seed=0, splits=1)
    return who_stays.refute(
        Attempt(inputs.table, headline, fits, 0, again=inputs.again, settings=inputs.question.plain())
    )


def asked(log: Log, **changes: object) -> StudyInputs:
    return inputs_from_log(log.workspace, log, CausalQuestion.read({**LANDMARK, **changes}))


def bought_after(frame: pd.DataFrame, share: float) -> pd.DataFrame:
    """The log in which a promo makes so many buy within minutes."""
    rng = np.random.default_rng(8)
    promos = frame[frame["event_type"] == "promo"]
    moved = promos[rng.random(len(promos)) < share].assign(event_type="buy")
    moved["timestamp"] += pd.to_timedelta(rng.uniform(30, 300, len(moved)).round(3), unit="s")
    return pd.concat([frame, moved], ignore_index=True)


def test_an_effect_that_is_who_stays_is_found_out(log_of: LogOf) -> None:
    inputs = asked(log_of(null_log(2_400, 1001)))
    landmark = lin.estimate(inputs.table, estimand="ATE")
    found = refuted(inputs)
    (unasked,) = who_stays.left_out(inputs.table, ["bootstrap"])
    assert unasked.needed and unasked.passed is None and who_stays.left_out(inputs.table, ["who_stays"]) == ()
    assert landmark.low > 0.05 and found.passed is False and found.needed
    assert found.value is not None and found.value < landmark.value / 2
    assert "who stays explains most of it" in found.sentence and "while everybody who took up promo" in found.sentence
    assert f"{found.details['gone']:,} of {found.details['controls']:,} control units" in found.sentence


def test_a_real_effect_passes_and_nothing_is_asked_where_hardly_anybody_left(log_of: LogOf) -> None:
    log = log_of(bought_after(null_log(800, 3), 0.8))
    assert refuted(asked(log)).passed is True
    some = asked(log)
    few = replace(some, table=replace(some.table, frame=some.table.frame.assign(**{LAST_DAYS: 0.001})))
    assert refuted(few).passed is True and "too few to matter" in refuted(few).sentence


def test_without_such_moments_it_cannot_tell_and_says_why(log_of: LogOf) -> None:
    inputs = asked(log_of(null_log(300, 1)), lookback_days=2.0)

    def none(changes: object) -> object:
        return inputs_from_log(
            inputs.log.workspace,  # type: ignore[union-attr]
            inputs.log,  # type: ignore[arg-type]
            CausalQuestion.read({**LANDMARK, "lookback_days": 60.0}),
        ).table

    found = refuted(replace(inputs, again=none))  # type: ignore[arg-type]
    assert found.passed is None and found.needed and "cannot be told from what it does: The log is" in found.sentence


def test_it_does_not_apply_where_nobody_has_to_stay(log_of: LogOf) -> None:
    table = confounded(units=400)
    found = who_stays.refute(attempt(table, ipw.estimate(table, estimand="ATE")))
    assert found.passed is None and not found.needed and "Does not apply" in found.sentence
    assert who_stays.left_out(table, []) == ()
    first = refuted(asked(log_of(null_log(300, 1)), design=QUESTION["design"]))
    assert first.passed is None and not first.needed


def test_units_of_another_design_are_not_trimmed_away(log_of: LogOf, workspace: Workspace) -> None:
    inputs = asked(log_of(null_log(800, 3)))
    assert inputs.question is not None and inputs.again is not None
    spec = StudySpec(question=inputs.question.model_copy(update={"trim": 0.1}))
    kept = restated(inputs, spec, Nuisances(inputs.table, seed=0, splits=1)).inputs
    assert kept.table.units < inputs.table.units and kept.again is not None
    other = {"design": {"kind": "first_exposure"}}
    assert kept.again(other).units == inputs.again(other).units
    assert kept.again({"outcome_window_days": 7.0}).units < inputs.again({"outcome_window_days": 7.0}).units


@pytest.mark.parametrize(
    ("headline", "there", "passed"),
    [
        ((0.08, 0.01), (0.01, 0.01), False),  # ends at .03, before half of .08
        ((0.08, 0.01), (0.07, 0.01), True),
        ((0.08, 0.01), (0.03, 0.01), None),  # clear, smaller than half, but half is within its interval
        ((0.08, 0.01), (0.05, 0.05), None),
        ((-0.08, 0.01), (-0.07, 0.01), True),
        ((-0.08, 0.01), (0.07, 0.01), False),
        ((0.01, 0.01), (0.01, 0.01), True),  # neither is clear
        ((0.01, 0.01), (0.08, 0.01), None),  # who stays may hide one
        ((float("nan"), 0.01), (0.08, 0.01), None),
    ],
)
def test_the_rule(headline: tuple[float, float], there: tuple[float, float], passed: bool | None) -> None:
    nothing = np.zeros(0)
    one, other = (Estimate("lin", "Lin", "ATE", *each, (9.0, 9.0), 0.1, nothing, nothing) for each in (headline, there))
    assert who_stays.judge(one, other, unit="share")[0] is passed
