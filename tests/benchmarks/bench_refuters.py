"""How long do the refuters take beside DoWhy's, at the same number of draws, and are their numbers the same?

    python -m tests.benchmarks refuters [draws, 200 by default] [units, 10,000 by default]

Target: linear refuters at 200 draws each at least 50 times faster than DoWhy's, with the same number. DoWhy draws its own
randomness, so the draws' mean and spread are compared; that each of our draws is exactly a regression on the drawn data
is checked here again on a handful of them. CPU seconds, because machines are shared. DoWhy's bootstrap is called without
its default noise on the confounders, which moves the estimate.
"""

import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from core.effects.partialled import partialled
from core.effects.refuters.bootstrap import drawn_again
from core.effects.refuters.data_subset import subsets
from core.effects.refuters.linear_checks import redrawn_effects
from core.effects.refuters.permuted_placebo import permuted_effects
from core.effects.refuters.random_common_cause import effects_with_noise
from core.effects.sensitivity import sensitivity
from core.effects.table import AnalysisTable
from tests.effects.planted import as_table

TARGET = 50


def table_of(units: int, covariates: int = 15) -> AnalysisTable:
    """A linear outcome, two causes of treatment; every unit its own user."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(units, covariates))
    treatment = rng.random(units) < 1 / (1 + np.exp(-0.5 * x[:, 0] - 0.5 * x[:, 1]))
    return as_table(x, treatment, 2 * treatment + x[:, 0] + x[:, 1] + rng.normal(size=units))


def ours(table: AnalysisTable, draws: int) -> dict[str, Callable[[], np.ndarray]]:
    """One draw of everything per name, parts taken apart anew each time."""
    rng = np.random.default_rng(1)
    users = table.units
    return {
        "permuted treatment": lambda: permuted_effects(table, draws=draws, rng=rng)[0],
        "random common cause": lambda: effects_with_noise(partialled(table), draws=draws, rng=rng),
        "data subset": lambda: redrawn_effects(partialled(table), subsets(users, draws=draws, rng=rng)),
        "bootstrap": lambda: redrawn_effects(partialled(table), drawn_again(users, draws=draws, rng=rng)),
    }


def dowhys(table: AnalysisTable, draws: int) -> dict[str, Callable[[], Any]]:
    """The same by DoWhy, on a copy of the data each, without what it leaves in a frame."""
    import dowhy

    names = [covariate.name for covariate in table.covariates]
    frame = table.frame[[*names, "treatment", "outcome"]].astype({"treatment": bool})
    model = dowhy.CausalModel(frame.copy(), "treatment", "outcome", common_causes=names)
    estimand = model.identify_effect(proceed_when_unidentifiable=True, method_name="maximal-adjustment")
    estimate = model.estimate_effect(estimand, method_name="backdoor.linear_regression")
    settings: dict[str, dict[str, Any]] = {
        "permuted treatment": {"method_name": "placebo_treatment_refuter", "placebo_type": "permute"},
        "random common cause": {"method_name": "random_common_cause"},
        "data subset": {"method_name": "data_subset_refuter", "subset_fraction": 0.8},
        "bootstrap": {"method_name": "bootstrap_refuter", "required_variables": False},
    }

    def call(each: dict[str, Any]) -> Callable[[], Any]:
        return lambda: (
            model.refute_estimate(estimand, estimate, num_simulations=draws, show_progress_bar=False, **each).new_effect
        )

    return {name: call(each) for name, each in settings.items()}


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.process_time()
    found = work()
    return found, time.process_time() - began


def exactness(table: AnalysisTable) -> float:
    """Largest difference of three subsets' effects from numpy's regressions on their rows."""
    counts = subsets(table.units, draws=3, rng=np.random.default_rng(7))
    design = np.column_stack([np.ones(table.units), table.treatment, table.matrix()])
    regressions = [np.linalg.lstsq(design[row > 0], table.outcome[row > 0])[0][1] for row in counts]
    return float(np.abs(redrawn_effects(partialled(table), counts) - regressions).max())


def main(draws: int, units: int) -> None:
    warnings.filterwarnings("ignore")
    table = table_of(units)
    print(f"{units:,} units, 15 covariates, {draws} draws; the linear effect is {partialled(table).value:.6f}")
    theirs = dowhys(table, draws)
    for name, work in ours(table, draws).items():
        work()  # warm
        values, own = timed(work)
        other, took = timed(theirs[name])
        apart = abs(values.mean() - float(other)) / (values.std() / np.sqrt(draws / 2))
        print(
            f"{name:20s} {own:7.3f} CPU s, DoWhy {took:7.2f}: {took / own:6.0f} x (target {TARGET}); means "
            f"{values.mean():+.5f} and {float(other):+.5f}, {apart:.1f} of their errors apart",
            flush=True,
        )
    found, own = timed(lambda: sensitivity(table))
    print(
        f"{'sensitivity':20s} {own:7.3f} CPU s: robustness value {found.robustness_value:.6f}, its benchmarks, contour"
    )
    print(f"three subsets differ from numpy's regressions by at most {exactness(table):.1e}")


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 200,
        int(sys.argv[2]) if len(sys.argv) > 2 else 10_000,
    )
