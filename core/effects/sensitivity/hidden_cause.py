"""What a hidden cause could do to the headline, without assuming that anything is linear.

Chernozhukov, Cinelli, Newey, Sharma and Syrgkanis, "Long story short: omitted variable bias in causal machine learning"
(2022). With outcome model g and Riesz representer a (the weights with which an average of outcomes becomes the effect),
|bias| <= S x sqrt(cy x cd / (1 - cd)), S^2 = E(y - g)^2 x E a^2: cy is the share of the outcome's remaining variance
that the hidden cause explains, cd the share of the representer's variance that it adds. Same form as the linear one, so
the same robustness value serves; the measured groups are held beside it by their linear strengths, an approximation.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq

from core.effects.estimate import Estimate, clustered_error
from core.effects.estimators import ESTIMATORS
from core.effects.guard import limits
from core.effects.interval import NORMAL_975
from core.effects.partialled import Partialled
from core.effects.table import AnalysisTable

if TYPE_CHECKING:  # the learners would weigh the web process down
    from core.effects.nuisances import Nuisances

BOUNDED = ("ATE", "ATT", "ATO")


@dataclass(frozen=True)
class Exposure:
    """An effect and what decides how far a hidden cause can move it.

    value: the effect; scale: S; influence: (n,) of the value; scale_influence: (n,) of S; of: "headline" or "linear".
    """

    of: str
    value: float
    scale: float
    influence: np.ndarray
    scale_influence: np.ndarray
    clusters: np.ndarray

    @property
    def partial_f(self) -> float:
        """|value| in units of scale."""
        return abs(self.value) / self.scale if self.scale > 0 else float("nan")

    def bounded(self, strength: float) -> tuple[float, float, float]:
        """(value, low, high) after the worst that a hidden cause of this |partial f| can do towards 0 and beyond.

        The interval counts that S is estimated, too.
        """
        sign = 1.0 if self.value >= 0 else -1.0
        value = self.bounded_value(strength)
        error = clustered_error(self.influence - sign * strength * self.scale_influence, self.clusters)
        return value, value - NORMAL_975 * error, value + NORMAL_975 * error

    def bounded_value(self, strength: float) -> float:
        """The value alone of `bounded`."""
        return self.value - (1.0 if self.value >= 0 else -1.0) * strength * self.scale

    def robust_interval(self) -> float:
        """Equal partial R2 with treatment and outcome that would let the 95 % interval reach 0; 0 if it does anyway."""

        def distance(share: float) -> float:
            _, low, high = self.bounded(share / np.sqrt(1 - share))
            return low if self.value >= 0 else -high

        if not np.isfinite(distance(0.0)):
            return float("nan")
        if distance(0.0) <= 0:
            return 0.0
        return float(brentq(distance, 0.0, 1 - 1e-9)) if distance(1 - 1e-9) < 0 else 1.0


def linear_exposure(parts: Partialled) -> Exposure:
    """The linear effect; S is its residuals' spread over the treatment's."""
    units = len(parts.roots)
    squares, spread = parts.rest**2, parts.treatment**2
    relative = squares / squares.mean() - spread / spread.mean()
    widened = parts.influence * np.sqrt(units / parts.freedom)
    return Exposure("linear", parts.value, parts.scale, widened, parts.scale * relative / 2, parts.clusters)


def headline_exposure(table: AnalysisTable, headline: Estimate, nuisances: "Nuisances") -> Exposure | None:
    """Of a binary treatment, from the first split's propensities and outcomes; None for other estimands."""
    adjusts = not {"instrument", "mediator", "running"} & set(ESTIMATORS[headline.estimator].needs)
    bounded = adjusts and table.treatment_kind == "binary" and headline.estimand in BOUNDED
    if not bounded or len(headline.influence) != table.units:
        return None
    propensity = np.clip(nuisances.propensity(0), *limits(table.treatment, table.weights))
    treated = table.treatment == 1
    expected = np.where(treated, nuisances.outcome(1, 0), nuisances.outcome(0, 0))
    weights = table.weights / table.weights.mean()
    surprise = weights * (table.outcome - expected) ** 2
    representer, moment = _representer(table.treatment, propensity, weights, headline.estimand)
    reach = weights * (2 * moment - representer**2)
    sigma, nu = float(surprise.mean()), float(reach.mean())
    if not (sigma > 0 and nu > 0):
        return None
    scale = float(np.sqrt(sigma * nu))
    slope = (nu * (surprise - sigma) + sigma * (reach - nu)) / (2 * scale)
    return Exposure("headline", headline.value, scale, headline.influence, slope, table.clusters)


def _representer(
    treatment: np.ndarray, propensity: np.ndarray, weights: np.ndarray, estimand: str
) -> tuple[np.ndarray, np.ndarray]:
    """(n,) Riesz representer of the estimand at each unit, and the estimand's own contrast of the representer."""
    tilt, counted = np.ones_like(propensity), np.ones_like(propensity)  # whom the estimand averages over
    if estimand == "ATT":
        share = np.average(treatment, weights=weights)
        tilt, counted = propensity / share, treatment / share
    elif estimand == "ATO":
        either = propensity * (1 - propensity)
        tilt = counted = either / np.average(either, weights=weights)
    representer = tilt * (treatment / propensity - (1 - treatment) / (1 - propensity))
    return representer, counted * tilt * (1 / propensity + 1 / (1 - propensity))
