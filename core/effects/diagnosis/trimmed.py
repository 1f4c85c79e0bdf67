"""The effect among those who remain when a rule leaves out the units without comparable ones.

The doubly robust scores of the headline's first split, averaged over the remaining units alone. The rule is made of
covariates, so the scores stay right for whom they are averaged over (Crump, Hotz, Imbens and Mitnik 2009).
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from core.effects.interval import NORMAL_975
from core.effects.table import AnalysisTable

if TYPE_CHECKING:  # the learners would weigh the web process down
    from core.effects.nuisances import Nuisances


def trimmed_effect(table: AnalysisTable, nuisances: "Nuisances", kept: np.ndarray, *, estimand: str) -> dict[str, Any]:
    """`estimand, value, low, high` of the ATE or the ATT among the units of a mask (n,)."""
    from core.effects.doubly_robust import Fitted, corrected

    whole = Fitted.of(nuisances, 0, estimand)
    odds = whole.odds if isinstance(whole.odds, float) else whole.odds[kept]
    theirs = Fitted(whole.propensity[kept], whole.control[kept], whole.treated[kept], odds)
    found = corrected(table.only_units(kept, "with comparable units"), theirs, estimand, nuisances.axes.of(kept))
    reach = NORMAL_975 * found.error(table.clusters[kept])
    return {"estimand": estimand, "value": found.value, "low": found.value - reach, "high": found.value + reach}
