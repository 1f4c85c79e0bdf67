"""NHEFS: the published effect of quitting smoking on weight, 3.4 to 3.5 kg (2.5 to 4.5) where the raw difference is 2.5.

Hernan and Robins, *Causal Inference: What If*, chapters 12 and 13. `tests.benchmarks nhefs` has every estimator and peer.
"""

from pathlib import Path

import pandas as pd
import pytest

from core.effects.estimators import ESTIMATORS
from core.effects.nuisances import Nuisances
from core.effects.own_columns import Roles
from core.effects.own_table import own_table
from core.effects.table import AnalysisTable
from tests.effects.nhefs import (
    COVARIATES,
    FOLLOWED,
    OUTCOME,
    PUBLISHED,
    PUBLISHED_HIGH,
    PUBLISHED_LOW,
    PUBLISHED_RAW,
    TREATMENT,
    nhefs,
)


@pytest.fixture(scope="module")
def smokers(real_data: Path) -> pd.DataFrame:
    return nhefs(real_data)


def table_of(smokers: pd.DataFrame, **roles: str) -> AnalysisTable:
    return own_table(smokers, treatment=TREATMENT, outcome=OUTCOME, covariates=COVARIATES, roles=Roles(**roles))


@pytest.mark.parametrize("name", ["ipw", "lin", "entropy_balancing", "aipw"])
def test_the_published_effect_is_found(smokers: pd.DataFrame, name: str) -> None:
    table = table_of(smokers)
    fits = Nuisances(table, seed=0, splits=1)
    found = ESTIMATORS[name].load()(table, estimand="ATE", seed=0, nuisances=fits)
    assert PUBLISHED[0] - 0.1 < found.value < PUBLISHED[1] + 0.1
    assert found.low == pytest.approx(PUBLISHED_LOW, abs=0.2) and found.high == pytest.approx(PUBLISHED_HIGH, abs=0.2)


def test_the_raw_difference_is_a_kilogram_less_and_the_rows_are_counted(smokers: pd.DataFrame) -> None:
    table = table_of(smokers)
    raw = ESTIMATORS["raw"].load()(table, estimand="difference")
    assert round(raw.value, 2) == PUBLISHED_RAW and raw.high < PUBLISHED[1] + 0.05
    assert [step.units for step in table.attrition] == [1629, 1629, 1566]
    assert (table.treatment.sum(), table.units) == (403, 1566)


def test_weights_stand_for_those_who_were_not_weighed_again(smokers: pd.DataFrame) -> None:
    assert smokers[FOLLOWED].min() >= 1 and smokers.loc[smokers[OUTCOME].notna(), FOLLOWED].sum() == pytest.approx(
        len(smokers), rel=0.01
    )
    found = ESTIMATORS["ipw"].load()(table_of(smokers, weights=FOLLOWED), estimand="ATE")
    assert found.value == pytest.approx(PUBLISHED[1], abs=0.1)
