"""An estimate: one number with its interval, and the influence of each unit on it.

Every estimator here is, up to a remainder, an average of one influence per unit. So one rule gives all errors: add the
influences of a user's units, and take the variance of those sums.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

NORMAL_975 = 1.959963984540054  # 97.5 % point of the normal distribution

ESTIMANDS = {
    "difference": "difference between the arms",
    "ATE": "average effect in all units (ATE)",
    "ATT": "average effect in the treated units (ATT)",
}


@dataclass(frozen=True)
class Estimate:
    """A value in the outcome's unit with its standard error and 95 % interval.

    effective_units: (treated, control), how many equally weighted units the weighted arms are worth;
    largest_weight_share: share of its arm's weight on the heaviest unit; influence: (n,) with mean 0;
    weights: (n,) weight of a unit within its arm; split_values: the value of each random split, where there are splits.
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

    @property
    def low(self) -> float:
        return self.value - NORMAL_975 * self.se

    @property
    def high(self) -> float:
        return self.value + NORMAL_975 * self.se

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
