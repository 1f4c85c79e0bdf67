"""Power: how small an effect could this study have seen?

The minimal detectable effect at 80 % power and 5 % error is (1.96 + 0.84) standard errors (Bloom 1995), whatever effect
there is; units of one user count as the less that they resemble each other. The effect that was found plays no part.
"""

from dataclasses import dataclass
from math import ceil, isfinite, sqrt
from typing import Any, Final

import numpy as np

from core.effects.estimate import Estimate, clustered_error
from core.effects.interval import NORMAL_975
from core.effects.table import AnalysisTable
from core.effects.verdict import shown

NORMAL_80 = 0.8416212335729143  # 80 % point of the normal distribution
RELATIVE: Final = (0.01, 0.02, 0.05, 0.10, 0.20, 0.50)  # effects in the table, as shares of the control mean


@dataclass(frozen=True)
class Power:
    """before, after: the smallest effect seen 4 times in 5, without adjustment and with the headline's error, in
    `unit`; *_relative: as a share of the control mean (None where that is 0); rows: how many units other effects need.
    """

    passed: bool | None
    sentence: str
    before: float | None
    after: float | None
    before_relative: float | None
    after_relative: float | None
    unit: str
    units: int
    rows: tuple[dict[str, Any], ...] = ()

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        return dict(vars(self))


def power(table: AnalysisTable, headline: Estimate) -> Power:
    """Minimal detectable effects of a table and its headline.

    Failed: only an effect above one standard deviation of the outcome would have been seen. Passed: the interval of the
    headline excludes 0, so that power is no question any more, or smaller effects than a tenth of a standard deviation
    would have been seen. In between nobody but the analyst can tell whether it suffices: None.
    """
    unit = headline.unit or table.outcome_unit
    after = detectable(headline.se)
    before = detectable(error_without_effect(table)) if headline.unit is None else None
    if after is None:
        return Power(None, "The headline has no error, so its power is unknown.", before, None, None, None, unit, 0)
    base, spread = _control_mean(table), _spread(table)
    relative = headline.unit is None and table.treatment_kind == "binary" and base is not None and base != 0
    shares = [each / abs(base) if relative and base and each is not None else None for each in (before, after)]
    excluded = headline.low > 0 or headline.high < 0
    comparable = headline.unit is None and table.treatment_kind != "dose"
    passed = True if excluded else None
    if comparable and not excluded:
        passed = False if after > spread else True if after <= 0.1 * spread else None
    return Power(
        passed=passed,
        sentence=_sentence(after, shares[1], unit, excluded=excluded, too_coarse=passed is False),
        before=before,
        after=after,
        before_relative=shares[0],
        after_relative=shares[1],
        unit=unit,
        units=table.units,
        rows=_rows(table.units, after, abs(base)) if relative and base else (),
    )


def detectable(se: float) -> float | None:
    """The effect that a standard error lets be seen with 80 % power in a two-sided test at 5 %; None without one."""
    return (NORMAL_975 + NORMAL_80) * se if isfinite(se) and se > 0 else None


def units_needed(effect: float, units: int, detectable_now: float) -> int:
    """About how many such units it takes to see an effect: the error shrinks with the root of their number."""
    return ceil(units * (detectable_now / effect) ** 2)


def error_without_effect(table: AnalysisTable) -> float:
    """Standard error of the raw difference (or slope) if the treatment did nothing, summed by user.

    For independent units about sigma / sqrt(n p (1 - p)), with the spread of all outcomes and the treated share p.
    """
    treatment = table.treatment.astype(float)
    if table.treatment_kind == "arms":
        treatment = (treatment == 1).astype(float)
    weights = table.weights / table.weights.mean()
    gap = treatment - np.average(treatment, weights=weights)
    rest = table.outcome - np.average(table.outcome, weights=weights)
    spread = float(np.mean(weights * gap**2))
    return clustered_error(weights * gap * rest / spread, table.clusters) if spread > 0 else float("nan")


def _control_mean(table: AnalysisTable) -> float | None:
    control = table.treatment == 0
    return float(np.average(table.outcome[control], weights=table.weights[control])) if control.any() else None


def _spread(table: AnalysisTable) -> float:
    mean = np.average(table.outcome, weights=table.weights)
    return sqrt(np.average((table.outcome - mean) ** 2, weights=table.weights))


def _rows(units: int, after: float, base: float) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"relative": share, "effect": share * base, "units": units_needed(share * base, units, after)}
        for share in RELATIVE
    )


def _sentence(after: float, relative: float | None, unit: str, *, excluded: bool, too_coarse: bool) -> str:
    size = f"{shown(after, unit).removeprefix('+')} {'percentage points' if unit == 'share' else unit}".strip()
    beside = f", {100 * relative:.0f} % of the control mean," if relative is not None else ""
    said = f"An effect of {size}{beside} or more would be seen 4 times in 5"
    if too_coarse:
        return f"{said}: that is more than a standard deviation of the outcome, so this study can hardly see anything."
    if excluded:
        return f"{said}; the interval excludes 0."
    return f"{said}; of smaller ones this study says little. Is that small enough for the decision?"
