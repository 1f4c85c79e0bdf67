"""Along which covariates does the effect change? The best linear projection of the effect on the covariates.

Least squares of the doubly robust scores (Semenova and Chernozhukov 2021): right as a projection whatever the true
shape. All covariates stand in it together, each in its standard deviations.
"""

from typing import Any

import numpy as np
from scipy.stats import chi2

from core.effects.benefits.inference import Numbers, all_at_once, regression, step_down
from core.effects.benefits.judged import Judge
from core.effects.interval import Interval
from core.effects.table import AnalysisTable

UNITS_PER_COLUMN = 20
CHANCE = 0.05


def projection(table: AnalysisTable, judge: Judge, *, seed: int) -> dict[str, Any]:
    """{found, sentence, chance, rows}: one row per covariate, the change of the effect per standard deviation of it.

    chance: of so much change along all covariates together if there were none (Wald test).
    """
    matrix = table.matrix()
    spread = matrix.std(axis=0)
    kept = np.flatnonzero(spread > 0)
    if len(kept) == 0 or table.units < UNITS_PER_COLUMN * (len(kept) + 1):
        said = f"{table.units:,} units are too few for a projection on {len(kept):,} covariates."
        return {"found": None, "sentence": said, "chance": None, "rows": []}
    standard = (matrix[:, kept] - np.average(matrix[:, kept], axis=0, weights=judge.weights)) / spread[kept]
    whole = regression(judge.values, np.column_stack([np.ones(table.units), standard]), judge.weights, judge.clusters)
    slopes = Numbers(whole.values[1:], whole.covariance[1:, 1:])
    statistic = float(slopes.values @ np.linalg.pinv(slopes.covariance, hermitian=True) @ slopes.values)
    chance = float(chi2.sf(statistic, len(kept)))
    reach, chances = all_at_once(slopes, seed=seed), step_down(slopes, seed=seed)
    rows: list[dict[str, Any]] = []
    for at, column in enumerate(kept):
        covariate, own = table.covariates[column], Interval(float(slopes.values[at]), float(slopes.errors[at]))
        rows.append(
            {
                "covariate": covariate.name,
                "title": covariate.title,
                "group": covariate.group,
                **own.plain(),
                "low_together": own.value - reach * own.se,
                "high_together": own.value + reach * own.se,
                "chance": float(slopes.chances[at]),
                "chance_together": float(chances[at]),
            }
        )
    rows.sort(key=lambda row: row["chance"])
    named = [row for row in rows if row["chance_together"] < CHANCE]
    if named:
        said = f"The effect changes along {len(named):,} of {len(rows):,} covariates, most clearly {named[0]['title']}."
    else:
        said = f"Along none of {len(rows):,} covariates does the effect change clearly, all looks counted."
    return {"found": bool(named), "sentence": said, "chance": chance, "rows": rows}
