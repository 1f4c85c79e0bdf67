"""Run the benchmarks: `python -m tests.benchmarks NAME [arguments]` runs one, without a name all of them.

`make bench` runs all with their default (small) arguments; BENCH="NAME arguments" runs one. `python -m tests.benchmarks
effects [--full] [--into FOLDER]` (`make bench-effects`) runs every line of the table "Effects" of the targets, with
peers; see `group.py`. Each prints what was measured beside its target or a peer, taken in one run on one machine.
"""

import runpy
import sys
from pathlib import Path

from tests.benchmarks.group import GROUPS, run_group

FOLDER = Path(__file__).parent
NAMES = sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))


def run(name: str, arguments: list[str]) -> None:
    """Run one benchmark as a script."""
    if name not in NAMES:
        sys.exit(f"There is no benchmark '{name}'; there are {', '.join([*NAMES, *GROUPS])}.")
    print(f"== {name} {' '.join(arguments)}", flush=True)
    sys.argv = [name, *arguments]
    runpy.run_path(str(FOLDER / f"bench_{name}.py"), run_name="__main__")


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in GROUPS:
        sys.exit(run_group(sys.argv[1], sys.argv[2:]))
    elif len(sys.argv) > 1:
        run(sys.argv[1], sys.argv[2:])
    else:
        for each in NAMES:
            run(each, [])
