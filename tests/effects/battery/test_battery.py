"""The battery on simulated logs: a hidden trait shows in the null pairs and calibration allows for it; a clean log agrees."""

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from core.effects.analysis_table import build, build_placebo
from core.effects.battery.battery import Battery, battery, judged
from core.effects.battery.draw import FEWEST_PAIRS, draw_pairs, outcomes_of
from core.effects.battery.empirical_null import Calibrated, p_value
from core.effects.battery.null_pair import Asked, Drawn, NullPair, Place, estimated
from core.effects.cut import TrimRule
from core.effects.estimators.ipw import estimate
from core.effects.measures.outcomes import OTHER
from core.effects.question import CausalQuestion
from core.effects.table import OUTCOME, TREATMENT, UNIT_ID
from core.storage.engine import Log
from tests.effects.hidden_trait import hidden_trait_log

QUESTION = CausalQuestion.read(
    {
        "treatment": "offer", "outcome": "buy", "design": {"kind": "landmark", "landmark_event": 2},
        "lookback_days": 5, "outcome_window_days": 0.25, "covariates": ["calendar"],
    }
)  # fmt: skip
LogOf = Callable[[pd.DataFrame], Log]


def tried(log: Log, *, pairs: int = 16) -> Battery:
    table = build(log, QUESTION)
    return battery(log, QUESTION, table, estimate(table, estimand="ATE"), pairs=pairs, seconds=600)


def test_a_hidden_trait_is_seen_and_the_calibrated_interval_covers_where_the_nominal_one_does_not(
    log_of: LogOf,
) -> None:
    found = tried(log_of(hidden_trait_log(strength=0.3)))
    assert found.calibrated and found.error and found.alarm_share is not None
    assert found.headline.low > 0  # the nominal interval excludes the truth, 0
    assert found.calibrated.low < 0 < found.calibrated.high
    assert found.calibrated.value < found.headline.value / 2
    assert found.alarm_share > 0.8
    assert found.passed is False and "enough to explain the effect" in found.sentence


def test_a_real_effect_beside_a_hidden_trait_is_found_smaller(log_of: LogOf) -> None:
    found = tried(log_of(hidden_trait_log(strength=0.15, effect=0.3)))
    assert found.calibrated
    assert found.headline.low > 0.3  # beyond the truth
    assert found.calibrated.low < 0.3 < found.calibrated.high


def test_on_a_clean_log_calibrated_and_nominal_agree(log_of: LogOf) -> None:
    found = tried(log_of(hidden_trait_log(effect=0.2)))
    assert found.calibrated and found.error and found.alarm_share is not None
    assert found.passed is True
    assert found.calibrated.value == pytest.approx(found.headline.value, abs=found.headline.se)
    assert found.calibrated.se < 1.5 * found.headline.se
    assert found.alarm_share <= 0.2
    assert found.calibrated.low < 0.2 < found.calibrated.high


def test_the_treatment_itself_is_no_null_outcome_and_kinds_are_counted(log_of: LogOf) -> None:
    log = log_of(hidden_trait_log(users=200))
    assert outcomes_of(log, QUESTION)[0] == "buy"
    assert "offer" not in outcomes_of(log, QUESTION)
    found = tried(log, pairs=10)
    assert found.kinds == {"treatment in a later trial": len(found.pairs)}
    json.dumps(found.plain(), allow_nan=False)


def test_what_time_did_not_allow_is_counted_and_said(log_of: LogOf) -> None:
    moments = iter(range(100))
    drawn = draw_pairs(
        log_of(hidden_trait_log(users=150)), QUESTION, groups={"calendar"}, estimand="ATE", pairs=20, seconds=1.5, seed=0,
        clock=lambda: float(next(moments)),
    )  # fmt: skip
    assert 0 < len(drawn.pairs) < drawn.wanted
    assert drawn.late == drawn.wanted - len(drawn.pairs) - drawn.left_out > 0


def pairs_of(values: list[float], se: float = 0.1) -> Drawn:
    pairs = tuple(NullPair("planted", "read", "read", 1, 100, 50, 0.5, value, se, 1.0) for value in values)
    return Drawn(pairs, len(pairs), 0, 0)


def nominal(value: float, se: float) -> Calibrated:
    return Calibrated(value, se, p_value(value, se))


@pytest.mark.parametrize(
    ("nulls", "headline", "passed"),
    [
        ([0.0, 0.01, -0.01] * 5, (1.0, 0.1), True),
        ([0.9, 1.0, 1.1] * 5, (1.0, 0.1), False),  # all of the headline
        ([0.6, 0.61, 0.59] * 5, (1.0, 0.1), None),  # more than half of it
        ([0.0, 0.01, -0.01] * 5, (0.05, 0.1), True),  # nothing found, and nothing found among the nulls
        ([1.0, -1.0, 0.5] * 5, (0.05, 0.1), None),  # nothing found by a design that strays
        ([0.0] * (FEWEST_PAIRS - 1), (1.0, 0.1), None),
        ([0.0] * 20, (float("nan"), 0.1), None),
    ],
)
def test_the_rule(nulls: list[float], headline: tuple[float, float], passed: bool | None) -> None:
    found = judged(pairs_of(nulls), nominal(*headline), scale=1.0, unit="points")
    assert found.passed is passed


def test_a_dose_has_no_battery_and_that_is_no_pass(log_of: LogOf) -> None:
    from dataclasses import replace

    log = log_of(hidden_trait_log(users=150))
    table = build(log, QUESTION)
    found = battery(log, QUESTION, replace(table, treatment_kind="dose"), estimate(table, estimand="ATE"))
    assert found.passed is None and not found.pairs
    assert np.isnan(found.scale)


def test_null_pairs_are_of_the_questions_population(log_of: LogOf) -> None:
    log = log_of(hidden_trait_log(users=300, effect=0.2))
    narrow = CausalQuestion.read({**QUESTION.plain(), "population": "share"})
    tables = [build(log, question) for question in (QUESTION, narrow)]
    found = [
        battery(log, question, table, estimate(table, estimand="ATE"), pairs=10, seconds=600)
        for question, table in zip((QUESTION, narrow), tables, strict=True)
    ]
    assert tables[1].units < tables[0].units
    assert found[1].pairs[0].units < found[0].pairs[0].units


def test_first_exposures_have_null_pairs_before_time_zero(log_of: LogOf) -> None:
    asked = CausalQuestion.read(
        {**QUESTION.plain(), "design": {"kind": "first_exposure"}, "outcome_window_days": 2, "estimand": "ATT"}
    )
    log = log_of(hidden_trait_log(users=300, strength=0.1))
    drawn = draw_pairs(log, asked, groups={"calendar"}, estimand="ATT", pairs=4, seconds=600, seed=0)
    assert drawn.pairs and {pair.kind for pair in drawn.pairs} == {"outcome before time zero"}


def test_one_scan_of_first_exposures_counts_every_outcome_as_its_own_table_would(log_of: LogOf) -> None:
    asked = CausalQuestion.read(
        {**QUESTION.plain(), "design": {"kind": "first_exposure"}, "outcome_window_days": 2, "estimand": "ATT"}
    )
    log = log_of(hidden_trait_log(users=300, strength=0.1))
    other = next(name for name in outcomes_of(log, asked) if name != asked.outcome)
    shared = build_placebo(log, asked, others=(other,)).frame.set_index(UNIT_ID)
    alone = build_placebo(log, CausalQuestion.read({**asked.plain(), "outcome": other})).frame.set_index(UNIT_ID)
    both = shared.index.intersection(alone.index)
    assert len(both) > 100 and alone.loc[both, OUTCOME].nunique() == 2
    assert (shared.loc[both, f"{OTHER} 0"] == alone.loc[both, OUTCOME]).all()
    drawn = draw_pairs(log, asked, groups={"calendar"}, estimand="ATT", pairs=6, seconds=600, seed=0)
    first = drawn.pairs[0]
    assert (first.outcome, first.units, first.baseline) == (
        asked.outcome,
        len(shared),
        pytest.approx(shared.loc[shared[TREATMENT] == 0, OUTCOME].mean()),
    )
    assert {pair.outcome for pair in drawn.pairs} == set(outcomes_of(log, asked))


def drawn_pair(trim: TrimRule | None) -> Drawn:
    """3,000 units: one cause decides nearly all of the treatment, and far out, where one arm is rare, it also moves the
    outcome by a bend that straight lines and hinges do not follow."""
    rng = np.random.default_rng(3)
    cause = rng.normal(size=3_000)
    lean = 1 / (1 + np.exp(-3 * cause))
    treatment = (rng.random(3_000) < lean).astype(float)
    outcome = (rng.random(3_000) < np.where(lean > 0.97, 0.9, np.where(lean < 0.03, 0.1, 0.5))).astype(float)
    asked = Asked(("buy",), "ATE", 0, trim)
    return estimated(cause[:, None], treatment, outcome[:, None], np.arange(3_000), asked, Place("planted", 1, ["buy"]))


def test_null_pairs_are_trimmed_by_the_questions_rule_and_counted() -> None:
    (whole,), (kept,) = drawn_pair(None).pairs, drawn_pair(TrimRule(0.1)).pairs
    assert whole.trimmed is None and whole.units == 3_000
    assert kept.trimmed and kept.units + kept.trimmed == 3_000 and 1_000 < kept.trimmed < 2_000
    assert kept.se < whole.se and abs(kept.value) < 3 * kept.se  # among those who remain the outcome is by chance
    (best,) = drawn_pair(TrimRule("auto")).pairs
    assert best.trimmed and 0 < best.trimmed < 3_000
    (treated,) = drawn_pair(TrimRule(0.1, treated=True)).pairs
    assert treated.trimmed and treated.trimmed < kept.trimmed  # cut above alone


def test_a_trimmed_question_has_trimmed_null_pairs_and_says_so(log_of: LogOf) -> None:
    log = log_of(hidden_trait_log(users=400, strength=0.2))
    trimmed = CausalQuestion.read({**QUESTION.plain(), "covariates": None, "trim": 0.3})
    drawn = draw_pairs(
        log, trimmed, groups={"calendar", "past activity"}, estimand="ATE", pairs=10, seconds=600, seed=0
    )
    assert drawn.pairs and all(pair.trimmed is not None for pair in drawn.pairs)
    assert max(pair.trimmed or 0 for pair in drawn.pairs) > 0
    notes = judged(drawn, nominal(0.1, 0.01), scale=1.0, unit="share").notes
    assert any(note.startswith("Each null pair is trimmed as the question is") for note in notes)
