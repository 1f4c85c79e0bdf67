"""The analysis table: one row per unit, and what every estimator, diagnostic and refuter is given.

`analysis_table` builds it from a log, `own_table` from a ready file; from here on nobody asks where it came from.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import pandas as pd

UNIT_ID: Final = "unit_id"
TREATMENT: Final = "treatment"
OUTCOME: Final = "outcome"
CLUSTER: Final = "user_id"
# Columns that some tables have besides.
WEIGHT: Final = "sampling_weight"  # 1 / share of such units that were sampled; absent where all were taken
UPTAKE_DAYS: Final = (
    "uptake_days"  # from time zero to the first treatment, NaN where there was none in the outcome window
)
EVENT_DAYS: Final = "event_days"  # from time zero to the first outcome event, NaN where there was none in its window
FOLLOWED_DAYS: Final = "followed_days"  # from time zero to the end of what was observed
LAST_DAYS: Final = (
    "last_event_days"  # from a landmark to the user's last event within the grace period, NaN where there was none
)

TreatmentKind = Literal["binary", "dose", "arms"]


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
    """One row per unit: `unit_id, user_id, treatment, outcome (float)` and the covariates (float, no nulls).

    treatment: 0 or 1 ("binary"), an amount ("dose"), or the number of an arm in `arms`, of which the first is the
    control ("arms"). user_id clusters the errors (equal to unit_id where units are independent). outcome_title and unit
    are for people: "bought within 1 day", "share" (shown in percentage points) or the outcome's own unit.
    Some tables also hold WEIGHT, UPTAKE_DAYS, EVENT_DAYS, FOLLOWED_DAYS and LAST_DAYS. instruments, mediators: columns
    measured besides the covariates, for the estimators that need them; running, cutoff: the column and the value of it
    from which units were treated; grace_days: within how long after time zero the treatment may be taken up;
    window_days: how long after time zero the outcome counts; without_columns: groups asked for that no column can stand
    for (an id, a text that is another in each row).
    """

    frame: pd.DataFrame
    covariates: tuple[Covariate, ...]
    treatment_title: str
    outcome_title: str
    outcome_unit: str
    population: str
    attrition: tuple[AttritionStep, ...] = ()
    notes: tuple[str, ...] = ()
    treatment_kind: TreatmentKind = "binary"
    arms: tuple[str, ...] = ()
    instruments: tuple[Covariate, ...] = ()
    mediators: tuple[Covariate, ...] = ()
    running: Covariate | None = None
    cutoff: float | None = None
    grace_days: float | None = None
    window_days: float | None = None
    without_columns: tuple[str, ...] = ()

    @property
    def treatment(self) -> np.ndarray:
        """(n,) float: 0.0 or 1.0, an amount, or the number of an arm, by `treatment_kind`."""
        return self.frame[TREATMENT].to_numpy(dtype=float)

    @property
    def outcome(self) -> np.ndarray:
        """(n,) float."""
        return self.frame[OUTCOME].to_numpy(dtype=float)

    @property
    def clusters(self) -> np.ndarray:
        """(n,) integer code of the user each unit belongs to."""
        return pd.factorize(self.frame[CLUSTER])[0]

    @property
    def weights(self) -> np.ndarray:
        """(n,) how many units of the population each unit stands for: 1 where nothing was sampled."""
        return self.frame[WEIGHT].to_numpy(dtype=float) if WEIGHT in self.frame else np.ones(len(self.frame))

    @property
    def sampled(self) -> bool:
        """Whether units stand for different numbers of units of the population."""
        return WEIGHT in self.frame and bool(np.ptp(self.weights) > 0)

    def matrix(self) -> np.ndarray:
        """(n, p) covariates in the order of `covariates`; p may be 0."""
        return self.frame[[covariate.name for covariate in self.covariates]].to_numpy(dtype=float)

    @property
    def units(self) -> int:
        return len(self.frame)

    def keep(self, groups: set[str]) -> "AnalysisTable":
        """The same units with only the covariates of the given groups."""
        return replace(self, covariates=tuple(each for each in self.covariates if each.group in groups))

    def only_units(self, chosen: np.ndarray, title: str) -> "AnalysisTable":
        """The units of a mask (n,), as one more step of attrition."""
        frame = self.frame[chosen].reset_index(drop=True)
        return replace(self, frame=frame, attrition=(*self.attrition, AttritionStep(title, len(frame))))
