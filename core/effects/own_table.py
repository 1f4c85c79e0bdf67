"""A ready table as an analysis table: the analyst made the units, here only columns are read and gaps are counted.

Covariates must have been measured before the treatment; nothing in a table can prove that, so it is said.
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from core.effects.covariates import Column, independent, number_columns, text_columns
from core.effects.table import CLUSTER, OUTCOME, TREATMENT, UNIT_ID, AnalysisTable, AttritionStep
from core.errors import BadSpec, NotEnoughData

TREATED_WORDS: Final = ("true", "yes", "y", "t", "treated", "treatment", "variant")
CONTROL_WORDS: Final = ("false", "no", "n", "f", "control", "placebo", "none")
SMALLEST_ARM: Final = 2  # what a variance within an arm needs


def own_table(
    frame: pd.DataFrame,
    *,
    treatment: str,
    outcome: str,
    covariates: Sequence[str] | None = None,
    cluster: str | None = None,
) -> AnalysisTable:
    """The analysis table of a ready table with one row per unit.

    treatment: a column of two values (0/1, boolean, or two texts). outcome: a column of numbers or booleans.
    covariates: columns, by default all but ids (`id`, `*_id`), treatment and outcome. cluster: the column whose rows
    belong together. Raises BadSpec for columns that are not there or not of that kind, NotEnoughData for too few rows.
    """
    used = _used_columns(frame, treatment, outcome, covariates, cluster)
    complete = frame[frame[treatment].notna() & frame[outcome].notna()].reset_index(drop=True)
    if complete.empty:
        raise NotEnoughData(
            f"None of the {len(frame):,} rows has both '{treatment}' and '{outcome}'; a study needs some."
        )
    treated, said = _treated(complete[treatment], treatment)
    _refuse_small_arms(treated, treatment)
    measured, unit = _measured(complete[outcome], outcome)
    columns, notes = _columns(complete, used)
    units = np.arange(len(complete))
    table = pd.DataFrame(
        {
            UNIT_ID: units,
            CLUSTER: complete[cluster].astype(str) if cluster else units,
            TREATMENT: treated,
            OUTCOME: measured,
            **{column.covariate.name: column.values for column in columns},
        }
    )
    return AnalysisTable(
        frame=table,
        covariates=tuple(column.covariate for column in columns),
        treatment_title=treatment,
        outcome_title=outcome,
        outcome_unit=unit,
        population="all rows of the table",
        attrition=_attrition(frame, treatment, outcome),
        notes=(said, *notes),
    )


def _used_columns(
    frame: pd.DataFrame, treatment: str, outcome: str, covariates: Sequence[str] | None, cluster: str | None
) -> list[str]:
    """The covariate columns, after every named column was looked up."""
    columns = [str(column) for column in frame.columns]
    named = {"treatment": [treatment], "outcome": [outcome], "covariate": list(covariates or ())}
    for role, names in {**named, "cluster": [cluster] if cluster else []}.items():
        for name in names:
            if name not in columns:
                raise BadSpec(f"The table has no column '{name}' to be the {role}; it has {', '.join(columns[:20])}.")
    if treatment == outcome:
        raise BadSpec(f"Treatment and outcome are the same column '{treatment}'; name two.")
    for name in covariates or ():
        if name in {treatment, outcome}:
            raise BadSpec(f"'{name}' cannot be a covariate: it is the treatment or the outcome; leave it out.")
    if covariates is not None:
        return list(dict.fromkeys(covariates))
    taken = {treatment, outcome, cluster}
    return [name for name in columns if name not in taken and name.lower() != "id" and not name.lower().endswith("_id")]


def _treated(values: pd.Series, name: str) -> tuple[np.ndarray, str]:
    """(n,) 0.0 or 1.0, and the sentence that says which value counts as treated."""
    found = sorted(values.unique(), key=str)
    if len(found) != 2:
        shown = ", ".join(str(value) for value in found[:5])
        raise BadSpec(
            f"The treatment '{name}' has {len(found):,} different values ({shown}); it needs two, such as 0 and 1."
        )
    treated = _treated_value(*found)
    other = next(value for value in found if value != treated)
    return (values == treated).to_numpy(dtype=float), f"Treated are rows whose {name} is {treated}, control {other}."


def _treated_value(first: object, second: object) -> object:
    """Of two values the larger number, or the one a word gives away, or the later in the alphabet."""
    words = [str(value).strip().lower() for value in (first, second)]
    if all(re.fullmatch(r"-?\d+(\.\d+)?", word) for word in words):
        return first if float(words[0]) > float(words[1]) else second
    first_is_treated = words[0] in TREATED_WORDS or words[1] in CONTROL_WORDS
    return first if first_is_treated else second


def _refuse_small_arms(treated: np.ndarray, name: str) -> None:
    count = int(treated.sum())
    if min(count, len(treated) - count) < SMALLEST_ARM:
        raise NotEnoughData(
            f"'{name}' gives {count:,} treated and {len(treated) - count:,} control rows; each needs {SMALLEST_ARM}."
        )


def _measured(values: pd.Series, name: str) -> tuple[np.ndarray, str]:
    """(n,) float, and the outcome's unit: "share" for 0 and 1, else its own."""
    if not (pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values)):
        kinds = {type(value) for value in values}
        if kinds != {bool}:
            raise BadSpec(
                f"The outcome '{name}' is not a number (for example '{values.iloc[0]}'); name a numeric column."
            )
    numbers = values.to_numpy(dtype=float)
    if not np.isfinite(numbers).all():
        raise BadSpec(
            f"The outcome '{name}' has {(~np.isfinite(numbers)).sum():,} infinite values; correct or drop them."
        )
    return numbers, "share" if set(np.unique(numbers)) <= {0.0, 1.0} else name


def _columns(frame: pd.DataFrame, used: list[str]) -> tuple[list[Column], tuple[str, ...]]:
    """The covariates, one group per column, and sentences on gaps and on columns left out."""
    made: list[Column] = []
    notes = []
    for name in used:
        values = frame[name]
        columns = _column(values, name)
        made += columns
        if not columns:
            notes.append(
                f"'{name}' is not a covariate: it is a time, or a text of which no value covers 1 % of the rows."
            )
        elif values.isna().any():
            notes.append(
                f"'{name}' is missing in {values.isna().sum():,} rows; they are marked, a number gets the mean."
            )
    kept, left_out = independent(made)
    return kept, (*notes, *left_out)


def _column(values: pd.Series, name: str) -> list[Column]:
    column = f"covariate {name}" if name in {UNIT_ID, CLUSTER, TREATMENT, OUTCOME} else name
    if pd.api.types.is_datetime64_any_dtype(values):
        return []
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
        return number_columns(values, column, name, name)
    return text_columns(values, column, name, name)


def _attrition(frame: pd.DataFrame, treatment: str, outcome: str) -> tuple[AttritionStep, ...]:
    known = frame[treatment].notna()
    return (
        AttritionStep("rows of the table", len(frame)),
        AttritionStep(f"with a value of {treatment}", int(known.sum())),
        AttritionStep(f"with a value of {outcome}", int((known & frame[outcome].notna()).sum())),
    )
