"""Covariates in the units people think in, for segments and rules: no logarithms, the hour of day as one number."""

from dataclasses import replace

import numpy as np

from core.effects.diagnosis.rules import HOUR, LOG, readable_columns
from core.effects.table import AnalysisTable, Covariate

ROUNDING = 1e-6  # a whole number that came back from a logarithm is this close to it


def readable(table: AnalysisTable) -> tuple[tuple[Covariate, ...], np.ndarray]:
    """The covariates with titles to read, and their values (n, k)."""
    sources = {covariate.title: covariate for covariate in table.covariates}
    covariates, columns = [], []
    for column in readable_columns(table):
        source = sources.get(column.title) or sources.get(column.title + LOG) or sources[HOUR[0]]
        covariates.append(replace(source, title=column.title))
        whole = np.round(column.values)
        columns.append(np.where(np.abs(column.values - whole) < ROUNDING, whole, column.values))
    return tuple(covariates), np.column_stack(columns) if columns else np.zeros((table.units, 0))


def is_flag(values: np.ndarray) -> bool:
    """Whether a column only says yes (1) or no (0)."""
    return set(np.unique(values)) <= {0.0, 1.0}


def is_level(covariate: Covariate) -> bool:
    """Whether a flag was made of one value of an attribute, which its title then names."""
    return "=" in covariate.name or covariate.name.endswith((":other", ":missing"))


def bound(threshold: float, values: np.ndarray) -> str:
    """A threshold in words: whole among whole numbers, else to four digits."""
    whole = bool((values == np.round(values)).all())
    return f"{np.floor(threshold):,.12g}" if whole else f"{threshold:,.4g}"
