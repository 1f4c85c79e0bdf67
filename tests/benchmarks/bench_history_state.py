"""A log in which the order of events confounds and counts say nothing: with and without the state of the history.

    python -m tests.benchmarks history_state [SEEDS=10] [USERS=800] [ESTIMATORS=lin,aipw] [FIRST=2000]

Each seed draws a log (tests/effects/order_log.py) in which those who compare before viewing, in this session or in the
one before, take a tip and buy more often; a tip adds .1 to the chance of a buy. Printed per world and estimator: the
bias with its Monte Carlo error, in standard errors too, and how often the 95 % interval holds the truth, with default
covariates and with the order of events among them. Last line: processor seconds of learning and reading, per log.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.effects.analysis_table import build
from core.effects.estimators import ESTIMATORS
from core.effects.question import CausalQuestion
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.patterns.intervals import wilson
from core.storage.engine import Log, open_log
from core.storage.workspace import Workspace
from tests.effects.order_log import QUESTION, order_log

EFFECT = 0.1
WORLDS = {"order in this session": 0, "order in the session before": 1}
ROLES = ("user_id", "event_type", "timestamp")
Found = dict[tuple[str, bool, str], tuple[float, float]]


def one_seed(seed: int, users: int, estimators: list[str]) -> tuple[Found, float]:
    """{(world, with the order, estimator): (value, standard error)}, and seconds of a table with the order."""
    found: Found = {}
    seconds = []
    for world, since in WORLDS.items():
        with tempfile.TemporaryDirectory() as folder:
            log = imported(Path(folder), users, seed, since)
            for read in (False, True):
                began = time.process_time()
                table = build(log, CausalQuestion.read({**QUESTION, "history_state": read}))
                if read:
                    seconds.append(time.process_time() - began)
                for name in estimators:
                    estimate: Any = ESTIMATORS[name].load()(table, estimand="ATE", seed=0)
                    found[world, read, name] = (estimate.value, estimate.se)
            log.close()
    return found, float(np.mean(seconds))


def imported(folder: Path, users: int, seed: int, since: int) -> Log:
    workspace = Workspace(folder)
    workspace.prepare()
    frame = order_log(users, effect=EFFECT, seed=seed, sessions=12, since=since)
    frame = frame.astype({"timestamp": "datetime64[us]"})
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path := folder / "order.parquet")
    spec = ImportSpec(files=(str(path),), name="order", mapping={role: role for role in ROLES})
    return open_log(workspace, import_log(workspace, spec, lambda _share, _message: None)["log_id"])


def main(seeds: int, users: int, estimators: list[str], first: int) -> None:
    rows, seconds = zip(*(one_seed(first + seed, users, estimators) for seed in range(seeds)), strict=True)
    print(f"{seeds} seeds, {users} users; the truth is {EFFECT}")
    print(f"{'world':<30}{'covariates':<18}{'estimator':<10}{'bias':>9}{'(MC)':>9}{'in se':>8}{'covers':>10}")
    for key in rows[0]:
        world, read, name = key
        values, errors = np.array([row[key] for row in rows]).T
        off = values - EFFECT
        held = int((np.abs(off) < 1.959964 * errors).sum())
        low, high = wilson(held, seeds)
        print(
            f"{world:<30}{'with the order' if read else 'default':<18}{name:<10}{off.mean():>+9.4f}"
            f"{values.std() / np.sqrt(seeds):>9.4f}{(off / errors).mean():>+8.2f}{held:>6}/{seeds} "
            f"({low:.2f} to {high:.2f})"
        )
    print(f"a table with the order: {np.mean(seconds):.1f} s of processor time")


if __name__ == "__main__":
    given = dict(enumerate(sys.argv[1:]))
    main(int(given.get(0, 10)), int(given.get(1, 800)), given.get(2, "lin,aipw").split(","), int(given.get(3, 2000)))
