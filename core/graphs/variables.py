"""The variables that discovery, checks and what-ifs work on: one row a unit, one block of columns a variable.

Most variables are one column. A category is a code per row and its levels; a group of covariates (a node of a
question's graph) is several columns at once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import BadSpec, NotEnoughData, NotFound

Kind = Literal["number", "count", "binary", "category", "group"]
Floats = NDArray[np.float64]

FEWEST_ROWS: Final = 20
MOST_LEVELS: Final = 50  # a text column with more values than this names rows rather than describing them
COUNT_VALUES: Final = 30
TRUTH_WORDS: Final = dict.fromkeys(("yes", "y", "true", "t"), True) | dict.fromkeys(("no", "n", "false", "f"), False)


@dataclass(frozen=True)
class Variable:
    """One variable of a table.

    values: float64, (rows,) for numbers, counts and binaries (0/1), level codes from 0 for a category, (rows, width)
    for a group. levels: the texts of a category, or the two texts of a binary one that was text.
    """

    name: str
    kind: Kind
    values: Floats
    levels: tuple[str, ...] = ()
    title: str = ""


@dataclass(frozen=True)
class VariableTable:
    """Complete rows of variables, no two of the same name.

    population: whom the rows are, in words. clusters: (rows,) codes of what rows belong together (a user), None if
    each stands alone. notes: what was left out, and what else should be known.
    """

    variables: tuple[Variable, ...]
    population: str
    clusters: NDArray[np.int64] | None = None
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(variable.name for variable in self.variables)

    @property
    def rows(self) -> int:
        return len(self.variables[0].values) if self.variables else 0

    def variable(self, name: str) -> Variable:
        """The variable of that name; raises NotFound with the names there are."""
        for variable in self.variables:
            if variable.name == name:
                return variable
        raise NotFound(f"The data have no variable '{name}'; they have {', '.join(self.names[:20])}.")

    def only(self, names: Collection[str]) -> "VariableTable":
        """The table without the other variables, in its own order; raises NotFound for an unknown name."""
        for name in names:
            self.variable(name)
        return replace(self, variables=tuple(each for each in self.variables if each.name in names))

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "VariableTable":
        """The table of some rows: a mask, or positions (which may repeat, as in a bootstrap draw)."""
        return replace(
            self,
            variables=tuple(replace(each, values=each.values[rows]) for each in self.variables),
            clusters=None if self.clusters is None else self.clusters[rows],
        )


def variables_of_frame(
    frame: pd.DataFrame,
    population: str,
    *,
    columns: Sequence[str] | None = None,
    leave_out: Collection[str] = (),
    clusters: pd.Series | None = None,
) -> VariableTable:
    """A table of the columns of a frame; rows with an empty cell are left out and counted in the notes.

    columns: default all but ids (`id`, `*_id`), which are named in the notes. Raises BadSpec for a column that is not
    there or cannot be a variable (constant, all empty, one text per row), NotEnoughData for too few rows.
    """
    held = [str(column) for column in frame.columns]
    doubled = sorted({name for name in held if held.count(name) > 1})
    if doubled:
        raise BadSpec(f"The table has two columns named '{doubled[0]}'; rename one of them.")
    for name in (*(columns or ()), *leave_out):
        if name not in held:
            raise BadSpec(f"The table has no column '{name}'; it has {', '.join(held[:20])}.")
    ids = [name for name in held if columns is None and (name.lower() == "id" or name.lower().endswith("_id"))]
    used = [name for name in columns or held if name not in leave_out and name not in ids]
    if len(used) < 2:
        raise BadSpec("A graph needs two variables or more; name more columns.")
    if frame.empty:
        raise NotEnoughData(f"The table has no rows; a graph needs {FEWEST_ROWS} or more.")
    empty = [name for name in used if frame[name].isna().all()]
    if empty:
        raise BadSpec(f"Column '{empty[0]}' is empty in all {len(frame):,} rows; leave it out.")
    complete = frame[used].notna().all(axis=1).to_numpy()
    rows = frame.loc[complete, used]
    if len(rows) < FEWEST_ROWS:
        raise NotEnoughData(
            f"Only {len(rows):,} of {len(frame):,} rows are complete; a graph needs {FEWEST_ROWS} or more. "
            "Leave out the columns with the most empty cells."
        )
    notes = [f"Not variables, because they are ids: {', '.join(ids)}."] if ids else []
    if len(rows) < len(frame):
        worst = frame[used].isna().sum().sort_values(ascending=False)
        notes.append(
            f"{len(frame) - len(rows):,} of {len(frame):,} rows have an empty cell and are left out (most often "
            f"{worst.index[0]}, {int(worst.iloc[0]):,} times)."
        )
    codes = None if clusters is None else pd.factorize(clusters[complete])[0].astype(np.int64)
    made = tuple(variable_of(name, rows[name]) for name in used)
    return VariableTable(made, population, codes, tuple(notes))


def variable_of(name: str, column: "pd.Series") -> Variable:
    """One variable of a column without empty cells; raises BadSpec when it cannot be one."""
    distinct = column.nunique()
    if distinct < 2:
        raise BadSpec(f"Column '{name}' holds one value only ({str(column.iloc[0])[:40]}); leave it out.")
    if pd.api.types.is_bool_dtype(column):
        return Variable(name, "binary", column.to_numpy(dtype=np.float64))
    if pd.api.types.is_datetime64_any_dtype(column):
        seconds = (column - column.min()).dt.total_seconds()
        return Variable(name, "number", seconds.to_numpy(dtype=np.float64))
    if pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(dtype=np.float64)
        if not np.isfinite(values).all():
            raise BadSpec(f"Column '{name}' holds infinite numbers; leave those rows out.")
        return Variable(name, _number_kind(values, distinct), _zero_one(values) if distinct == 2 else values)
    codes, levels = pd.factorize(column.astype(str), sort=True)
    if len(levels) > MOST_LEVELS:
        raise BadSpec(
            f"Column '{name}' is text with {len(levels):,} values; a category has {MOST_LEVELS} at most, so leave it "
            "out or group its values."
        )
    kind: Kind = "binary" if len(levels) == 2 else "category"
    return Variable(name, kind, codes.astype(np.float64), tuple(str(level) for level in levels))


def said_yes(text: object) -> bool | None:
    """True or false as files say it: readers of CSV make truth values of yes and no, so analysts ask by those words."""
    return TRUTH_WORDS.get(str(text).strip().lower())


def _number_kind(values: Floats, distinct: int) -> Kind:
    if distinct == 2:
        return "binary"
    whole = bool((values == np.round(values)).all())
    return "count" if whole and values.min() >= 0 and distinct <= COUNT_VALUES else "number"


def _zero_one(values: Floats) -> Floats:
    return np.asarray(values == values.max(), dtype=np.float64)


def tiers_of(value: object, names: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """Time tiers from their JSON form `[[names], ...]` (earliest first) or `{name: number}`; raises BadSpec.

    A name in no tier is unbound by time.
    """
    if isinstance(value, Mapping):
        numbers = sorted({_tier_number(tier) for tier in value.values()})
        value = [[name for name, tier in value.items() if tier == number] for number in numbers]
    if not isinstance(value, list | tuple) or not all(isinstance(tier, list | tuple) for tier in value):
        raise BadSpec('Time tiers are a list of lists of names, the earliest first: [["age"], ["search"], ["buy"]].')
    seen: set[str] = set()
    for tier in value:
        for name in tier:
            if name not in names:
                raise BadSpec(f"The time tiers name '{name}', which is no variable of the data; drop it or correct it.")
            if name in seen:
                raise BadSpec(f"The time tiers name '{name}' twice; a variable has one place in time.")
            seen.add(name)
    return tuple(tuple(str(name) for name in tier) for tier in value)


def _tier_number(tier: object) -> int:
    if isinstance(tier, bool) or not isinstance(tier, int):
        raise BadSpec(f"A time tier is '{str(tier)[:40]}'; it must be a whole number.")
    return tier
