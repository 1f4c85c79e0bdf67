"""Support where there are no two arms: has every arm its like among all units; does an amount vary among like units?"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.effects.diagnosis.overlap import EFFECTIVE_NEEDED, WEIGHT_ALLOWED
from core.effects.linear import covariate_basis, residuals
from core.effects.table import AnalysisTable

FOLLOWS_ALLOWED = 0.95  # of an amount's variance that covariates may explain


@dataclass(frozen=True)
class Support:
    """rows: per arm its units, what they are worth once weighted, and the largest weight; explained_share: of an
    amount's variance, by the covariates."""

    passed: bool | None
    sentence: str
    rows: tuple[dict[str, Any], ...] = ()
    explained_share: float | None = None

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        return dict(vars(self))


def support(table: AnalysisTable, weights: np.ndarray) -> Support:
    """Of several arms, by the headline's weights (n,): each worth at least a quarter of the smallest arm, no unit with
    more than a tenth of its arm. Of an amount: failed when the covariates all but decide it; else only the curve can
    tell where along it units are comparable, so there is no pass."""
    if table.treatment_kind == "arms":
        return _of_arms(table, weights)
    rest = residuals(covariate_basis(table.matrix()), table.treatment)
    total = table.treatment - table.treatment.mean()
    explained = float(1 - (rest @ rest) / (total @ total)) if total @ total > 0 else float("nan")
    if not np.isfinite(explained):
        return Support(None, "The amount does not vary, so nothing can be compared.")
    said = f"The covariates explain {100 * explained:.0f} % of how the amount varies"
    if explained > FOLLOWS_ALLOWED:
        return Support(False, f"{said}: hardly any units are alike and differ in it.", (), explained)
    return Support(None, f"{said}; where along it there are comparable units, its curve says.", (), explained)


def _of_arms(table: AnalysisTable, weights: np.ndarray) -> Support:
    rows: list[dict[str, Any]] = []
    faults = []
    smallest = min(int((table.treatment == arm).sum()) for arm in range(len(table.arms)))
    for arm, title in enumerate(table.arms):
        own = weights[table.treatment == arm]
        if not len(own) or not np.isfinite(own).all() or own.sum() <= 0:
            return Support(None, f"What the arm {title} is worth cannot be told.")
        worth, heaviest = float(own.sum() ** 2 / (own**2).sum()), float(own.max() / own.sum())
        rows.append({"arm": title, "units": len(own), "effective_units": worth, "largest_weight_share": heaviest})
        if worth < EFFECTIVE_NEEDED * smallest:
            faults.append(f"the weighted arm {title} is worth only {worth:,.0f} units (smallest arm: {smallest:,})")
        if heaviest > WEIGHT_ALLOWED:
            faults.append(f"one unit carries {100 * heaviest:.0f} % of the weight of {title}")
    if faults:
        return Support(False, f"Poor overlap: {'; '.join(faults)}.", tuple(rows))
    least = min(rows, key=lambda row: row["effective_units"])
    said = (
        f"Overlap holds: weighted, the arms are worth {least['effective_units']:,.0f} units ({least['arm']}) or more."
    )
    return Support(True, said, tuple(rows))
