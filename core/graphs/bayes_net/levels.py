"""Variables as a few levels each: what is yes or no or a category stays, numbers are cut at quantiles."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import BadSpec
from core.graphs.variables import Floats, Variable, VariableTable, said_yes

MOST_LEVELS: Final = 8
MOST_COMBINATIONS: Final = 20
OTHER: Final = "other"


@dataclass(frozen=True)
class Levels:
    """codes: (rows,) from 0; names: of the levels, in order; cuts: between the bins of a number; note: how they were
    made, empty where nothing was done."""

    name: str
    codes: NDArray[np.int64]
    names: tuple[str, ...]
    cuts: tuple[float, ...] = ()
    note: str = ""

    def place(self, value: str) -> int:
        """The number of the level that a text names, or whose bin holds the number; raises BadSpec with the levels."""
        if value in self.names:
            return self.names.index(value)
        number = _number(value)
        if number is not None and self.cuts:
            return int(np.searchsorted(self.cuts, number, side="left"))
        if number is not None and number in [_number(name) for name in self.names]:
            return [_number(name) for name in self.names].index(number)
        if self.names == ("0", "1") and (said := said_yes(value)) is not None:
            return int(said)
        raise BadSpec(f"'{self.name}' has no level '{value}'; its levels are {', '.join(self.names)}.")


def levels_of(table: VariableTable, *, bins: int) -> tuple[Levels, ...]:
    """Every variable as levels, numbers in `bins` bins of about equal number."""
    return tuple(_levels(variable, bins) for variable in table.variables)


def _levels(variable: Variable, bins: int) -> Levels:
    if variable.kind == "group":
        return _of_group(variable, bins)
    if variable.levels:
        return _categories(variable.name, variable.values.astype(np.int64), variable.levels)
    values = np.unique(variable.values)
    if variable.kind == "binary" or len(values) <= bins:
        return Levels(variable.name, np.searchsorted(values, variable.values), tuple(f"{value:g}" for value in values))
    return _binned(variable.name, variable.values, bins, "")


def _of_group(variable: Variable, bins: int) -> Levels:
    """A group with few combinations of values is a category; else its main direction is cut."""
    rows, codes = np.unique(variable.values, axis=0, return_inverse=True)
    if len(rows) > MOST_COMBINATIONS:
        return _binned(variable.name, _first_direction(variable.values), bins, "the main direction of its columns, ")
    made = _categories(variable.name, codes.ravel(), tuple(f"kind {number + 1}" for number in range(len(rows))))
    return replace(made, note=made.note or f"{variable.name}: its {len(rows)} combinations of values, numbered.")


def _categories(name: str, codes: NDArray[np.int64], texts: tuple[str, ...]) -> Levels:
    """The commonest values, the rest together."""
    counts = np.bincount(codes, minlength=len(texts))
    present = [int(each) for each in np.argsort(-counts, kind="stable") if counts[each]]
    if len(present) <= MOST_LEVELS:
        kept, note = sorted(present), ""
        names = tuple(texts[each] for each in kept)
    else:
        kept = sorted(present[: MOST_LEVELS - 1])
        names = (*(texts[each] for each in kept), OTHER)
        note = f"{name}: {len(present) - len(kept):,} rarer values together as '{OTHER}'."
    new = np.full(len(texts), len(kept), dtype=np.int64)
    new[kept] = np.arange(len(kept))
    return Levels(name, new[codes], names, note=note)


def _binned(name: str, values: Floats, bins: int, what: str) -> Levels:
    """Bins between quantiles; equal quantiles (many zeros) give fewer bins."""
    cuts = np.unique(np.quantile(values, np.arange(1, bins) / bins, method="inverted_cdf"))
    cuts = cuts[cuts < values.max()]  # a bin is open below and closed above, so that zeros have one of their own
    if not len(cuts):
        cuts = np.array([values[values < values.max()].max()])
    codes = np.searchsorted(cuts, values, side="left")
    shown = [f"{cut:.4g}" for cut in cuts]
    between = [f"{low} to {high}" for low, high in pairwise(shown)]
    names = (f"up to {shown[0]}", *between, f"over {shown[-1]}")
    note = f"{name}: {what}{len(names)} bins cut at {', '.join(shown)}."
    return Levels(name, codes, names, tuple(float(cut) for cut in cuts), note)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _first_direction(columns: Floats) -> Floats:
    """The first principal component of standardised columns; its sign makes the largest weight positive."""
    spread = columns.std(axis=0)
    scaled = (columns - columns.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    weights = np.linalg.eigh(scaled.T @ scaled / len(scaled))[1][:, -1]
    return np.asarray(scaled @ (weights * np.sign(weights[np.abs(weights).argmax()])), dtype=np.float64)
