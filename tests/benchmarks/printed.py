"""How a benchmark prints a line: what was measured, its target, their ratio, and whether it was met."""

import os
from pathlib import Path

from core.patterns.intervals import wilson
from core.storage.workspace import ROOT

ENOUGH_DRAWS = 1000


def line(
    what: str, measured: float, *, at_most: float | None = None, at_least: float | None = None, aside: str = ""
) -> bool | None:
    """Print one line and return whether the target was met, None where there is none. NaN is not met."""
    target = at_most if at_most is not None else at_least
    met = None if target is None else bool(measured <= target if at_most is not None else measured >= target)
    sign = "<=" if at_most is not None else ">="
    beside = "" if target is None else f"  target {sign} {target:g}"
    ratio = f"  ratio {measured / target:.2f}" if target else ""
    judged = {True: "  met", False: "  MISSED", None: ""}[met]
    print(f"{what:75s} {measured:12,.4f}{beside}{ratio}{judged}{'  (' + aside + ')' if aside else ''}", flush=True)
    return met


def coverage_lines(what: str, covered: int, draws: int, bias: float, aside: str = "") -> None:
    """Coverage of 95 % intervals and bias (in standard errors) against the targets of 1,000 draws; with fewer, against
    what so few can tell: that the coverage is not clearly below .95, nor the bias clearly above .2."""
    low, high = wilson(covered, draws)
    said = f"{covered} of {draws}: {covered / draws:.3f} ({low:.3f} to {high:.3f}){'; ' if aside else ''}{aside}"
    if draws >= ENOUGH_DRAWS:
        line(f"{what}: coverage, lower end", low, at_least=0.93, aside=said)
        line(f"{what}: bias in standard errors", abs(bias), at_most=0.2)
    else:
        line(f"{what}: coverage, upper end", high, at_least=0.95, aside=said)
        line(f"{what}: bias in standard errors", abs(bias), at_most=0.2 + 2 / draws**0.5)


def data_folder() -> Path:
    """The folder of the real data sets."""
    return Path(os.environ.get("WHYPATH_TEST_DATA") or ROOT.parent / "shared" / "data")
