"""The rule of a trimming: between which propensities units remain.

One rule for the study's own units and for every null pair, each by its own propensities.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

DIGITS: Final = 3  # of a cut that was computed, so that the rule is what it says


@dataclass(frozen=True)
class Cut:
    """low, high: the propensities between which units remain, both included."""

    low: float
    high: float

    @property
    def says(self) -> str:
        """Who remains: "a propensity from 0.05 to 0.95"."""
        if self.low == 0:
            return f"a propensity of at most {self.high:.3g}"
        return f"a propensity from {self.low:.3g} to {self.high:.3g}"

    def keeps(self, propensity: np.ndarray) -> np.ndarray:
        """(n,) whether a unit with this propensity remains."""
        return np.asarray((propensity >= self.low) & (propensity <= self.high))


@dataclass(frozen=True)
class TrimRule:
    """asked: where to cut on both sides, or "auto" for the best cut; treated: whether the effect is of the treated, who
    are cut where nearly everybody is treated (controls unlike them carry no weight)."""

    asked: float | str
    treated: bool = False

    def cut(self, propensity: np.ndarray, weights: np.ndarray) -> Cut:
        """The cut for units of these propensities (n,) that stand for so many each (n,)."""
        at = best_cut(propensity, weights, treated=self.treated) if self.asked == "auto" else float(self.asked)
        return Cut(0.0 if self.treated else at, 1 - at)


def best_cut(propensity: np.ndarray, weights: np.ndarray, *, treated: bool) -> float:
    """The cut whose units have the smallest variance bound of their average effect, were the outcome's variance the
    same everywhere; 0 where leaving nobody out is best. treated: of the effect on the treated, cut above alone.

    Crump et al. (2009), theorem 1 and its counterpart for the treated: the bound of a set of units is the mean of
    1 / (e (1 - e)) over it, divided by its share; for the treated of 1 / (1 - e), each unit counting by e.
    """
    share = np.clip(propensity, 1e-9, 1 - 1e-9)
    cost = 1 / (1 - share) if treated else 1 / (share * (1 - share))
    base = weights * share if treated else weights
    order = np.argsort(cost, kind="stable")
    size = np.cumsum(base[order])
    bound = np.cumsum((base * cost)[order]) / size**2
    last = np.append(np.diff(cost[order]) > 0, True)  # units alike stay together
    places = np.flatnonzero(last)
    best = places[int(np.argmin(bound[places]))]
    if best == len(order) - 1:
        return 0.0
    most = float(cost[order[best]])
    cut = 1 / most if treated else 0.5 - np.sqrt(0.25 - 1 / most)
    return float(np.floor(cut * 10**DIGITS) / 10**DIGITS)
