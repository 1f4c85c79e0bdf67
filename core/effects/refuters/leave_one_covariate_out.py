"""Leave one covariate group out: which one moves the estimate most, and does any one alone turn its sign?

The linear effect without each group is exact and instant, with the paired error of its shift. The groups that move it
most are also left out of the headline's own estimator, as far as the time reaches.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.effects.estimate import clustered_error
from core.effects.groups import called as named
from core.effects.interval import NORMAL_975
from core.effects.partialled import Partialled, contrast, partialled
from core.effects.refutation import Attempt, Refutation, not_by_adjustment, not_told, refutation, sized
from core.effects.refuters.refitting import expected_seconds, refitted
from core.effects.table import AnalysisTable

NAME = "leave_one_covariate_out"
REFITS_AT_MOST: Final = 3


@dataclass(frozen=True)
class LeftOut:
    """The linear effect without one group, and its shift from the full one with a paired 95 % interval."""

    group: str
    value: float
    low: float
    high: float
    shift: float
    shift_low: float
    shift_high: float


def refute(attempt: Attempt) -> Refutation:
    """value, low, high: the linear effect without the group that moves it most."""
    if why := not_by_adjustment(attempt):
        return not_told(NAME, why)
    table, called = contrast(attempt.table)
    full = partialled(table)
    if not all(np.isfinite([full.value, full.se, attempt.headline.value])):
        return not_told(NAME, "Not told: the effect has no value with all groups.")
    rows = left_out(table, full)
    if not rows:
        return not_told(NAME, "Not run: there is no covariate group to leave out.")
    refits, unreached = _refits(attempt, rows)
    details: dict[str, Any] = {
        "full": {"value": full.value, "low": _low(full), "high": _high(full)},
        "rows": [vars(row) for row in rows],
        "headline_rows": refits,
        "unreached": unreached,
    }
    passed, said = _judge(attempt, full, rows, refits, called)
    if unreached:
        said += f" For lack of time the headline was not estimated again without {', '.join(map(named, unreached))}."
    most = rows[0]
    return refutation(
        NAME, passed, said, value=most.value, low=most.low, high=most.high, expected=full.value, details=details
    )


def left_out(table: AnalysisTable, full: Partialled) -> list[LeftOut]:
    """One row per group, the one that moves the linear effect most first."""
    groups = list(dict.fromkeys(covariate.group for covariate in table.covariates))
    rows = []
    for group in groups:
        without = partialled(table.keep(set(groups) - {group}))
        shift = without.value - full.value
        error = clustered_error(without.influence - full.influence, full.clusters)
        rows.append(
            LeftOut(
                group,
                without.value,
                _low(without),
                _high(without),
                shift,
                shift - NORMAL_975 * error,
                shift + NORMAL_975 * error,
            )
        )
    return sorted(rows, key=lambda row: -abs(row.shift))


def _low(parts: Partialled) -> float:
    return parts.value - NORMAL_975 * parts.se


def _high(parts: Partialled) -> float:
    return parts.value + NORMAL_975 * parts.se


def _refits(attempt: Attempt, rows: list[LeftOut]) -> tuple[list[dict[str, Any]], list[str]]:
    """The headline's estimator without the groups that matter most, and the groups that time did not reach."""
    table, used = attempt.table, 0.0
    groups = {covariate.group for covariate in table.covariates}
    found, unreached = [], []
    for row in rows[:REFITS_AT_MOST]:
        used += expected_seconds(table, attempt.headline.estimator)
        if used > attempt.seconds / 4:
            unreached.append(row.group)
            continue
        again = refitted(attempt, table.keep(groups - {row.group}))
        if not isinstance(again, str) and np.isfinite(again.value):
            found.append({"group": row.group, "value": again.value, "low": again.low, "high": again.high})
    return found, unreached


def _judge(
    attempt: Attempt, full: Partialled, rows: list[LeftOut], refits: list[dict[str, Any]], called: str
) -> tuple[bool | None, str]:
    most, headline = rows[0], attempt.headline
    unit = attempt.table.outcome_unit
    moved = (
        f"Leaving {named(most.group)} out moves {called} most: expected about {sized(unit, full.value)}, got "
        f"{sized(unit, most.value, most.low, most.high)}."
    )
    turned = [row.group for row in rows if row.value * full.value < 0]
    turned += [row["group"] for row in refits if row["value"] * headline.value < 0 and row["group"] not in turned]
    clear = _low(full) > 0 or _high(full) < 0 or headline.low > 0 or headline.high < 0
    if not clear:
        return None, f"{moved} The effect is not told apart from 0, so there is no sign to turn."
    if turned:
        return (
            False,
            f"{moved} The sign hangs on {' and on '.join(map(named, turned))} alone: without it the effect turns.",
        )
    return True, f"{moved} No single group turns the sign."
