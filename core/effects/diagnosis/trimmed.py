"""The effect among those who remain when a rule leaves out the units without comparable ones.

The doubly robust scores (`estimators.aipw`) of the first split, averaged over the remaining units alone. The rule is
made of covariates, so the scores stay right for whom they are averaged over (Crump, Hotz, Imbens and Mitnik 2009).
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from core.effects.diagnosis.overlap import GUARD, population_weights
from core.effects.estimate import NORMAL_975, clustered_error
from core.effects.table import AnalysisTable

if TYPE_CHECKING:  # the learners would weigh the web process down
    from core.effects.nuisances import Nuisances


def trimmed_effect(table: AnalysisTable, nuisances: "Nuisances", kept: np.ndarray, *, estimand: str) -> dict[str, Any]:
    """`estimand, value, low, high` of the ATE or the ATT among the units of a mask (n,)."""
    treatment, outcome, base = table.treatment[kept], table.outcome[kept], table.weights[kept]
    propensity = np.clip(nuisances.propensity(0)[kept], GUARD, 1 - GUARD)
    weights = population_weights(treatment, propensity, estimand, base)
    control = nuisances.outcome(0, 0)[kept]
    mean = [weights[treatment == arm].sum() for arm in (0, 1)]
    surprise = (1 - treatment) * weights / mean[0] * (outcome - control) * len(treatment)
    if estimand == "ATT":
        among = base * treatment / (base * treatment).mean()
        score = among * (outcome - control) - surprise
        value = float(score.mean())
        influence = score - value * among
    else:
        treated, among = nuisances.outcome(1, 0)[kept], base / base.mean()
        score = among * (treated - control) - surprise
        score = score + treatment * weights / mean[1] * (outcome - treated) * len(treatment)
        value = float(score.mean())
        influence = score - value * among
    error = clustered_error(influence, table.clusters[kept])
    reach = NORMAL_975 * error
    return {"estimand": estimand, "value": value, "low": value - reach, "high": value + reach}
