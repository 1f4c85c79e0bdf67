"""DoWhy's regression, weighting and matching, each on a fresh copy, its back-door set found by `maximal-adjustment`.

DoWhy's own number, as it is; what is known to be wrong with each stands in the entry's `says` and in its notes. Errors:
DoWhy's for the regression, a bootstrap of users for the weighting (DoWhy's reuses the propensities of the first run),
none for matching, where no bootstrap is valid (Abadie and Imbens 2008). Only worker processes import this.
"""

from typing import Any

import numpy as np

from core.effects.adapters.peers import (
    DRAWS,
    finished,
    fresh_frame,
    independent_units,
    quietly,
    refuse_sampled,
    refuse_without_covariates,
    users_drawn,
)
from core.effects.estimate import Estimate
from core.effects.nuisances import Nuisances
from core.effects.table import AnalysisTable
from core.errors import NotEnoughData

UNCLIPPED = {"min_ps_score": 1e-9, "max_ps_score": 1 - 1e-9}  # DoWhy cuts at 0.05 and 0.95 unless told not to


def regression(
    table: AnalysisTable, *, estimand: str = "ATO", seed: int = 0, nuisances: Nuisances | None = None
) -> Estimate:
    """`backdoor.linear_regression`: ordinary least squares, whose estimand is closest to the ATO."""
    found = _asked(table, "backdoor.linear_regression", "ate", {})
    error = float(np.ravel(found.get_standard_error())[0])
    return finished("dowhy_regression", table, "ATO", found.value, error, independent_units(table))


def weighting(table: AnalysisTable, *, estimand: str, seed: int = 0, nuisances: Nuisances | None = None) -> Estimate:
    """`backdoor.propensity_score_weighting` with normalised weights, its clipping switched off."""
    settings = {"weighting_scheme": "ips_normalized_weight", **UNCLIPPED}

    def value(units: AnalysisTable) -> float:
        return float(_asked(units, "backdoor.propensity_score_weighting", estimand.lower(), settings).value)

    rng = np.random.default_rng(seed)
    draws = [value(users_drawn(table, rng)) for _ in range(DRAWS)]
    notes = (f"DoWhy's clipping of propensities is switched off; the error is from {DRAWS} bootstrap draws of users.",)
    return finished("dowhy_weighting", table, estimand, value(table), float(np.std(draws, ddof=1)), notes)


def matching(table: AnalysisTable, *, estimand: str, seed: int = 0, nuisances: Nuisances | None = None) -> Estimate:
    """`backdoor.propensity_score_matching`: one neighbour, no correction, and no interval that would be valid."""
    found = _asked(table, "backdoor.propensity_score_matching", estimand.lower(), {})
    notes = ("DoWhy has no valid interval for matching: only the number is shown.",)
    return finished("dowhy_matching", table, estimand, found.value, float("nan"), notes)


def _asked(table: AnalysisTable, method: str, target: str, settings: dict[str, Any]) -> Any:
    from dowhy import CausalModel

    refuse_sampled(table, "DoWhy")
    frame, names = fresh_frame(table)
    refuse_without_covariates(names, "DoWhy")
    with quietly():
        model = CausalModel(frame, treatment="treatment", outcome="outcome", common_causes=names)
        estimand = model.identify_effect(proceed_when_unidentifiable=True, method_name="maximal-adjustment")
        found = model.estimate_effect(
            estimand, method_name=method, target_units=target, method_params=settings, test_significance=False
        )
    if not np.isfinite(found.value):
        raise NotEnoughData(f"DoWhy's {method.removeprefix('backdoor.')} gives no number for this table.")
    return found
