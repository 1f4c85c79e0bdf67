"""The E-value: how strong would a hidden cause have to be, as a risk ratio with both treatment and outcome?

VanderWeele and Ding (Annals of Internal Medicine 2017): E = RR + sqrt(RR (RR - 1)) for RR >= 1, of 1 / RR below 1. For
an outcome that is no share the risk ratio is approximated by exp(0.91 d) from the standardised difference d, as they
do. A hidden cause can be compared with measured ones: the E-value of the shift that leaving a covariate group out makes
(the observed covariate E-value of McGowan and Greevy, 2020).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.effects.estimate import Estimate
from core.effects.partialled import partialled
from core.effects.table import AnalysisTable

PER_DEVIATION = 0.91  # log risk ratio per standard deviation (Chinn 2000; VanderWeele and Ding 2017)


@dataclass(frozen=True)
class EValue:
    """point: E-value of the estimate; limit: of the limit of its interval nearer to no effect (1 where it has that).

    ratio, ratio_low, ratio_high: the risk ratio and its interval; scale: "risk ratio", or "standardised difference"
    where it is approximated; groups: the E-value of each measured covariate group, strongest first.
    """

    point: float
    limit: float
    ratio: float
    ratio_low: float
    ratio_high: float
    scale: str
    groups: tuple[tuple[str, float], ...]

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {**vars(self), "groups": [{"group": group, "e_value": value} for group, value in self.groups]}


def e_value_of(ratio: float) -> float:
    """The E-value of a risk ratio: 1 for no effect, NaN for a ratio that is not positive."""
    if not (np.isfinite(ratio) and ratio > 0):
        return float("nan")
    above = max(ratio, 1 / ratio)
    return float(above + np.sqrt(above * (above - 1)))


def e_value(table: AnalysisTable, headline: Estimate) -> EValue | None:
    """Of the headline; None where the outcome has no level to form a ratio with.

    The control level is the controls' mean under the headline's weights, taken as known.
    """
    to_ratio, scale = _converter(table, headline)
    if to_ratio is None:
        return None
    ratios = [to_ratio(each) for each in (headline.value, headline.low, headline.high)]
    if not all(np.isfinite(ratios)) or min(ratios) <= 0:
        return None
    ratio, low, high = ratios
    nearer = low if ratio >= 1 else high
    limit = 1.0 if low <= 1 <= high else e_value_of(nearer)
    return EValue(e_value_of(ratio), limit, ratio, low, high, scale, _of_groups(table, to_ratio))


def _converter(table: AnalysisTable, headline: Estimate) -> tuple[Any, str]:
    """A function from an effect in the outcome's unit to a risk ratio, and what it is called."""
    control = table.treatment == 0
    if not control.any() or len(headline.weights) != table.units:
        return None, ""
    weights = headline.weights[control]
    outcome = table.outcome[control]
    if not weights.sum() > 0:
        return None, ""
    level = float(np.average(outcome, weights=weights))
    if table.outcome_unit == "share":
        if not 0 < level < 1:
            return None, ""
        smallest = 0.5 / table.units  # a level of 0 has no ratio
        return lambda effect: max(level + effect, smallest) / level, "risk ratio"
    spread = float(np.sqrt(np.average((table.outcome - table.outcome.mean()) ** 2, weights=table.weights)))
    if not spread > 0:
        return None, ""
    return lambda effect: float(np.exp(PER_DEVIATION * effect / spread)), "standardised difference"


def _of_groups(table: AnalysisTable, to_ratio: Any) -> tuple[tuple[str, float], ...]:
    """What leaving each group out does to the linear effect, as an E-value."""
    groups = list(dict.fromkeys(covariate.group for covariate in table.covariates))
    full = to_ratio(partialled(table).value)
    found = []
    for group in groups:
        without = to_ratio(partialled(table.keep(set(groups) - {group})).value)
        value = e_value_of(without / full) if full > 0 else float("nan")
        if np.isfinite(value):
            found.append((group, value))
    return tuple(sorted(found, key=lambda each: -each[1]))
