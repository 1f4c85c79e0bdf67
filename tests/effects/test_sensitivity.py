"""Sensitivity equals Cinelli and Hazlett's definitions, worked out again with statsmodels and by DoWhy."""

import dowhy
import numpy as np
import pytest
import statsmodels.api as sm

from core.effects.partialled import partialled
from core.effects.sensitivity import bound, robustness_value, sensitivity
from core.effects.table import AnalysisTable, Covariate
from tests.effects.planted import as_table, confounded


def grouped(table: AnalysisTable) -> AnalysisTable:
    """x0 and x1 as one group "taste"; x2 on its own."""
    covariates = tuple(Covariate(f"x{i}", f"x{i}", "taste" if i < 2 else "luck") for i in range(3))
    return AnalysisTable(table.frame, covariates, "offer", "spending", "points", "all units")


def r2(y: np.ndarray, *columns: np.ndarray) -> float:
    return float(sm.OLS(y, sm.add_constant(np.column_stack(columns))).fit().rsquared)


def test_linear_effect_equals_statsmodels() -> None:
    table = confounded(units=500)
    fit = sm.OLS(table.outcome, sm.add_constant(np.column_stack([table.treatment, table.matrix()]))).fit()
    found = partialled(table)
    assert found.value == pytest.approx(fit.params[1], abs=1e-8)
    assert found.scale / np.sqrt(found.freedom) == pytest.approx(fit.bse[1], abs=1e-8)
    assert found.freedom == fit.df_resid


def test_a_repeated_covariate_changes_nothing() -> None:
    table = confounded(units=300)
    doubled = as_table(np.column_stack([table.matrix(), table.matrix()[:, 0]]), table.treatment, table.outcome)
    assert partialled(doubled).value == pytest.approx(partialled(table).value, abs=1e-10)
    assert partialled(doubled).freedom == partialled(table).freedom


def test_robustness_value_by_hand() -> None:
    # |f| = 1: (sqrt(1 + 4) - 1) / 2 = 0.618034. Definition: a cause with both partial R2 equal to it explains f away.
    value = robustness_value(1.0)
    assert value == pytest.approx(0.618034, abs=1e-6)
    assert np.sqrt(value * value / (1 - value)) == pytest.approx(1.0)
    assert robustness_value(0.0) == 0.0


def test_robustness_and_benchmarks_equal_a_derivation_from_regressions() -> None:
    table = grouped(confounded(units=700, seed=2))
    t, y, x = table.treatment, table.outcome, table.matrix()
    fit = sm.OLS(y, sm.add_constant(np.column_stack([t, x]))).fit()
    f2 = fit.tvalues[1] ** 2 / fit.df_resid
    found = sensitivity(table)
    assert found.robustness_value == pytest.approx((np.sqrt(f2**2 + 4 * f2) - f2) / 2, abs=1e-8)
    taste = next(each for each in found.benchmarks if each.group == "taste")
    assert taste.treatment_r2 == pytest.approx(1 - (1 - r2(t, x)) / (1 - r2(t, x[:, 2])), abs=1e-8)
    assert taste.outcome_r2 == pytest.approx(1 - (1 - r2(y, t, x)) / (1 - r2(y, t, x[:, 2])), abs=1e-8)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_bounds_and_robustness_equal_dowhys() -> None:
    table = confounded(units=600, seed=4)
    model = dowhy.CausalModel(
        table.frame.astype({"treatment": bool}), "treatment", "outcome", common_causes=["x0", "x1", "x2"]
    )
    estimand = model.identify_effect(proceed_when_unidentifiable=True, method_name="maximal-adjustment")
    estimate = model.estimate_effect(estimand, method_name="backdoor.linear_regression")
    theirs = model.refute_estimate(
        estimand, estimate, method_name="add_unobserved_common_cause", simulation_method="linear-partial-R2",
        benchmark_common_causes=["x0"], effect_fraction_on_treatment=[1.0], effect_fraction_on_outcome=[1.0],
        plot_estimate=False,
    )  # fmt: skip
    found = sensitivity(table)
    assert found.robustness_value == pytest.approx(theirs.stats["robustness_value"], abs=1e-8)
    x0 = next(each for each in found.benchmarks if each.group == "x0")
    ours = bound(x0.treatment_r2, x0.outcome_r2, 1.0)
    assert ours[0] == pytest.approx(float(theirs.benchmarking_results["r2tu_w"].iloc[0]), abs=1e-8)
    assert ours[1] == pytest.approx(float(theirs.benchmarking_results["r2yu_tw"].iloc[0]), abs=1e-8)


def test_the_times_needed_bring_the_effect_to_zero() -> None:
    table = confounded(units=600, seed=4)
    effect = partialled(table)
    for each in sensitivity(table).benchmarks:
        with_treatment, with_outcome = bound(each.treatment_r2, each.outcome_r2, each.times)
        if with_outcome < 1:  # bias = scale * sqrt(R2y * R2t / (1 - R2t))
            bias = effect.scale * np.sqrt(with_outcome * with_treatment / (1 - with_treatment))
            assert bias == pytest.approx(abs(effect.value), rel=1e-6)


def test_a_large_effect_passes_and_a_small_one_fails() -> None:
    strong = sensitivity(confounded(effect=3.0, strength=0.3))
    weak = sensitivity(confounded(effect=0.1))
    assert strong.passed is True and strong.benchmarks[0].times > 1
    assert weak.passed is False and weak.benchmarks[0].times < 1
    assert weak.benchmarks[0].group in weak.sentence and weak.plain()["strongest"] == weak.benchmarks[0].group


def test_nothing_to_compare_with_is_not_a_pass() -> None:
    table = confounded(units=200)
    bare = as_table(np.zeros((200, 0)), table.treatment, table.outcome)
    assert sensitivity(bare).passed is None
    copied = as_table(table.treatment[:, None], table.treatment, table.outcome)
    assert sensitivity(copied).passed is None  # the covariate is the treatment: no linear effect
    flat = as_table(table.matrix(), table.treatment, np.full(200, 3.0))
    assert sensitivity(flat).passed is None  # nothing of the outcome is left to explain
