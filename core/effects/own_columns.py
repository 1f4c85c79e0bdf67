"""The other columns of a ready table: which one plays which role, and covariates as numbers without gaps."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
import pandas as pd

from core.effects.covariates import TEXT_LEVELS, Column, independent, number_columns, text_columns
from core.effects.study_spec import StudySpec
from core.effects.table import CLUSTER, EVENT_DAYS, FOLLOWED_DAYS, OUTCOME, TREATMENT, UNIT_ID, UPTAKE_DAYS, WEIGHT
from core.errors import BadSpec
from core.near import near

OWN_NAMES: Final = {UNIT_ID, CLUSTER, TREATMENT, OUTCOME, WEIGHT, UPTAKE_DAYS, EVENT_DAYS, FOLLOWED_DAYS}
HUGE: Final = 1e30  # learners count in single precision, which holds neither more nor what varies by less than 1 / HUGE
NARROW: Final = 1e-6  # of its size: an outcome that varies by less has no digits left in single precision
LEAST_OF_GROUP: Final = 20  # rows of a group, on average
FLAT: Final = 1e-9  # of its size: a column that varies by less is counted from its smallest value


@dataclass(frozen=True)
class Roles:
    """What columns are besides treatment, outcome, covariates and cluster: the settings of a StudySpec of these names.

    control: the value of the treatment that stands for none; dose: whether the treatment is an amount.
    """

    control: str | None = None
    dose: bool = False
    follow_up: str | None = None
    weights: str | None = None
    instruments: tuple[str, ...] = ()
    mediators: tuple[str, ...] = ()
    running: str | None = None
    cutoff: float | None = None
    negative_control: str | None = None

    @classmethod
    def of(cls, spec: StudySpec) -> "Roles":
        return cls(**{field.name: getattr(spec, field.name) for field in fields(cls)})

    def for_other_outcome(self) -> "Roles":
        """The same table with another column as the outcome, such as a placebo: follow-up was that of the first."""
        return replace(self, follow_up=None, negative_control=None)

    def covariates(self) -> list[str]:
        """Columns that are read as covariates are, and may be text."""
        return [*self.instruments, *self.mediators]

    def needed(self) -> dict[str, list[str]]:
        """Columns by role whose gaps leave a row out."""
        return {
            "column of follow-up days": [self.follow_up] if self.follow_up else [],
            "weight": [self.weights] if self.weights else [],
            "instrument": list(self.instruments),
            "mediator": list(self.mediators),
            "running column": [self.running] if self.running else [],
        }


def check_roles(columns: Sequence[str], roles: Mapping[str, Iterable[str]]) -> None:
    """Refuse a role's column that is not in the table or already plays another role. Raises BadSpec."""
    taken: dict[str, str] = {}
    for role, names in roles.items():
        for name in dict.fromkeys(names):
            if name not in columns:
                shown = [column[:60] for column in columns]
                raise BadSpec(f"The table has no column '{name}' to be the {role}; {near(name, shown, 20)}.")
            if name in taken and {role, taken[name]} == {"treatment", "outcome"}:
                raise BadSpec(f"Treatment and outcome are the same column '{name}'; name two.")
            if name in taken and {role, taken[name]} != {"treatment", "running column"}:
                an = "an" if role[0] in "aeiou" else "a"
                raise BadSpec(f"'{name}' cannot be {an} {role}: it is the {taken[name]} already; leave it out of one.")
            taken.setdefault(name, role)


def default_covariates(columns: Sequence[str], taken: set[str]) -> list[str]:
    """Every column but ids (`id`, `*_id`), which may tell where a row comes from, and those that play a role."""
    return [name for name in columns if name not in taken and not is_id(name)]


def is_id(name: str) -> bool:
    return name.lower() == "id" or name.lower().endswith("_id")


def of_groups(values: pd.Series, name: str) -> bool:
    """Whether an id tells a few groups apart (a region, a plan) and not units: a category, whatever its numbers."""
    groups = values.nunique() if is_id(name) else 0
    return 1 < groups <= TEXT_LEVELS and groups * LEAST_OF_GROUP <= len(values)


def covariate_columns(
    frame: pd.DataFrame, used: Sequence[str], named: Collection[str]
) -> tuple[list[Column], tuple[str, ...], tuple[str, ...]]:
    """Independent numeric columns, one group per column of the table; sentences on gaps and what was left out; and the
    names of those that differ between rows, but that no column can stand for.

    named: those that were asked for by name, of which a time is read as days.
    """
    made: list[Column] = []
    notes: list[str] = []
    unread: list[str] = []
    for name in used:
        columns, said = _read(frame[name], name, days=name in named)
        made += columns
        notes += said
        unread += [] if columns or frame[name].nunique() == 1 else [name]
    kept, left_out = independent(made)
    return kept, (*notes, *left_out), tuple(unread)


def role_columns(frame: pd.DataFrame, names: Sequence[str], role: str) -> list[Column]:
    """The columns of instruments or mediators, without gaps. Raises BadSpec for one that never varies."""
    made: list[Column] = []
    for name in names:
        columns, _ = _read(frame[name], name, days=True)
        columns = [column for column in columns if np.ptp(column.values) > 0]
        if not columns:
            raise BadSpec(f"The {role} '{name}' does not vary, or is a text with too many values; name another.")
        made += columns
    return made


def numbers(frame: pd.DataFrame, name: str, role: str) -> np.ndarray:
    """(n,) float of a column without nulls. Raises BadSpec for what is no number, infinite or beyond HUGE."""
    values = frame[name]
    if not (pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values)):
        kinds = {type(value) for value in values}
        if kinds != {bool}:
            raise BadSpec(
                f"The {role} '{name}' is not a number (for example '{no_number(values)}'); name a numeric column."
            )
    return bounded(values, name, role)


def bounded(values: pd.Series, name: str, role: str) -> np.ndarray:
    """(n,) float of numbers without nulls. Raises BadSpec for what is infinite or beyond HUGE."""
    read = values.to_numpy(dtype=float)
    if not np.isfinite(read).all():
        raise BadSpec(
            f"The {role} '{name}' is infinite in {(~np.isfinite(read)).sum():,} of {len(read):,} rows; correct or drop "
            "them."
        )
    if np.abs(read).max(initial=0.0) > HUGE:
        raise BadSpec(f"The {role} '{name}' has values beyond {HUGE:g}, which cannot be computed with; correct them.")
    return read


def refuse_narrow(values: np.ndarray, name: str, role: str) -> None:
    """Raise BadSpec for numbers (n,) that vary too little, or too little beside their size, to be computed with."""
    reach, size = float(np.ptp(values)), float(np.abs(values).max(initial=0.0))
    if 0 < reach < 1 / HUGE:
        raise BadSpec(f"The {role} '{name}' varies by less than {1 / HUGE:g}; give it in another unit.")
    if 0 < reach < NARROW * size:
        raise BadSpec(
            f"The {role} '{name}' varies by {reach:g} around {np.median(values):,.15g}, too little beside its size to "
            "be computed with; take that number off first."
        )


def no_number(values: pd.Series) -> str:
    """The first of a column's values that keeps it from being numbers, cut short."""
    read = pd.to_numeric(values.dropna().astype(str), errors="coerce")
    return str(values[read.index[read.isna()][0]] if read.isna().any() else values.dropna().iloc[0])[:40]


def _read(values: pd.Series, name: str, *, days: bool) -> tuple[list[Column], list[str]]:
    column = f"covariate {name}" if name in OWN_NAMES else name
    if values.isna().all():
        return [], [f"'{name}' is not a covariate: it is empty in every row."]
    if pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_timedelta64_dtype(values):
        if not days:
            return [], [f"'{name}' is not a covariate: it is a time. If it comes before the treatment, name it as one."]
        columns, said = _number((values - values.min()) / pd.Timedelta(days=1), name, column)
        return columns, [f"'{name}' is a time, read as days since the earliest.", *said]
    groups = of_groups(values, name)
    if not groups and (pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values)):
        return _number(values, name, column)
    levels = int(values.nunique())
    columns = text_columns(values, column, name, name)
    if not columns and levels > 1:
        return [], [f"'{name}' is not a covariate: of its {levels:,} texts none covers 1 % of the rows."]
    notes = [f"'{name}' tells {levels:,} groups apart: a category, though its name is that of an id."] if groups else []
    notes += [f"'{name}' is missing in {values.isna().sum():,} rows; they are marked."] if values.isna().any() else []
    if any(each.covariate.name.endswith(":other") for each in columns):
        notes.append(
            f"'{name}' has {levels:,} texts: the most frequent ones, at most {TEXT_LEVELS}, are told apart, the rest "
            "are one."
        )
    return columns, notes


def _number(values: pd.Series, name: str, column: str) -> tuple[list[Column], list[str]]:
    read = values.to_numpy(dtype=float, na_value=np.nan)
    beyond = np.abs(read) > HUGE  # infinite ones too; a null is not
    notes = []
    if np.isnan(read).any():
        notes.append(f"'{name}' is missing in {np.isnan(read).sum():,} rows; they are marked, a number gets the mean.")
    if beyond.any():
        notes.append(f"'{name}' is infinite or beyond {HUGE:g} in {beyond.sum():,} rows, which count as missing.")
    if (np.isnan(read) | beyond).all():
        return [], [f"'{name}' is not a covariate: no row has a finite number."]
    read = np.where(beyond, np.nan, read)
    smallest, reach = np.nanmin(read), np.nanmax(read) - np.nanmin(read)
    if 0 < reach < 1 / HUGE:
        return [], [*notes, f"'{name}' is not a covariate: it varies by less than {1 / HUGE:g}; use another unit."]
    if 0 < reach < FLAT * np.nanmax(np.abs(read)):
        notes.append(f"'{name}' is counted from {smallest:,.15g}, because it varies so little beside its size.")
        read = read - smallest
    return number_columns(pd.Series(read), column, name, name), notes
