"""A group of benchmarks in one go, each in a process of its own: one that fails ends neither the others nor the group.

    python -m tests.benchmarks effects [--full] [--into FOLDER] [--only NAME ...]

By default sizes that end in about an hour on two free cores; --full: those of the targets (many hours). --into keeps
each one's output in a file of FOLDER, and a second run passes over those that ended well with the same arguments, so
that it goes on where one was stopped. At the end: targets met and missed by benchmark, and what failed.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ENDED = "== ended well"
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Part:
    """A benchmark, its arguments by default, and those of the targets' sizes where they differ."""

    name: str
    small: tuple[str, ...] = ()
    whole: tuple[str, ...] | None = None


GROUPS: dict[str, tuple[Part, ...]] = {
    "effects": (
        Part("lalonde", ("--peers",)),
        Part("nhefs"),
        Part("coat"),
        Part("parity"),
        Part("ihdp", ("10", "--peers"), ("50", "--peers")),
        Part("coverage", ("5",), ("1000", "--units", "2000", "5000", "--peers", "100")),
        Part("structures", ("40",), ("1000",)),
        Part("demo_coverage", ("8",), ("200",)),
        Part("null_log", ("SEEDS=5",), ("SEEDS=200",)),
        Part("cate", ("3", "1000", "2"), ("100", "1000", "20")),
        Part("first_answer", ("3",), ("10",)),
        Part("screening"),
        Part("estimator_speed", ("--peers",)),
        Part("refuters"),
        Part("identification", ("0",), ("10",)),
        Part("falsification", ("20",), ("200",)),
        Part("discovery", ("10", "10", "1"), ("50", "50", "3")),
        Part("discovery_real", ("--quick",), ()),
        Part("discovery_time", ("--quick",), ()),
    ),
}


def run_group(group: str, given: Sequence[str]) -> int:
    """Run the parts and print a summary; 1 where a benchmark failed, else 0 (a missed target is no failure)."""
    parser = argparse.ArgumentParser(prog=f"tests.benchmarks {group}")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--into", type=Path)
    parser.add_argument("--only", nargs="+")
    asked = parser.parse_args(given)
    told: list[tuple[str, str]] = []
    for part in GROUPS[group]:
        if asked.only and part.name not in asked.only:
            continue
        arguments = part.whole if asked.full and part.whole is not None else part.small
        told.append((part.name, _run(part.name, arguments, asked.into)))
    print("== summary")
    for name, said in told:
        print(f"{name:20s} {said}")
    return int(any(said.startswith("FAILED") for _, said in told))


def _run(name: str, arguments: Sequence[str], folder: Path | None) -> str:
    """Run one, show its output as it comes, and tell in a few words how it ended."""
    heading = f"== {name} {' '.join(arguments)}".strip()
    kept = folder / f"{name}.txt" if folder else None
    if kept and kept.is_file():
        before = kept.read_text()
        if before.startswith(heading + "\n") and ENDED in before:
            print(f"{heading}: kept in {kept}", flush=True)
            return _judged(before)
    began = time.monotonic()
    lines = [heading + "\n"]
    print(heading, flush=True)
    process = subprocess.Popen(
        [sys.executable, "-u", str(Path(__file__).with_name(f"bench_{name}.py")), *arguments],
        cwd=ROOT, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    for line in process.stdout or ():
        print(line, end="", flush=True)
        lines.append(line)
    code = process.wait()
    took = f"{(time.monotonic() - began) / 60:.1f} minutes"
    lines.append(f"{ENDED} after {took}\n" if code == 0 else f"== FAILED with {code} after {took}\n")
    print(lines[-1], end="", flush=True)
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text("".join(lines))
    return _judged("".join(lines))


def _judged(output: str) -> str:
    """How many targets were met and which were missed."""
    lines = output.splitlines()
    if not lines[-1].startswith(ENDED):
        return f"FAILED: {lines[-2] if len(lines) > 2 else ''}"
    missed = [line.split("  ")[0].strip() for line in lines if "MISSED" in line or "TOO FAR" in line]
    met = sum("  met" in line or "  ok " in line for line in lines)
    return f"{met} met, {len(missed)} missed, {lines[-1].removeprefix(ENDED + ' ')}{''.join(f'; {each}' for each in missed)}"


def _environment() -> dict[str, str]:
    path = os.pathsep.join(each for each in (str(ROOT), os.environ.get("PYTHONPATH")) if each)
    return {"PYTHONWARNINGS": "ignore", **os.environ, "PYTHONPATH": path}
