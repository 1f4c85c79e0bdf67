"""Run the benchmarks: `python -m tests.benchmarks NAME [arguments]` runs one, without a name all of them.

`make bench` runs all with their default (small) arguments; BENCH="NAME arguments" runs one. `python -m tests.benchmarks
effects` (`make bench-effects`) runs every line of the table "Effects" of the targets, with peers. Each prints what was
measured beside its target or a peer, taken in one run on one machine.
"""

import runpy
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
NAMES = sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))

GROUPS: dict[str, tuple[tuple[str, ...], ...]] = {
    "effects": (
        ("lalonde", "--peers"),
        ("ihdp", "50", "--peers"),
        ("coverage", "100", "--units", "2000", "5000"),
        ("null_log",),
        ("demo_coverage",),
        ("parity",),
        ("screening",),
        ("estimator_speed", "--peers"),
        ("refuters",),
        ("structures",),
        ("cate",),
    ),
}


def run(name: str, arguments: list[str]) -> None:
    """Run one benchmark as a script."""
    if name not in NAMES:
        sys.exit(f"There is no benchmark '{name}'; there are {', '.join(NAMES)}.")
    print(f"== {name} {' '.join(arguments)}", flush=True)
    sys.argv = [name, *arguments]
    runpy.run_path(str(FOLDER / f"bench_{name}.py"), run_name="__main__")


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in GROUPS:
        for benchmark, *given in GROUPS[sys.argv[1]]:
            if benchmark in NAMES:
                run(benchmark, given)
            else:
                print(f"== {benchmark} does not exist", flush=True)
    elif len(sys.argv) > 1:
        run(sys.argv[1], sys.argv[2:])
    else:
        for each in NAMES:
            run(each, [])
