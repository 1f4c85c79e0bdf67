"""Import against a plain CREATE TABLE AS read_csv of the same file: CPU seconds and their ratio.

    python -m tests.benchmarks.bench_import [FILE.csv | ROWS]

Without a file, a log of ROWS events (1,000,000 by default) is made. Goal: at most 3 x for a sorted log with its derived
tables; peak memory is printed too.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.storage.engine import literal, writer
from core.storage.workspace import Workspace


def made_log(path: Path, rows: int, seed: int = 0) -> Path:
    """A log of sessions of six events on average, with a heavy tail of items and of activity."""
    rng = np.random.default_rng(seed)
    sessions, users = max(rows // 6, 1), max(rows // 42, 1)
    chance = rng.lognormal(0, 1, users)
    user = rng.choice(users, sessions, p=chance / chance.sum())
    start = rng.integers(0, 120 * 86_400, sessions)
    session = np.sort(rng.integers(0, sessions, rows))
    moments = np.datetime64("2024-01-01", "s") + start[session] + rng.integers(0, 1_200, rows)
    events = pd.DataFrame(
        {
            "user_id": user[session],
            "item_id": np.minimum(20_000, (1 / (1 - rng.random(rows))).astype(int)),
            "event_type": rng.choice(["view", "search", "cart", "buy", "like", "share"], rows),
            "timestamp": moments,
            "value": rng.gamma(2, 10, rows).round(2),
        }
    )
    events.sort_values("timestamp", kind="stable").to_csv(path, index=False)
    return path


def cpu_seconds(work: Callable[[], object]) -> float:
    """Processor seconds of this process, which a busy machine disturbs less than the clock."""
    before = time.process_time()
    work()
    return time.process_time() - before


def main() -> None:
    given = sys.argv[1] if len(sys.argv) > 1 else "1000000"
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder) / "workspace")
        workspace.prepare()
        path = made_log(Path(folder) / "log.csv", int(given)) if given.isdigit() else Path(given)

        def plain() -> None:
            with writer(workspace, Path(folder) / f"plain-{time.monotonic_ns()}.duckdb") as engine:
                engine.execute(f"CREATE TABLE events AS SELECT * FROM read_csv({literal(str(path))})")

        spec = ImportSpec(files=(str(path),))
        base = min(cpu_seconds(plain) for _ in range(2))
        ours = min(cpu_seconds(lambda: import_log(workspace, spec, lambda share, message: None)) for _ in range(2))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{path.stat().st_size / 1e6:,.0f} MB: plain {base:.2f} s, import {ours:.2f} s CPU, ratio {ours / base:.2f}"
        )
        print(f"peak memory {peak:,.0f} MB")


if __name__ == "__main__":
    main()
