"""The headline's estimator, or another, once more on another table."""

import numpy as np

from core.effects.chosen import misfit
from core.effects.estimate import Estimate
from core.effects.estimators import ESTIMATORS
from core.effects.refutation import Attempt
from core.effects.table import AnalysisTable
from core.errors import WhypathError


def refitted(attempt: Attempt, table: AnalysisTable, *, estimator: str | None = None) -> Estimate | str:
    """The estimate with the headline's estimand and one random split, or the sentence that says why there is none."""
    from core.effects.nuisances import Nuisances

    entry = ESTIMATORS[estimator or attempt.headline.estimator]
    if why := misfit(table, entry, attempt.headline.estimand):
        return f"{entry.title} has no answer here: {why}."
    nuisances = Nuisances(table, seed=attempt.seed, splits=1) if table.treatment_kind == "binary" else None
    try:
        found: Estimate = entry.load()(
            table, estimand=attempt.headline.estimand, seed=attempt.seed, nuisances=nuisances
        )
    except WhypathError as error:
        return str(error)
    except np.linalg.LinAlgError:
        return "The estimator has no value here: its equations have no single solution."
    return found
