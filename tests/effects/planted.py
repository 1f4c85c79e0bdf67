"""Analysis tables with a planted effect: three causes of treatment and outcome, and nothing hidden unless asked for."""

import numpy as np
import pandas as pd

from core.effects.estimate import Estimate
from core.effects.nuisances import Nuisances
from core.effects.refutation import Attempt
from core.effects.table import AnalysisTable, Covariate


def as_table(
    matrix: np.ndarray,
    treatment: np.ndarray,
    outcome: np.ndarray,
    *,
    names: tuple[str, ...] = (),
    users: np.ndarray | None = None,
    unit: str = "points",
) -> AnalysisTable:
    """An analysis table of arrays; covariates are called x0, x1, ... and are each a group of their own."""
    names = names or tuple(f"x{column}" for column in range(matrix.shape[1]))
    frame = pd.DataFrame(matrix, columns=list(names))
    frame["unit_id"] = np.arange(len(matrix))
    frame["user_id"] = frame["unit_id"] if users is None else users
    frame["treatment"], frame["outcome"] = treatment.astype(float), outcome.astype(float)
    covariates = tuple(Covariate(name, name, name) for name in names)
    return AnalysisTable(frame, covariates, "offer", "spending", unit, "all units")


def confounded(
    *, units: int = 1000, effect: float = 1.0, treated_more: float = 0.0, strength: float = 0.7, seed: int = 0
) -> AnalysisTable:
    """x0 and x1 raise both treatment (log-odds by `strength`) and outcome (by 1 each); x2 only the outcome.

    The effect is `effect + treated_more * x0`, so that ATE and ATT differ where treated_more is not 0.
    """
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(units, 3))
    propensity = 1 / (1 + np.exp(-strength * (matrix[:, 0] + matrix[:, 1])))
    treatment = rng.random(units) < propensity
    outcome = matrix @ [1.0, 1.0, 0.5] + (effect + treated_more * matrix[:, 0]) * treatment + rng.normal(size=units)
    return as_table(matrix, treatment, outcome)


def separated(*, units: int = 400, seed: int = 0) -> AnalysisTable:
    """x0 all but decides who is treated: no effect in all units can be told."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(units, 2))
    treatment = matrix[:, 0] + 0.05 * rng.normal(size=units) > 0
    return as_table(matrix, treatment, matrix[:, 0] + treatment + rng.normal(size=units))


def attempt(table: AnalysisTable, headline: Estimate, *, seed: int = 0, **placebos: AnalysisTable | None) -> Attempt:
    """What a refuter is given; placebos by the name of the refuter that reads them."""
    given = {name: placebo for name, placebo in placebos.items() if placebo is not None}
    return Attempt(table, headline, Nuisances(table, seed=seed, splits=1), seed, given)
