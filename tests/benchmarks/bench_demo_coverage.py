"""How often the 95 % interval of the default study holds the demo shop's known truth, over seeds of its generator.

    python -m tests.benchmarks demo_coverage [SEEDS=20] [USERS=1500] [FIRST=1000]

Each seed draws a new shop, imports it, builds the analysis table of the default question and estimates with the default
AIPW; the truth is that seed's own. Printed: coverage with its Wilson 95 % interval, bias in standard errors, the width;
and beside them the raw difference, which should miss. The target of `targets.md`: the lower bound of coverage at or
above .93 (which only many seeds can show), bias at most .2 standard errors.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from core.effects.analysis_table import build
from core.effects.estimators import ESTIMATORS
from core.effects.question import CausalQuestion
from core.events.demo.shop import MAPPING, simulate
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.patterns.intervals import wilson
from core.storage.engine import open_log
from core.storage.workspace import Workspace
from tests.benchmarks.printed import coverage_lines


def one_seed(seed: int, users: int) -> dict[str, dict[str, float]]:
    """Per estimator: value, se, and whether the interval holds the truth of this seed's shop."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        workspace.prepare()
        events, truth = simulate(seed=seed, users=users)
        pq.write_table(events, path := Path(folder) / "shop.parquet")
        spec = ImportSpec(files=(str(path),), name="shop", mapping=MAPPING)
        manifest = import_log(workspace, spec, lambda _share, _message: None, truth=truth)
        log = open_log(workspace, manifest["log_id"])
        table = build(log, CausalQuestion.read(truth["question"]))
        log.close()
    found: dict[str, dict[str, float]] = {}
    for name in ("raw", "aipw"):
        estimate: Any = ESTIMATORS[name].load()(table, estimand="ATE", seed=0)
        error = estimate.value - truth["ate"]
        found[name] = {"error": error, "se": estimate.se, "covered": float(abs(error) <= 1.959964 * estimate.se)}
    return found


def main(seeds: int, users: int, first: int) -> None:
    """Run the seeds and print a line every ten of them."""
    all_found: list[dict[str, dict[str, float]]] = []
    for seed in range(first, first + seeds):
        all_found.append(one_seed(seed, users))
        if len(all_found) % 10 == 0 or len(all_found) == seeds:
            for name in ("raw", "aipw"):
                print(summary(name, [found[name] for found in all_found]), flush=True)
    ours = [found["aipw"] for found in all_found]
    bias = float(np.mean([each["error"] for each in ours]) / np.mean([each["se"] for each in ours]))
    coverage_lines("demo shop, AIPW", int(sum(each["covered"] for each in ours)), len(ours), bias)


def summary(name: str, found: list[dict[str, float]]) -> str:
    """One line: coverage with its interval, bias in standard errors, mean half width."""
    covered = int(sum(each["covered"] for each in found))
    low, high = wilson(covered, len(found))
    error, se = (np.array([each[key] for each in found]) for key in ("error", "se"))
    return (
        f"{name:5} {len(found):4} seeds: coverage {covered / len(found):.3f} [{low:.3f}, {high:.3f}], "
        f"bias {error.mean() / se.mean():+.2f} SE (value {error.mean():+.4f}), spread/SE {error.std() / se.mean():.2f}, "
        f"half width {1.96 * se.mean():.4f}"
    )


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    main(*(given + [20, 1500, 1000][len(given) :]))
