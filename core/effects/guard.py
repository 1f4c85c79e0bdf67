"""Propensities near certainty: a limit of arithmetic, not a trim. Where it moves any, it is counted and said."""

from typing import Final

import numpy as np

from core.effects.table import AnalysisTable

GUARD: Final = 0.001  # propensities are kept this far from where a weight would be infinite
OF_RARE: Final = 0.02  # or this part of a rare arm's share, where that is less: there nobody is likely to be in it


def guard(propensity: np.ndarray, estimand: str, table: AnalysisTable) -> np.ndarray:
    """(n,) propensities away from where a weight of the estimand is infinite, by the `limits`."""
    if estimand == "ATO":
        return np.asarray(np.clip(propensity, 1e-12, 1 - 1e-12))
    low, high = limits(table.treatment, table.weights)
    return np.asarray(np.clip(propensity, low if estimand == "ATE" else 1e-12, high))


def limits(treatment: np.ndarray, base: np.ndarray) -> tuple[float, float]:
    """The least and the largest propensity that is taken as it is, where units stand for `base` (n,) units."""
    share = share_of(treatment, base)
    return least(share), 1 - least(1 - share)


def least(share: float) -> float:
    """The least probability to be in an arm of this share that is taken as it is."""
    return min(GUARD, OF_RARE * share)


def share_of(arm: np.ndarray, base: np.ndarray) -> float:
    """The share of an arm (n,) of 0 and 1, where units stand for `base` (n,) units."""
    return float(np.average(arm, weights=base))


def said_of_guarded(count: int, table: AnalysisTable) -> tuple[str, ...]:
    """A sentence where any propensity was moved."""
    if not count:
        return ()
    low, high = limits(table.treatment, table.weights)
    within = f"{GUARD} of certainty" if abs(low + high - 1) < 1e-9 else f"{low:.2g} of 0 or {1 - high:.2g} of 1"
    return (f"{count:,} of {table.units:,} propensities lay within {within} and were moved to that limit.",)
