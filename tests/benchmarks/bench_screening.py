"""How long do the estimators take that run unasked? All of them together, 100,000 units with 15 covariates.

    python -m tests.benchmarks screening [share of the units, 0 to 1]

Target on two free cores: < 1 s for all together (those that a table of two arms and covariates can have). CPU seconds
stand beside, because machines are shared; matching on the covariates, which is only run when asked for, comes last.
"""

import sys
import time
from collections.abc import Callable

from core.effects.estimate import Estimate
from core.effects.estimators import ESTIMATORS
from tests.benchmarks.bench_estimator_speed import behaviour

ASKED_FOR = "matching_mahalanobis"


def main(share: float) -> None:
    table = behaviour(int(100_000 * share), 15)
    screening = [name for name, entry in ESTIMATORS.items() if entry.screening and not entry.needs]
    chosen = [name for name in screening if "binary" in ESTIMATORS[name].treatments]
    print(f"{table.units:,} units, {len(table.covariates)} covariates")
    wall = processor = 0.0
    for name in [*chosen, ASKED_FOR]:
        entry = ESTIMATORS[name]
        estimand = entry.estimands[0]
        estimate: Callable[..., Estimate] = entry.load()
        began, worked = time.perf_counter(), time.process_time()
        found = estimate(table, estimand=estimand)
        took, used = time.perf_counter() - began, time.process_time() - worked
        if name != ASKED_FOR:
            wall, processor = wall + took, processor + used
        else:
            print(f"  {'together':22} {wall:6.2f} s, {processor:6.2f} CPU s   target < 1 s")
        print(f"  {name:22} {took:6.2f} s, {used:6.2f} CPU s   {estimand} {found.value:+.4f} ± {found.se:.4f}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
