"""How long do the estimators take? 100,000 units with 15 covariates, and 15,000 with 40, where five splits are due.

    python -m tests.benchmarks estimator_speed [share of the units, 0 to 1]

Targets on two free cores: screening (raw and IPW) < 1 s; AIPW at 100,000 x 15: ATT < 10 s, ATE < 20 s. CPU seconds
stand beside, because machines are shared.
"""

import sys
import time

import numpy as np

from core.effects.estimators import aipw, ipw, raw
from core.effects.nuisances import Nuisances
from core.effects.refuters.permuted_placebo import permuted_effects
from core.effects.sensitivity import sensitivity
from core.effects.table import AnalysisTable
from tests.effects.planted import as_table


def behaviour(units: int, covariates: int) -> AnalysisTable:
    """Half of the covariates continuous, half yes or no; a binary outcome; three units a user."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(units, covariates))
    x[:, covariates // 2 :] = x[:, covariates // 2 :] > 0.5
    treatment = rng.random(units) < 1 / (1 + np.exp(-0.5 * x[:, 0] - 0.4 * x[:, 1] + 0.3 * x[:, -1]))
    bought = rng.random(units) < 0.3 + 0.08 * treatment + 0.05 * np.tanh(x[:, 0] + x[:, 1])
    return as_table(x, treatment, bought, users=rng.integers(0, units // 3, units), unit="share")


def main(share: float) -> None:
    for units, covariates in ((100_000, 15), (15_000, 40)):
        table = behaviour(int(units * share), covariates)
        steps = {
            "raw and IPW": lambda table=table: (raw.estimate(table), ipw.estimate(table, estimand="ATE")),
            "sensitivity": lambda table=table: sensitivity(table),
            "200 permutations": lambda table=table: permuted_effects(table, draws=200, rng=np.random.default_rng(0)),
            "AIPW, ATT": lambda table=table: aipw.estimate(table, estimand="ATT", seed=0),
            "AIPW, ATE": lambda table=table: aipw.estimate(table, estimand="ATE", seed=0),
        }
        splits = Nuisances(table, seed=0).splits
        for title, step in steps.items():
            wall, cpu = time.perf_counter(), time.process_time()
            step()
            took = f"{time.perf_counter() - wall:6.2f} s, {time.process_time() - cpu:6.2f} CPU s"
            print(f"{table.units:,} x {covariates}, {splits} split(s): {title:18s} {took}", flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
