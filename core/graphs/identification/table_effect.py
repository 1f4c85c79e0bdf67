"""The effect that an identified expression gives on a table of discrete columns: shares in place of probabilities.

The interval is the Bayesian bootstrap's (Rubin 1981): every row weighs a draw of an exponential variable, so a cell of
n rows weighs a gamma variable of shape n, and no draw has an empty cell that the table has not. Rows are taken to be
independent. Where the expression asks about a combination that no row has, there is no number, but the combination.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import BadSpec, NotEnoughData
from core.graphs.identification.estimand import Estimand
from core.graphs.identification.probability import free
from core.graphs.identification.probability_values import axes_of, effect_values, empty_conditions, values_of
from core.graphs.variables import said_yes

LEVELS_AT_MOST: Final = 100
CELLS_AT_MOST: Final = 1_000_000
DRAWS_FROM: Final = 40
SMOOTHING_FROM: Final = 0.1  # below it, a draw's cells underflow to 0
AT_ONCE: Final = 4_000_000  # cells of several draws held in memory together


@dataclass(frozen=True)
class TableEffect:
    """The mean outcome (or the share of one outcome level) had all been treated, less that had none been.

    means: at (control, treated). rows, left_out: complete rows used; rows with a gap in one of the columns.
    """

    control: str
    treated: str
    measures: str
    value: float
    low: float
    high: float
    means: tuple[float, float]
    rows: int
    left_out: int
    draws: int
    sentence: str

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {**vars(self), "means": list(self.means)}


@dataclass(frozen=True)
class _Counts:
    """Rows per cell, one axis per column; levels: the values along each axis."""

    names: tuple[str, ...]
    levels: tuple[tuple[Any, ...], ...]
    cells: NDArray[np.float64]

    def of(self, name: str) -> tuple[Any, ...]:
        return self.levels[self.names.index(name)]


def effect_from_table(
    estimand: Estimand,
    frame: pd.DataFrame,
    *,
    levels: tuple[Any, Any] | None = None,
    outcome_level: Any = None,
    smoothing: float = 0.0,
    draws: int = 500,
    seed: int = 0,
) -> TableEffect:
    """The effect of one treatment on one outcome, with its 95 % interval.

    levels: (control, treated); by default the two that the treatment has, in order. outcome_level: the share of this
    level is the outcome; by default the mean of a numeric outcome, or the share of True. smoothing: rows added to every
    cell (Laplace); with it nothing is undefined, and everything is drawn towards equal shares. Raises BadSpec for a
    question or columns that do not fit, NotEnoughData where a combination that is needed has no row.
    """
    if len(estimand.outcomes) != 1 or len(estimand.treatments) != 1 or estimand.given:
        raise BadSpec("The effect from a table is that of one treatment on one outcome, without further conditions.")
    if smoothing != 0 and not smoothing >= SMOOTHING_FROM:
        raise BadSpec(f"The smoothing is {smoothing}; it is 0 for none, or {SMOOTHING_FROM} rows a cell or more.")
    if draws < DRAWS_FROM:
        raise BadSpec(f"An interval needs {DRAWS_FROM} draws or more (got {draws}).")
    counts, left_out = _counted(estimand, frame)
    control, treated = _two_levels(counts.of(estimand.treatments[0]), levels, estimand.treatments[0])
    scores, measures = _scores(counts.of(estimand.outcomes[0]), outcome_level, estimand.outcomes[0])
    cells = counts.cells + smoothing
    found = effect_values(estimand, cells / cells.sum(), counts.names)
    for place in (control, treated):
        if np.isnan(found[place]).any():
            raise NotEnoughData(_missing(estimand, counts, place))
    means = found @ scores
    drawn = np.concatenate(
        [np.tensordot(part, scores, axes=(1, 0)) for part in _drawn(estimand, counts.names, cells, draws, seed)], axis=1
    )
    low, high = np.quantile(drawn[treated] - drawn[control], [0.025, 0.975])
    zero, one = (str(counts.of(estimand.treatments[0])[place]) for place in (control, treated))
    value, rows = float(means[treated] - means[control]), int(counts.cells.sum())
    sentence = (
        f"Setting {estimand.treatments[0]} to {one} rather than {zero} changes {measures} by {value:.4g} "
        f"({low:.4g} to {high:.4g}), counted on {rows:,} rows"
    )
    return TableEffect(
        zero, one, measures, value, float(low), float(high), (float(means[control]), float(means[treated])),
        rows, left_out, draws, f"{sentence}; {left_out:,} with gaps were left out." if left_out else f"{sentence}.",
    )  # fmt: skip


def _counted(estimand: Estimand, frame: pd.DataFrame) -> tuple[_Counts, int]:
    """Rows per cell of the columns that the estimand uses, and the number of rows with gaps."""
    names = estimand.uses
    for name in names:
        if name not in frame.columns:
            raise BadSpec(f"The table has no column '{name}', which the expression needs: {', '.join(names)}.")
    complete = frame[list(names)].dropna()
    if complete.empty:
        raise NotEnoughData(f"None of the {len(frame):,} rows has all of {', '.join(names)}; the effect needs some.")
    codes, levels = zip(*(pd.factorize(complete[name], sort=True) for name in names), strict=True)
    sizes = [len(found) for found in levels]
    if max(sizes) > LEVELS_AT_MOST:
        name = names[sizes.index(max(sizes))]
        raise BadSpec(f"'{name}' has {max(sizes):,} values, at most {LEVELS_AT_MOST} can be counted; group them first.")
    if np.prod([float(size) for size in sizes]) > CELLS_AT_MOST:
        raise BadSpec(
            f"{', '.join(names)} have {np.prod([float(size) for size in sizes]):,.0f} combinations of values, at most "
            f"{CELLS_AT_MOST:,} can be counted; group values first."
        )
    held = np.bincount(np.ravel_multi_index(codes, sizes), minlength=int(np.prod(sizes))).reshape(sizes)
    return _Counts(names, tuple(tuple(found) for found in levels), held.astype(float)), len(frame) - len(complete)


def _two_levels(found: tuple[Any, ...], asked: tuple[Any, Any] | None, name: str) -> tuple[int, int]:
    if asked is None:
        if len(found) != 2:
            raise BadSpec(f"'{name}' has {len(found)} values ({_shown(found)}); say which two to compare.")
        return 0, 1
    control, treated = (_place(found, level, name) for level in asked)
    if control == treated:
        raise BadSpec(f"'{name}' is compared with itself at {asked[0]}; give two of {_shown(found)}.")
    return control, treated


def _scores(found: tuple[Any, ...], level: Any, name: str) -> tuple[NDArray[np.float64], str]:
    """What each outcome level counts for, and in words what their mean is."""
    if level is None and all(isinstance(one, bool | np.bool_) for one in found):
        level = True
    if level is not None:
        if found == (False,):  # nobody has it: a share of 0, not a mistake
            return np.zeros(1), f"the share of {name} = {level}"
        return np.eye(len(found))[_place(found, level, name)], f"the share of {name} = {level}"
    if not all(isinstance(one, int | float | np.number) for one in found):
        raise BadSpec(f"'{name}' is no number ({_shown(found)}); say the share of which value is asked about.")
    return np.array([float(one) for one in found]), f"the mean of {name}"


def _place(found: tuple[Any, ...], level: Any, name: str) -> int:
    """Where a level stands; "1" names the number 1 as well."""
    for place, one in enumerate(found):
        if one == level or str(one) == str(level) or (isinstance(one, float) and f"{one:g}" == str(level)):
            return place
    if all(isinstance(one, bool | np.bool_) for one in found) and said_yes(level) in found:
        return found.index(said_yes(level))
    raise BadSpec(f"'{name}' never is {level}; it is one of {_shown(found)}.")


def _shown(found: tuple[Any, ...]) -> str:
    return ", ".join(str(level) for level in found[:10]) + (", ..." if len(found) > 10 else "")


def _drawn(
    estimand: Estimand, names: tuple[str, ...], cells: NDArray[np.float64], draws: int, seed: int
) -> Iterator[NDArray[np.float64]]:
    """P(outcome | do(treatment)) of the bootstrap's draws, some at a time: (treatment, outcome, draw)."""
    rng = np.random.default_rng(seed)
    at_once = max(1, AT_ONCE // cells.size)
    for start in range(0, draws, at_once):
        size = min(at_once, draws - start)
        weights = rng.standard_gamma(cells[..., None], size=(*cells.shape, size))
        total = weights.sum(axis=tuple(range(cells.ndim)), keepdims=True)
        yield effect_values(estimand, weights / total, names)


def _missing(estimand: Estimand, counts: _Counts, treatment: int) -> str:
    """The combination of values that the effect at a treatment level asks about and no row has."""
    axes = axes_of(estimand, counts.names)
    joint = counts.cells / counts.cells.sum()
    doing = counts.names.index(estimand.treatments[0])
    there = values_of(estimand.expression, joint, axes).take([treatment], axis=doing)
    first = np.argwhere(np.isnan(there))[0]
    cell = {place: int(first[axis]) for place, axis in axes.items() if free(estimand.expression) >> place & 1}
    cell |= {place: treatment for place in cell if axes[place] == doing}
    empty = empty_conditions(estimand.expression, joint, axes, cell)
    said = " and ".join(
        f"{estimand.names[place]} = {counts.levels[axes[place]][index]}" for place, index in empty.items()
    )
    inside = counts.cells.sum(axis=tuple(axis for place, axis in axes.items() if place not in empty))
    return (
        f"No row has {said}, and the effect needs some: {(inside == 0).sum():,} of {inside.size:,} combinations of "
        f"{', '.join(estimand.names[place] for place in sorted(empty))} are empty. Group values, or ask with smoothing."
    )
