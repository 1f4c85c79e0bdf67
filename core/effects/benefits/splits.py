"""Ways to divide the units into segments by what was known at time zero: levels of an attribute, thirds of a number."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core.effects.benefits.readable import bound, is_flag, is_level, readable
from core.effects.table import AnalysisTable, Covariate

BINS = 3
SMALLEST_ARM = 20  # a segment needs so many units of either arm, however many units it has


@dataclass(frozen=True)
class Segment:
    """title: in words, on its own; members (n,): which units belong to it."""

    title: str
    members: np.ndarray


@dataclass(frozen=True)
class Split:
    """Segments that do not overlap, by one covariate; said: which of them were pooled or left out, and why."""

    title: str
    group: str
    segments: tuple[Segment, ...]
    said: str = ""


def splits_of(table: AnalysisTable, *, smallest: int, groups: Collection[str] | None = None) -> list[Split]:
    """The splits by every covariate (or those of the named groups) that leave at least two segments.

    smallest: segments of fewer units, or with under 20 units in an arm, are pooled into one.
    """
    found = []
    covariates, matrix = readable(table)
    values = {covariate.name: column for covariate, column in zip(covariates, matrix.T, strict=True)}
    for columns in _together(covariates):
        if groups is None or columns[0].group in groups:
            split = _pooled(table, columns[0], _segments(columns, values), smallest)
            if split is not None:
                found.append(split)
    return found


def _together(covariates: Collection[Covariate]) -> list[list[Covariate]]:
    """Columns that were made of one attribute, such as country=DE, country=FR and country:other; others alone."""
    made: dict[str, list[Covariate]] = {}
    for covariate in covariates:
        source = covariate.name.partition("=")[0]
        for ending in (":other", ":missing"):
            source = source.removesuffix(ending)
        made.setdefault(source, []).append(covariate)
    return list(made.values())


def _segments(columns: list[Covariate], values: dict[str, np.ndarray]) -> list[Segment]:
    flags = [column for column in columns if is_flag(values[column.name])]
    numbers = [column for column in columns if column not in flags]
    marked = [Segment(column.title, values[column.name] == 1) for column in flags]
    rest = np.ones(len(values[columns[0].name]), dtype=bool)
    for segment in marked:
        rest &= ~segment.members
    if numbers:
        return [*_thirds(numbers[0].title, values[numbers[0].name], rest), *marked]
    if len(flags) == 1 and not is_level(flags[0]):
        return [Segment(f"{flags[0].title}: yes", ~rest), Segment(f"{flags[0].title}: no", rest)]
    whole = columns[0].title.partition(":")[0]
    return [*marked, Segment(f"{whole}: all other values", rest)]


def _thirds(title: str, values: np.ndarray, known: np.ndarray) -> list[Segment]:
    """Equal shares of the units with a known value; fewer where values tie, and none of a number with one value."""
    edges = (
        np.unique(np.quantile(values[known], np.arange(1, BINS) / BINS, method="inverted_cdf"))
        if known.any()
        else np.zeros(0)
    )
    edges = edges[edges < values[known].max(initial=-np.inf)]
    which = np.searchsorted(edges, values, side="left")
    if len(edges) == 0:
        return [Segment(title, known)]
    said = [bound(edge, values) for edge in edges]
    names = [f"{title}: at most {said[0]}"]
    names += [f"{title}: over {low}, at most {high}" for low, high in pairwise(said)]
    names.append(f"{title}: over {said[-1]}")
    return [Segment(name, known & (which == at)) for at, name in enumerate(names)]


def _pooled(table: AnalysisTable, first: Covariate, segments: list[Segment], smallest: int) -> Split | None:
    title = first.title.partition(":")[0]
    large = [segment for segment in segments if _is_large(table, segment.members, smallest)]
    small = [segment for segment in segments if segment not in large and segment.members.any()]
    said = ""
    if small:
        pool = np.any([segment.members for segment in small], axis=0)
        count = f"{len(small):,} segment{'' if len(small) == 1 else 's'} of {title}"
        if len(small) > 1 and _is_large(table, pool, smallest):
            large.append(Segment(f"{title}: small segments pooled", pool))
            said = f"{count} had too few units and were pooled ({int(pool.sum()):,} units)."
        else:
            said = f"{count} had too few units and stayed out of this split ({int(pool.sum()):,} units)."
    return Split(title, first.group, tuple(large), said) if len(large) > 1 else None


def _is_large(table: AnalysisTable, members: np.ndarray, smallest: int) -> bool:
    treated = int(table.treatment[members].sum())
    count = int(members.sum())
    return count >= smallest and min(treated, count - treated) >= SMALLEST_ARM
