"""Import against a plain CREATE TABLE AS of the same file: CPU seconds and their ratio, and the import in little memory.

    python -m tests.benchmarks import [--rows ROWS | --file FILE.csv] [--repeats TIMES] [--memory LIMIT]

Without a file, a log of ROWS events (1,000,000 by default) is made; the targets are for 10,000,000. Every measurement
is a process of its own, and the least of TIMES (3) counts. Printed: what was measured, the target, the ratio.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.events.derived import make_enums
from core.events.import_spec import ImportSpec
from core.events.ingest import import_log
from core.events.making import making
from core.events.read_files import inspected, read_files
from core.events.stages import Stage
from core.storage.engine import literal, writer
from core.storage.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
SORTED_TARGET, DERIVED_TARGET, MEMORY_TARGET_MB = 2.0, 3.0, 1024


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


def plain(file: Path, folder: Path) -> None:
    """The floor: the engine alone, guessing types, no order, no checks."""

    reader = "read_parquet" if file.suffix == ".parquet" else "read_csv"
    with writer(Workspace(folder), folder / "plain.duckdb") as engine:
        engine.execute(f"CREATE TABLE events AS SELECT * FROM {reader}({literal(str(file))})")


def sorted_log(file: Path, folder: Path) -> None:
    """The import's first half, written out: a sorted and typed log with its rejects, without what is derived."""

    spec = ImportSpec(files=(str(file),))
    with making(Workspace(folder), log_id="bench", version_id="version-bench", what="benchmark") as (made, engine):
        stage = Stage(lambda share, message: None, 0.0, 1.0, "")
        read = read_files(engine, made, spec, inspected(spec), stage, may_lend=True)
        kind = make_enums(engine, read.kept, read.lent)["event_type"]
        unstored = "_fault, _session" if read.kept.has_session else "_fault"
        typed = f"* EXCLUDE ({unstored}) REPLACE (CAST(event_type AS {kind}) AS event_type)"
        engine.execute(f"CREATE TABLE log.events AS SELECT {typed} FROM kept")


def whole(file: Path, folder: Path) -> None:
    """The import as the app runs it."""

    import_log(Workspace(folder), ImportSpec(files=(str(file),)), lambda share, message: None)


PARTS: dict[str, Callable[[Path, Path], None]] = {"plain": plain, "sorted": sorted_log, "whole": whole}


def measure(part: str, file: Path) -> None:
    """Run one part in this process and print what it took, as JSON."""
    with tempfile.TemporaryDirectory(dir=file.parent) as name:
        folder, peak, done = Path(name), [0], threading.Event()
        (folder / "spill").mkdir()

        def look() -> None:
            while not done.wait(0.2):
                peak[0] = max(peak[0], disk_bytes(folder))

        looking = threading.Thread(target=look)
        looking.start()
        began, processor = time.monotonic(), time.process_time()
        PARTS[part](file, folder)
        took = {"cpu": time.process_time() - processor, "wall": time.monotonic() - began}
        done.set()
        looking.join()
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({**took, "rss_mb": rss, "disk": peak[0], "left": disk_bytes(folder)}))


def disk_bytes(folder: Path) -> int:
    """What the files in a folder take up now; they come and go meanwhile."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(parent, name)).st_size  # noqa: PTH116, PTH118
            except FileNotFoundError:
                continue
    return total


def least(part: str, file: Path, repeats: int, memory: str | None = None) -> dict[str, Any]:
    """The run of a part that took the least processor time."""
    environment = os.environ | ({"WHYPATH_MEMORY_LIMIT": memory} if memory else {})
    command = [sys.executable, "-m", "tests.benchmarks", "import", "--part", part, "--file", str(file)]
    runs = [
        json.loads(subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=environment).stdout.splitlines()[-1])
        for _ in range(repeats)
    ]  # fmt: skip
    best: dict[str, Any] = min(runs, key=lambda run: run["cpu"])
    return best


def report(file: Path, repeats: int, memory: str) -> None:
    """Measure all parts of one file and print them beside their targets."""
    size = file.stat().st_size
    print(f"{file.name}, {size / 1e6:,.0f} MB; CPU seconds, least of {repeats}")
    floor = least("plain", file, repeats)
    print(f"  plain CREATE TABLE AS             {floor['cpu']:7.2f} s  (wall {floor['wall']:.1f} s)")
    ordered, everything = least("sorted", file, repeats), least("whole", file, repeats)
    lines = [("sorted, typed log", ordered["cpu"], SORTED_TARGET)]
    lines += [("derived tables", everything["cpu"] - ordered["cpu"], DERIVED_TARGET)]
    for title, seconds, target in lines:
        ratio = seconds / floor["cpu"]
        print(f"  {title:32}  {seconds:7.2f} s  {ratio:5.2f} x   target {target:.1f} x   {_met(ratio <= target)}")
    print(f"  {'whole import':32}  {everything['cpu']:7.2f} s  {everything['cpu'] / floor['cpu']:5.2f} x   "
          f"(wall {everything['wall']:.1f} s, peak memory {everything['rss_mb']:,.0f} MB, "
          f"peak disk {everything['disk'] / size:.1f} x the file, log {everything['left'] / size:.2f} x)")  # fmt: skip
    tight = least("whole", file, 1, memory)
    print(f"  under {memory}: {tight['cpu']:.2f} s CPU, {tight['wall']:.1f} s wall, peak memory {tight['rss_mb']:,.0f} MB "
          f"  target < {MEMORY_TARGET_MB:,} MB   {_met(tight['rss_mb'] < MEMORY_TARGET_MB)}; "
          f"peak disk {tight['disk'] / size:.1f} x the file")  # fmt: skip


def _met(good: bool) -> str:
    return "met" if good else "MISSED"


def main() -> None:
    """Read the arguments; `--part` is this benchmark calling itself."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--memory", default="512MB")
    parser.add_argument("--part", choices=PARTS)
    given = parser.parse_args()
    if given.part:
        measure(given.part, given.file)
        return
    if given.file:
        report(given.file.resolve(), given.repeats, given.memory)
        return
    with tempfile.TemporaryDirectory() as folder:
        made = made_log(Path(folder) / "log.csv", given.rows)
        report(made, given.repeats, given.memory)
        pd.read_csv(made, parse_dates=["timestamp"]).to_parquet(made.with_suffix(".parquet"))
        report(made.with_suffix(".parquet"), given.repeats, given.memory)


if __name__ == "__main__":
    main()
