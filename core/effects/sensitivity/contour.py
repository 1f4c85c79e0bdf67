"""The sensitivity contour: the effect that would be left beside a hidden cause of every strength, and where the
measured covariate groups would stand among them."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from core.effects.sensitivity.hidden_cause import Exposure
from core.effects.sensitivity.robustness import Benchmark, bound, confounding, robustness_value

STEPS: Final = 25
TIMES: Final = (1, 2, 3)
GROUPS_AT_MOST: Final = 5
WIDEST: Final = 0.95


def bounds(exposure: Exposure, benchmarks: Sequence[Benchmark]) -> list[dict[str, Any]]:
    """One row per group and multiple: the strength of a cause `times` as strong, and value, low, high left beside it.

    Where a cause that strong cannot be, or would explain everything, value, low and high are None.
    """
    rows = []
    for each in benchmarks[:GROUPS_AT_MOST]:
        for times in TIMES:
            with_treatment, with_outcome = bound(each.treatment_r2, each.outcome_r2, times)
            left = exposure.bounded(confounding(with_treatment, with_outcome)) if with_treatment < 1 else None
            value, low, high = left or (None, None, None)
            rows.append(
                {
                    "group": each.group,
                    "times": times,
                    "treatment_r2": with_treatment,
                    "outcome_r2": with_outcome,
                    "value": value,
                    "low": low,
                    "high": high,
                }
            )
    return rows


def contour(exposure: Exposure, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The grid of a figure: `treatment_r2` (25), `outcome_r2` (25) and `values` [outcome][treatment].

    It reaches past the robustness value and the groups at one time their strength.
    """
    own = robustness_value(exposure.partial_f)
    once = [row for row in rows if row["value"] is not None and row["times"] == 1]
    across = _reach([own, *(row["treatment_r2"] for row in once)])
    up = _reach([own, *(row["outcome_r2"] for row in once)])
    treatment, outcome = np.linspace(0, across, STEPS), np.linspace(0, up, STEPS)
    left = [[exposure.bounded_value(confounding(t, y)) for t in treatment] for y in outcome]
    return {"treatment_r2": treatment.tolist(), "outcome_r2": outcome.tolist(), "values": left}


def _reach(strengths: Sequence[float]) -> float:
    return float(min(WIDEST, max(0.02, 1.4 * max(strengths))))
