"""Raw difference: the mean outcome of the treated minus that of the controls.

Assumes that the arms would have had the same mean outcome without treatment, which holds in an experiment and hardly
ever in a log. Standard error with unequal variances (Welch 1947), summed by user; without repeated users it is exactly
sqrt(s1^2 / n1 + s0^2 / n0).
"""

from typing import TYPE_CHECKING

import numpy as np

from core.effects.estimate import Estimate, clustered_error, effective_units, largest_weight_share
from core.effects.estimators import ESTIMATORS
from core.effects.table import AnalysisTable

if TYPE_CHECKING:  # the page shows the raw difference at once; the learners would weigh its process down
    from core.effects.nuisances import Nuisances


def estimate(
    table: AnalysisTable, *, estimand: str = "difference", seed: int = 0, nuisances: "Nuisances | None" = None
) -> Estimate:
    """The raw difference in the outcome's unit. The estimand is always "difference": nothing is adjusted for."""
    treatment, outcome, clusters = table.treatment, table.outcome, table.clusters
    base = table.weights / table.weights.mean()
    means, influence = {}, np.zeros(table.units)
    for arm in (0, 1):
        rows = treatment == arm
        means[arm] = float(np.average(outcome[rows], weights=base[rows]))
        users = len(np.unique(clusters[rows]))
        small_arm = np.sqrt(users / (users - 1)) if users > 1 else np.nan
        share = base[rows].sum() / table.units
        influence[rows] = (1 if arm else -1) * small_arm * base[rows] * (outcome[rows] - means[arm]) / share
    all_users = len(np.unique(clusters))
    return Estimate(
        estimator="raw",
        title=ESTIMATORS["raw"].title,
        estimand="difference",
        value=means[1] - means[0],
        se=clustered_error(influence, clusters) * float(np.sqrt((all_users - 1) / all_users)),
        effective_units=effective_units(base, treatment),
        largest_weight_share=largest_weight_share(base, treatment),
        influence=influence,
        weights=base,
        notes=("Nothing is adjusted for: this compares different people.",),
    )
