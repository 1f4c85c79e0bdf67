"""Diagnosis: are the arms comparable, who is not, what did adjustment change, and how small an effect could be seen?"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.effects.diagnosis.balance import balance
from core.effects.diagnosis.exclusion import exclusion
from core.effects.diagnosis.overlap import alternatives, overlap
from core.effects.diagnosis.power import power
from core.effects.diagnosis.waterfall import waterfall
from core.effects.estimate import Estimate
from core.effects.table import AnalysisTable

if TYPE_CHECKING:  # the learners would weigh the web process down
    from core.effects.nuisances import Nuisances


def diagnose(
    table: AnalysisTable,
    estimates: Sequence[Estimate],
    headline: Estimate,
    nuisances: "Nuisances | None",
    *,
    randomised: bool = False,
    seed: int = 0,
) -> dict[str, Any]:
    """The study's section "diagnosis", JSON-ready: overlap, alternatives, exclusion, balance, waterfall, power.

    nuisances: the headline's fits; what needs propensities is left out without them (amounts, several arms).
    """
    found: dict[str, Any] = {
        "waterfall": waterfall(table, headline, seed=seed).plain(),
        "power": power(table, headline).plain(),
    }
    if table.treatment_kind != "binary" or nuisances is None:
        return {"overlap": None, "alternatives": [], "exclusion": None, "balance": None, **found}
    propensity = nuisances.propensity(0)
    estimand = headline.estimand if headline.estimand in ("ATT", "ATO") else "ATE"
    return {
        "overlap": overlap(table, propensity, estimand=estimand).plain(),
        "alternatives": [each.plain() for each in alternatives(table, propensity)],
        "exclusion": exclusion(table, propensity, estimand="ATE" if estimand == "ATO" else estimand).plain(),
        "balance": balance(table, weights_of(estimates, headline), randomised=randomised).plain(),
        **found,
    }


def weights_of(estimates: Sequence[Estimate], headline: Estimate) -> np.ndarray:
    """(n,) the headline's weights; of the first estimate that has any of its own, where the headline has none."""
    return next((each.weights for each in (headline, *estimates) if np.ptp(each.weights) > 0), headline.weights)
