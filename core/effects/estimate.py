"""An estimate: one number with its interval, and the influence of each unit on it.

Every estimator here is, up to a remainder, an average of one influence per unit. So one rule gives all errors: add the
influences of a user's units, and take the variance of those sums.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from core.effects.interval import Ranged

ESTIMANDS: Final = {
    "difference": "difference between the arms",
    "ATE": "average effect in all units (ATE)",
    "ATT": "average effect in the treated units (ATT)",
    "ATO": "average effect in the overlap population, where either arm was likely (ATO)",
    "LATE": "average effect in the units that the instrument moves (LATE)",
    "CUTOFF": "effect at the cutoff",
    "SLOPE": "effect of one unit more of the treatment, averaged over the units",
    "DIRECT": "effect that does not run through the mediators (natural direct effect)",
    "INDIRECT": "effect that runs through the mediators (natural indirect effect)",
    "RMTL": "difference in the mean time until the outcome, within the window",
}


@dataclass(frozen=True)
class Estimate(Ranged):
    """A value in the outcome's unit with its standard error and 95 % interval.

    effective_units: (treated, control), how many equally weighted units the weighted arms are worth;
    largest_weight_share: share of its arm's weight on the heaviest unit; influence: (n,) with mean 0;
    weights: (n,) weight of a unit within its arm; split_values: the value of each random split, where there are splits.
    details: JSON-ready findings of this method alone (a first stage, a curve, one row per arm), by name. unit: of the
    value, where it is not that of the outcome. gaps: (n, arms - 1) influence on each arm's difference from the control,
    where there are several.
    """

    estimator: str
    title: str
    estimand: str
    value: float
    se: float
    effective_units: tuple[float, float]
    largest_weight_share: float
    influence: np.ndarray
    weights: np.ndarray
    notes: tuple[str, ...] = ()
    split_values: tuple[float, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    unit: str | None = None
    gaps: np.ndarray | None = None

    def plain(self) -> dict[str, Any]:
        """JSON-ready: everything but what is one number per unit."""
        treated, control = self.effective_units
        return {
            "estimator": self.estimator,
            "title": self.title,
            "estimand": self.estimand,
            "value": self.value,
            "se": self.se,
            "low": self.low,
            "high": self.high,
            "effective_units": {"treated": treated, "control": control},
            "largest_weight_share": self.largest_weight_share,
            "split_values": list(self.split_values),
            "notes": list(self.notes),
            "details": dict(self.details),
            "unit": self.unit,
        }


def clustered_error(influence: np.ndarray, clusters: np.ndarray) -> float:
    """Standard error of a mean of influences (n,), whose sums by cluster code (n,) are independent.

    sqrt(G / (G - 1) * sum of squared cluster sums) / n, with G clusters: Liang and Zeger (1986). NaN for one cluster.
    """
    sums = np.bincount(clusters, weights=influence - influence.mean())
    count = np.count_nonzero(np.bincount(clusters))
    if count < 2:
        return float("nan")
    return float(np.sqrt(count / (count - 1) * (sums**2).sum()) / len(influence))


def effective_units(weights: np.ndarray, treatment: np.ndarray) -> tuple[float, float]:
    """(treated, control): Kish's effective number of units of each weighted arm, (sum w)^2 / sum w^2."""
    return _effective(weights[treatment == 1]), _effective(weights[treatment == 0])


def largest_weight_share(weights: np.ndarray, treatment: np.ndarray) -> float:
    """The largest share of its arm's weight that one unit carries."""
    arms = [weights[treatment == arm] for arm in (0, 1)]
    return float(max(arm.max() / arm.sum() if arm.sum() > 0 else 1.0 for arm in arms))


def _effective(weights: np.ndarray) -> float:
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0
