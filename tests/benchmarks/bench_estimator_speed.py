"""How long do the learning estimators take? 100,000 units with 15 covariates, and 10,000, where five splits are due.

    python -m tests.benchmarks estimator_speed [share of the units, 0 to 1] [--peers]

Targets on two free cores at 100,000 x 15, one split: AIPW ATT < 10 s, ATE < 20 s. Machines are shared, so what is held
against the target is CPU seconds over two cores; wall seconds stand beside. Peer: EconML's LinearDRLearner, same folds.
The screening estimators have a benchmark of their own (`screening`).
"""

import argparse
import time
from collections.abc import Callable

import numpy as np

from core.effects.estimators import ESTIMATORS, aipw
from core.effects.nuisances import Nuisances
from core.effects.refuters.permuted_placebo import permuted_effects
from core.effects.table import AnalysisTable
from tests.benchmarks.printed import line
from tests.effects.planted import as_table

CORES = 2


def behaviour(units: int, covariates: int) -> AnalysisTable:
    """Half of the covariates continuous, half yes or no; a binary outcome; three units a user."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(units, covariates))
    x[:, covariates // 2 :] = x[:, covariates // 2 :] > 0.5
    treatment = rng.random(units) < 1 / (1 + np.exp(-0.5 * x[:, 0] - 0.4 * x[:, 1] + 0.3 * x[:, -1]))
    bought = rng.random(units) < 0.3 + 0.08 * treatment + 0.05 * np.tanh(x[:, 0] + x[:, 1])
    return as_table(x, treatment, bought, users=rng.integers(0, units // 3, units), unit="share")


def timed(title: str, table: AnalysisTable, step: Callable[[], object], at_most: float | None = None) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    step()
    spent, took = time.process_time() - cpu, time.perf_counter() - wall
    splits = Nuisances(table, seed=0).splits
    what = f"{table.units:,} x {len(table.covariates)}, {splits} split(s), {title}: CPU seconds / {CORES}"
    line(what, spent / CORES, at_most=at_most, aside=f"{took:.1f} s wall, {spent:.1f} CPU s")


def main(share: float, peers: bool) -> None:
    for units, limits in ((100_000, (10.0, 20.0)), (10_000, (None, None))):
        table = behaviour(int(units * share), 15)
        timed("AIPW ATT", table, lambda table=table: aipw.estimate(table, estimand="ATT", seed=0), limits[0])
        timed("AIPW ATE", table, lambda table=table: aipw.estimate(table, estimand="ATE", seed=0), limits[1])
        timed(
            "200 permutations", table,
            lambda table=table: permuted_effects(table, draws=200, rng=np.random.default_rng(0)),
        )  # fmt: skip
        if peers:
            dr = ESTIMATORS["econml_dr"].load()
            timed("EconML LinearDRLearner", table, lambda table=table, dr=dr: dr(table, estimand="ATE", seed=0))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("share", type=float, nargs="?", default=1.0)
    parser.add_argument("--peers", action="store_true")
    given = parser.parse_args()
    main(given.share, given.peers)
