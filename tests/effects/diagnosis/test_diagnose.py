"""A study's diagnosis holds for two arms, several arms and amounts, and says what does not apply."""

from dataclasses import replace

import numpy as np
import pytest

from core.effects.diagnosis import diagnose
from core.effects.diagnosis.balance import CORRELATION, balance
from core.effects.diagnosis.differences import correlations, kolmogorov_smirnov, variance_ratios
from core.effects.diagnosis.support import support
from core.effects.estimators import ipw, raw
from core.effects.nuisances import Nuisances
from core.effects.table import AnalysisTable
from core.storage.workspace import jsonable
from tests.effects.planted import as_table, confounded, separated

SECTIONS = {"overlap", "alternatives", "exclusion", "support", "waterfall", "power"}


def three_arms(units: int = 900) -> AnalysisTable:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(units, 2))
    odds = np.exp(np.column_stack([np.zeros(units), matrix[:, 0], -matrix[:, 0]]))
    arm = (rng.random(units)[:, None] > (odds / odds.sum(1, keepdims=True)).cumsum(1)).sum(1)
    table = as_table(matrix, arm, matrix[:, 0] + arm + rng.normal(size=units))
    return replace(table, treatment_kind="arms", arms=("none", "mail", "call"))


def test_every_section_is_there_and_json_ready() -> None:
    table = confounded(units=300)
    headline = ipw.estimate(table, estimand="ATE")
    found = jsonable(diagnose(table, headline, Nuisances(table, seed=0, splits=1)))
    assert set(found) == SECTIONS and found["support"] is None
    assert {found[name]["passed"] for name in ("overlap", "exclusion", "waterfall", "power")} == {True}
    assert [each["estimand"] for each in found["alternatives"]] == ["ATT", "ATO"]


def test_where_the_average_is_refused_a_rule_is_about_it_whatever_the_headline_became() -> None:
    table = separated()
    headline = ipw.estimate(table, estimand="ATT")
    found = diagnose(table, headline, Nuisances(table, seed=0, splits=1), asked="ATE")
    assert (found["overlap"]["estimand"], found["exclusion"]["estimand"]) == ("ATT", "ATE")
    assert found["exclusion"]["passed"] is False and found["exclusion"]["effect"] is None


def test_several_arms_are_judged_by_what_each_is_worth() -> None:
    table = three_arms()
    headline = replace(raw.estimate(confounded(units=900)), weights=np.ones(900), estimand="ATE")
    found = diagnose(table, headline, Nuisances(confounded(units=900), seed=0, splits=1))
    assert found["overlap"] is None and found["support"]["passed"] is True and len(found["support"]["rows"]) == 3
    assert found["waterfall"]["passed"] is None
    weights = np.ones(900)
    weights[np.flatnonzero(table.treatment == 2)[0]] = 1e4
    alone = support(table, weights)
    assert alone.passed is False and "call" in alone.sentence


def test_balance_of_several_arms_is_that_of_the_arm_that_differs_most() -> None:
    table = three_arms()
    found = balance(table, np.ones(900))
    assert found.passed is False and "the most is x0" in found.sentence
    right = np.exp(np.column_stack([np.zeros(900), table.matrix()[:, 0], -table.matrix()[:, 0]]))
    right = (right.sum(1, keepdims=True) / right)[np.arange(900), table.treatment.astype(int)]
    worst = max(abs(row["after"]) for row in balance(table, right).rows)
    assert worst < max(abs(row["after"]) for row in found.rows) / 2
    assert balance(three_arms(), np.ones(900), randomised=True).passed is False


def test_balance_of_an_amount_is_its_correlation() -> None:
    rng = np.random.default_rng(1)
    matrix = rng.normal(size=(500, 2))
    table = replace(as_table(matrix, matrix[:, 0] + rng.normal(size=500), matrix[:, 0]), treatment_kind="dose")
    unweighted = balance(table, np.ones(500))
    assert unweighted.passed is None and unweighted.measure == CORRELATION and "was not judged" in unweighted.sentence
    assert unweighted.rows[0]["before"] == pytest.approx(np.corrcoef(matrix[:, 0], table.treatment)[0, 1])
    assert unweighted.rows[0]["after"] is None and unweighted.groups[0]["worst"] == "x0"
    assert balance(table, np.ones(500), randomised=True).passed is False  # chance does not make amounts follow x0
    assert support(table, np.ones(500)).passed is None
    follows = replace(as_table(matrix, matrix[:, 0] * 3, matrix[:, 0]), treatment_kind="dose")
    assert support(follows, np.ones(500)).passed is False


def test_variance_ratios_and_distributions_by_hand() -> None:
    # Treated 0, 4 (variance 4) and control 1, 3 (variance 1): ratio 4. The distribution functions differ most at 0
    # and at 3: 1/2 against 0. With weights 1 and 3 on the controls: variance .75, and at 3 the gap is 1/2 still.
    values, treatment = np.array([0.0, 4, 1, 3]), np.array([1.0, 1, 0, 0])
    assert variance_ratios(values[:, None], treatment, np.ones(4)) == pytest.approx([4])
    assert variance_ratios(values[:, None], treatment, np.array([1.0, 1, 1, 3])) == pytest.approx([4 / 0.75])
    assert kolmogorov_smirnov(values, treatment, np.ones(4)) == pytest.approx(0.5)
    assert kolmogorov_smirnov(np.array([1.0, 1, 1, 1]), treatment, np.ones(4)) == pytest.approx(0)  # ties
    assert correlations(values[:, None], values * 2, np.ones(4)) == pytest.approx([1])


def test_equal_means_with_unequal_spreads_or_products_are_remarked() -> None:
    rng = np.random.default_rng(2)
    treated = np.arange(2000) < 1000
    one = np.where(treated, 3.0, 1.0) * rng.normal(size=2000)
    two = rng.normal(size=2000)
    three = np.where(treated, two, -two) + 0.1 * rng.normal(size=2000)  # its product with two differs
    table = as_table(np.column_stack([one, two, three]), treated, one)
    means = balance(table, ipw.estimate(table, estimand="ATE").weights)
    assert means.passed is True and "variances differ by more than a factor of 2" in means.remark
    assert next(row for row in means.products if row["title"] == "x1 × x2" or row["title"] == "x2 × x1")["after"] > 1
    assert means.rows[0]["ks_after"] > 0.15


def test_groups_are_shown_by_their_worst_covariate() -> None:
    table = confounded(units=400)
    together = tuple(replace(each, group="history") for each in table.covariates)
    found = balance(replace(table, covariates=together), np.ones(400))
    (group,) = found.groups
    assert group["covariates"] == 3 and group["before"] == max((row["before"] for row in found.rows), key=abs)
