"""Unobserved common cause: how strong would it have to be, beside the causes that were measured?

For a headline of a binary treatment the nonparametric bound (Chernozhukov et al. 2022), else the linear one (Cinelli
and Hazlett 2020); both in core/effects/sensitivity. It fails when a hidden cause as strong as the strongest measured
covariate group would be enough to explain the effect away.
"""

import numpy as np

from core.effects.partialled import contrast, partialled
from core.effects.refutation import Attempt, Refutation, not_by_adjustment, not_told, refutation
from core.effects.sensitivity import needed, robustness_value
from core.effects.sensitivity.contour import bounds
from core.effects.sensitivity.hidden_cause import headline_exposure, linear_exposure
from core.effects.sensitivity.robustness import benchmarks

NAME = "unobserved_common_cause"


def refute(attempt: Attempt) -> Refutation:
    """value, low, high: what is left of the effect beside a hidden cause as strong as the strongest group."""
    if why := not_by_adjustment(attempt):
        return not_told(NAME, why)
    table, called = contrast(attempt.table)
    parts = partialled(table)
    if not (np.isfinite(parts.partial_f) and np.isfinite(attempt.headline.value)):
        return not_told(NAME, "Not told: the effect has no value, so its robustness is unknown.")
    exposure = headline_exposure(attempt.table, attempt.headline, attempt.nuisances) or linear_exposure(parts)
    value = robustness_value(exposure.partial_f)
    found = benchmarks(table, parts, exposure.partial_f)
    if not found:
        return not_told(
            NAME, f"The robustness value is {100 * value:.1f} %, but there is no covariate to compare with."
        )
    rows = bounds(exposure, found)
    interval = exposure.robust_interval()
    whose = "" if exposure.of == "headline" else f" This is of {called}."
    said = f"{needed(value, found[0])} One of {100 * interval:.1f} % would already bring the interval to 0.{whose}"
    details = {
        "of": exposure.of,
        "robustness_value": value,
        "robustness_of_interval": interval,
        "rows": rows,
        "groups": [vars(each) for each in found],
    }
    if interval == 0:
        why = f"{needed(value, found[0])} But the interval includes 0 already: there is nothing to explain away.{whose}"
        return not_told(NAME, why, details=details)
    return refutation(
        NAME, value > found[0].strength, said, value=rows[0]["value"], low=rows[0]["low"], high=rows[0]["high"],
        expected=exposure.value, details=details,
    )  # fmt: skip
