"""The headline's estimator, or another, once more on another table; and how long that should take."""

import numpy as np

from core.effects.chosen import misfit
from core.effects.estimate import Estimate
from core.effects.estimators import ESTIMATORS
from core.effects.refutation import Attempt
from core.effects.table import AnalysisTable
from core.errors import WhypathError

QUICK_CELLS, SLOW_CELLS = 5e6, 2e5  # covariate values a second, on one core (measured)
QUICKEST = 0.02


def refitted(
    attempt: Attempt, table: AnalysisTable, *, estimator: str | None = None, estimand: str | None = None
) -> Estimate | str:
    """The estimate with one random split, or the sentence that says why there is none; by default with the headline's
    estimator and estimand."""
    from core.effects.nuisances import Nuisances

    entry, estimand = ESTIMATORS[estimator or attempt.headline.estimator], estimand or attempt.headline.estimand
    if why := misfit(table, entry, estimand):
        return f"{entry.title} has no answer here: {why}."
    learns = table.treatment_kind == "binary" and not entry.screening
    nuisances = Nuisances(table, seed=attempt.seed, splits=1) if learns else None
    try:
        found: Estimate = entry.load()(table, estimand=estimand, seed=attempt.seed, nuisances=nuisances)
    except WhypathError as error:
        return str(error)
    except np.linalg.LinAlgError:
        return "The estimator has no value here: its equations have no single solution."
    return found


def expected_seconds(table: AnalysisTable, estimator: str) -> float:
    """About how long one fit takes, from the table's size alone: a plan made with it is the same on every machine."""
    cells = table.units * (1 + len(table.covariates))
    return QUICKEST + cells / (QUICK_CELLS if ESTIMATORS[estimator].screening else SLOW_CELLS)
