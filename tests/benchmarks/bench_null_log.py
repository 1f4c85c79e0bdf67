"""A log in which the treatment does nothing: what the designs say, beside "ever against never", over seeds and sizes.

    python -m tests.benchmarks null_log [SEEDS=20] [USERS=600,2400] [ESTIMATORS=raw,lin,ipw,aipw] [FIRST=1000]

Each seed draws a log in which keen users see more promos and buy more (tests/effects/null_log.py), imports it, builds
the table of each design and estimates. The truth is 0. Printed per size, design, estimand and estimator: the bias in
standard errors with its Monte Carlo error, coverage with its Wilson 95 % interval, and how often the naive number is
clear of 0. The target of `targets.md` for first exposure: bias at most .2 standard errors at two sizes, lower bound of
the coverage at or above .93. The landmark with a grace period is shown because it misses: who stays long enough to take
the treatment up also stays long enough to buy, which no covariate before time zero tells. The refuter `who_stays` is
there to say so: of the seeds whose landmark ATE is clear of 0, how many it passes (target: at most .05).
"""

import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.effects.analysis_table import build, build_with
from core.effects.estimators import ESTIMATORS
from core.effects.grace import at_moments
from core.effects.naive import ever_against_never
from core.effects.question import CausalQuestion
from core.effects.refuters import who_stays
from core.effects.table import AnalysisTable
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.patterns.intervals import wilson
from core.storage.engine import Log, open_log
from core.storage.workspace import Workspace
from tests.benchmarks.printed import coverage_lines, line
from tests.effects.null_log import QUESTION, null_log

DESIGNS = {
    "first exposure": {"kind": "first_exposure"},
    "landmark": {"kind": "landmark", "landmark_event": 3},
}
ROLES = ("user_id", "event_type", "timestamp")
Found = dict[tuple[str, str, str], tuple[float, float]]
ANSWERS = {True: "passed", False: "failed", None: "no answer"}


def one_seed(seed: int, users: int, estimators: list[str]) -> tuple[Found, str]:
    """{(design, estimand, estimator): (value, standard error)}; the naive number is a design of its own. And what
    `who_stays` says of the landmark's last ATE, "not clear" where that holds 0."""
    found: Found = {}
    answer = "not clear"
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        workspace.prepare()
        frame = null_log(users, seed).astype({"timestamp": "datetime64[us]"})
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path := Path(folder) / "null.parquet")
        spec = ImportSpec(files=(str(path),), name="null", mapping={role: role for role in ROLES})
        manifest = import_log(workspace, spec, lambda _share, _message: None)
        log = open_log(workspace, manifest["log_id"])
        for design, settings in DESIGNS.items():
            for estimand in ("ATE", "ATT"):
                asked = CausalQuestion.read({**QUESTION, "design": settings, "estimand": estimand})
                table = build(log, asked)
                for name in estimators:
                    estimate: Any = ESTIMATORS[name].load()(table, estimand=estimand, seed=0)
                    found[design, estimand, name] = (estimate.value, estimate.se)
                if (design, estimand) == ("landmark", "ATE") and not estimate.low <= 0 <= estimate.high:
                    answer = ANSWERS[who_stays.judge(estimate, _at_moments(log, asked, users), unit="share")[0]]
        naive = ever_against_never(log, CausalQuestion.read(QUESTION))
        found["ever against never", "-", "-"] = (naive["value"], (naive["high"] - naive["low"]) / 3.919928)
        log.close()
    return found, answer


def _at_moments(log: Log, asked: CausalQuestion, users: int) -> Any:
    """The effect on the treated at moments at which everybody is there, as the refuter has it."""
    table: AnalysisTable = build_with(log, asked, **at_moments(asked.plain(), users), estimand="ATT")
    return ESTIMATORS[who_stays.QUICK].load()(table, estimand="ATT", seed=0)


def main(seeds: int, sizes: list[int], estimators: list[str], first: int) -> None:
    """Run the seeds of each size and print a table."""
    for users in sizes:
        both = [one_seed(seed, users, estimators) for seed in range(first, first + seeds)]
        runs, answers = [found for found, _ in both], Counter(answer for _, answer in both)
        print(f"{users:,} users, {seeds} seeds")
        for key in runs[0]:
            values = np.array([run[key] for run in runs])
            print("  " + summary(key, values), flush=True)
            if key[0] == "first exposure" and key[2] == estimators[-1]:
                hits = int((np.abs(values[:, 0]) <= 1.959964 * values[:, 1]).sum())
                bias = float(values[:, 0].mean() / values[:, 1].mean())
                coverage_lines(f"null log, {users:,} users, {', '.join(key)}", hits, len(values), bias)
        clear = seeds - answers["not clear"]
        told = ", ".join(f"{answer} {count}" for answer, count in answers.items())
        if clear:
            line(
                f"null log, {users:,} users, landmark clear of 0: passed",
                answers["passed"] / clear,
                at_most=0.05,
                aside=told,
            )


def summary(key: tuple[str, str, str], values: np.ndarray) -> str:
    """One line: bias in standard errors, its Monte Carlo error, coverage of 0."""
    value, se = values.T
    inside = int((np.abs(value) <= 1.959964 * se).sum())
    low, high = (float(bound) for bound in wilson(inside, len(value)))
    bias, error = value.mean() / se.mean(), value.std(ddof=1) / np.sqrt(len(value)) / se.mean()
    design, estimand, name = key
    return (
        f"{design:<19}{estimand:<5}{name:<6} mean {value.mean():+.4f}  bias {bias:+.2f} ± {error:.2f} SE  "
        f"coverage of 0 {inside / len(value):.2f} [{low:.2f}, {high:.2f}]"
    )


if __name__ == "__main__":
    given = dict(argument.split("=", 1) for argument in sys.argv[1:])
    main(
        int(given.get("SEEDS", 20)),
        [int(size) for size in given.get("USERS", "600,2400").split(",")],
        given.get("ESTIMATORS", "raw,lin,ipw,aipw").split(","),
        int(given.get("FIRST", 1000)),
    )
