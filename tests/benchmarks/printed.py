"""How a benchmark prints a line: what was measured, its target, their ratio, and whether it was met."""

import os
from pathlib import Path

from core.storage.workspace import ROOT


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


def data_folder() -> Path:
    """The folder of the real data sets."""
    return Path(os.environ.get("WHYPATH_TEST_DATA") or ROOT.parent / "shared" / "data")
