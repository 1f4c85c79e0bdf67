"""NHEFS: 1,629 smokers followed from 1971 to 1982, of whom 403 of 1,566 that were weighed again had quit.

The running example of Hernan and Robins, *Causal Inference: What If*. Its published effect of quitting on weight gain is
3.4 to 3.5 kg with intervals near 2.5 to 4.5 (weighting, weighting with censoring, standardisation, g-estimation), beside
a raw difference of 2.5.
"""

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import statsmodels.api as sm

TREATMENT, OUTCOME, FOLLOWED = "qsmk", "wt82_71", "stands_for"
NAMED: Final = ("sex", "race", "education", "exercise", "active")  # numbers that are names
AMOUNTS: Final = ("age", "smokeintensity", "smokeyrs", "wt71")
SQUARES: Final = tuple(f"{name}_squared" for name in AMOUNTS)
COVARIATES: Final = (*NAMED, *AMOUNTS, *SQUARES)
PUBLISHED, PUBLISHED_LOW, PUBLISHED_HIGH, PUBLISHED_RAW = (3.4, 3.5), 2.5, 4.5, 2.54


def nhefs(folder: Path) -> pd.DataFrame:
    """(1,629 rows) treatment, outcome (null for 63), the book's covariates with its squares, price82, and `stands_for`:
    one over the probability of having been weighed again, given treatment and covariates."""
    frame = pd.read_parquet(folder / "nhefs" / "nhefs.parquet")
    made = frame[[TREATMENT, OUTCOME, *AMOUNTS, "price82"]].copy()
    for name in NAMED:
        made[name] = "is " + frame[name].astype(str)
    for name, square in zip(AMOUNTS, SQUARES, strict=True):
        made[square] = made[name] ** 2.0
    columns = pd.get_dummies(made[list(COVARIATES)], columns=list(NAMED), drop_first=True).astype(float)
    design = sm.add_constant(columns.assign(treated=made[TREATMENT].astype(float)))
    design[list(AMOUNTS)] -= design[list(AMOUNTS)].mean()
    seen = made[OUTCOME].notna().to_numpy(dtype=float)
    standard = design / np.where(design.std() > 0, design.std(), 1.0)
    made[FOLLOWED] = 1 / sm.Logit(seen, standard).fit(disp=0, maxiter=200).predict(standard)
    return made
