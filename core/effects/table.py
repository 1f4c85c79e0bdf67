"""The analysis table: one row per unit, and what every estimator, diagnostic and refuter is given.

`analysis_table` builds it from a log, `own_table` from a ready file; from here on nobody asks where it came from.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

UNIT_ID = "unit_id"
TREATMENT = "treatment"
OUTCOME = "outcome"
CLUSTER = "user_id"


@dataclass(frozen=True)
class Covariate:
    """One numeric column measured before time zero.

    name: its column in the frame; title: in words; group: the node of the causal graph it belongs to (columns made from
    one attribute or one kind of history share it).
    """

    name: str
    title: str
    group: str


@dataclass(frozen=True)
class AttritionStep:
    """How many units were left after one rule, in the order the rules were applied."""

    title: str
    units: int


@dataclass(frozen=True)
class AnalysisTable:
    """One row per unit: `unit_id, user_id, treatment (0/1), outcome (float)` and the covariates (float, no nulls).

    user_id clusters the errors (equal to unit_id where units are independent). outcome_title and unit are for people:
    "bought within 1 day", "share" (shown in percentage points) or the outcome's own unit.
    """

    frame: pd.DataFrame
    covariates: tuple[Covariate, ...]
    treatment_title: str
    outcome_title: str
    outcome_unit: str
    population: str
    attrition: tuple[AttritionStep, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def treatment(self) -> np.ndarray:
        """(n,) 0.0 or 1.0."""
        return self.frame[TREATMENT].to_numpy(dtype=float)

    @property
    def outcome(self) -> np.ndarray:
        """(n,) float."""
        return self.frame[OUTCOME].to_numpy(dtype=float)

    @property
    def clusters(self) -> np.ndarray:
        """(n,) integer code of the user each unit belongs to."""
        return pd.factorize(self.frame[CLUSTER])[0]

    def matrix(self) -> np.ndarray:
        """(n, p) covariates in the order of `covariates`; p may be 0."""
        return self.frame[[covariate.name for covariate in self.covariates]].to_numpy(dtype=float)

    @property
    def units(self) -> int:
        return len(self.frame)

    def keep(self, groups: set[str]) -> "AnalysisTable":
        """The same units with only the covariates of the given groups."""
        kept = tuple(covariate for covariate in self.covariates if covariate.group in groups)
        return AnalysisTable(
            self.frame, kept, self.treatment_title, self.outcome_title, self.outcome_unit, self.population,
            self.attrition, self.notes,
        )  # fmt: skip

    def only_units(self, chosen: np.ndarray, title: str) -> "AnalysisTable":
        """The units of a mask (n,), as one more step of attrition."""
        frame = self.frame[chosen].reset_index(drop=True)
        return replace(self, frame=frame, attrition=(*self.attrition, AttritionStep(title, len(frame))))
