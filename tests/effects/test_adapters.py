"""Adapters to DoWhy and EconML: their own numbers, nothing stale, nothing changed, and refusals where they would err."""

import numpy as np
import pytest

from core.effects.adapters import dowhy, econml
from core.effects.adapters.peers import fresh_frame
from core.effects.estimators import ESTIMATORS, ipw, ols
from core.effects.table import WEIGHT, AnalysisTable, Covariate
from core.errors import BadInput, BadSpec, NotEnoughData
from tests.effects.planted import as_table, confounded, separated

PEERS = [name for name, entry in ESTIMATORS.items() if entry.adapter]


@pytest.mark.parametrize("name", PEERS)
def test_an_adapter_finds_a_planted_effect_and_changes_nothing(name: str) -> None:
    table = confounded(units=600, seed=1)
    before = table.frame.copy()
    entry = ESTIMATORS[name]
    found = entry.load()(table, estimand=entry.estimands[0], seed=0)
    assert found.value == pytest.approx(1.0, abs=0.4)
    assert np.isnan(found.se) if name == "dowhy_matching" else found.low < 1.0 < found.high
    assert found.influence.shape == found.weights.shape == (600,) and found.title == entry.title
    assert table.frame.equals(before)


def test_dowhys_numbers_are_ours_where_dowhy_is_right() -> None:
    table = confounded(units=500, seed=2)
    assert dowhy.regression(table).value == pytest.approx(ols.estimate(table).value, abs=1e-8)
    # DoWhy's logistic regression is slightly penalised, so the last digits differ.
    assert dowhy.weighting(table, estimand="ATT").value == pytest.approx(
        ipw.estimate(table, estimand="ATT").value, abs=0.02
    )


def test_a_stale_propensity_column_changes_nothing() -> None:
    # DoWhy takes a column of this name for its own propensities of an earlier run: it would weigh everybody alike.
    table = confounded(units=400, seed=3)
    stale = table.frame.assign(propensity_score=0.5, ips_weight=1.0, strata=1)
    spoilt = AnalysisTable(stale, table.covariates, "offer", "spending", "points", "all units")
    assert dowhy.weighting(spoilt, estimand="ATE").value == dowhy.weighting(table, estimand="ATE").value
    as_covariate = AnalysisTable(
        table.frame.assign(propensity_score=np.linspace(0.2, 0.8, 400)),
        (*table.covariates, Covariate("propensity_score", "Their score", "score")),
        "offer", "spending", "points", "all units",
    )  # fmt: skip
    assert "propensity_score" not in fresh_frame(as_covariate)[0]
    assert dowhy.weighting(as_covariate, estimand="ATE").value == pytest.approx(
        dowhy.weighting(table, estimand="ATE").value, abs=0.1
    )


def test_two_calls_with_different_propensities_see_different_numbers() -> None:
    # Upstream's fault: the second call repeats the first, whatever its covariates are.
    table = confounded(units=400, seed=4)
    without = AnalysisTable(table.frame, table.covariates[2:], "offer", "spending", "points", "all units")
    adjusted, unadjusted = (dowhy.weighting(each, estimand="ATE").value for each in (table, without))
    assert unadjusted - adjusted > 0.5
    assert dowhy.matching(table, estimand="ATT").value != dowhy.matching(without, estimand="ATT").value


def test_the_causal_forest_is_not_asked_where_overlap_is_poor() -> None:
    with pytest.raises(NotEnoughData, match="Poor overlap"):
        econml.causal_forest(separated(), estimand="ATE")


def test_econml_counts_sampled_units_as_often_as_they_stand_for() -> None:
    # The effect is 1 + x0; units with large x0 stand for four, so their effect counts four times.
    table = confounded(units=600, treated_more=1.0, seed=5)
    weights = np.where(table.matrix()[:, 0] > 0, 4.0, 1.0)
    sampled = AnalysisTable(
        table.frame.assign(**{WEIGHT: weights}), table.covariates, "offer", "spending", "points", "all units"
    )
    truth = float(np.average(1 + table.matrix()[:, 0], weights=weights))
    for peer in (econml.linear_dml, econml.linear_dr):
        found = peer(sampled, estimand="ATE")
        assert found.low - 0.1 < truth < found.high + 0.1 and found.value - peer(table, estimand="ATE").value > 0.2


def test_dowhy_refuses_sampled_units_and_no_covariates_at_all() -> None:
    table = confounded(units=100)
    sampled = AnalysisTable(
        table.frame.assign(**{WEIGHT: np.where(table.treatment == 1, 1.0, 5.0)}),
        table.covariates, "offer", "spending", "points", "all units",
    )  # fmt: skip
    with pytest.raises(BadSpec, match="sampled"):
        dowhy.regression(sampled)
    for name in PEERS:
        entry = ESTIMATORS[name]
        with pytest.raises(BadInput, match="covariate"):
            entry.load()(as_table(np.zeros((100, 1)), table.treatment, table.outcome), estimand=entry.estimands[0])
