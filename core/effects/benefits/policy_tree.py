"""A small readable rule for whom to treat: the best tree of at most two levels, found by looking at every one.

Its gain is the sum over the treated leaves of score less cost (Athey and Wager 2021). All pairs of covariates are
tabulated once, by up to 16 thresholds each, so that every tree is looked up and not fitted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.effects.benefits.readable import bound, is_flag, is_level
from core.effects.table import Covariate

THRESHOLDS = 16
MOST_COVARIATES = 40  # beyond, the ones that divide best on their own; it is said
EARNED = 2.0  # standard errors
NEVER = -np.inf


@dataclass(frozen=True)
class Leaf:
    treat: bool


@dataclass(frozen=True)
class Node:
    """Units whose covariate (a column number) is at most the threshold go below, the others above."""

    column: int
    threshold: float
    below: "Node | Leaf"
    above: "Node | Leaf"


Tree = Node | Leaf


@dataclass(frozen=True)
class Cuts:
    """thresholds: per covariate, ascending; codes (n, p): how many of them lie below the unit's value."""

    thresholds: tuple[np.ndarray, ...]
    codes: np.ndarray


def cuts_of(matrix: np.ndarray) -> Cuts:
    """Thresholds at equal shares of the units (n, p), halfway between neighbouring values."""
    thresholds = []
    for column in matrix.T:
        values = np.unique(column)
        if len(values) > THRESHOLDS + 1:
            values = np.unique(np.quantile(column, np.linspace(0, 1, THRESHOLDS + 2), method="inverted_cdf"))
        thresholds.append((values[1:] + values[:-1]) / 2)
    codes = [np.searchsorted(cuts, column, side="left") for cuts, column in zip(thresholds, matrix.T, strict=True)]
    return Cuts(tuple(thresholds), np.column_stack(codes) if codes else np.zeros((len(matrix), 0), dtype=int))


def grow(cuts: Cuts, gains: np.ndarray, rows: np.ndarray, *, smallest: int) -> Tree:
    """The tree with the largest sum of gains (n,) in its treated leaves, over the given rows.

    Every leaf holds at least `smallest` rows. A level must add two standard errors of what it adds: what adds
    less is likely chance, as the best of many cuts always adds something, and is harder to read.
    """
    codes, worth = cuts.codes[rows], gains[rows]
    columns = [at for at, each in enumerate(cuts.thresholds) if len(each)]
    sizes = {at: len(cuts.thresholds[at]) + 1 for at in columns}
    best: Tree = Leaf(bool(worth.sum() > 0))
    for tree in (
        _one_level(codes, worth, columns, sizes, smallest),
        _two_levels(codes, worth, columns, sizes, smallest),
    ):
        if tree is not None:
            readable = _valued(tree, cuts)
            moved = (
                treats(readable, cuts.codes, cuts)[rows].astype(float) - treats(best, cuts.codes, cuts)[rows]
            ) * worth
            if moved.sum() > EARNED * np.sqrt((moved**2).sum()):
                best = readable
    return best


def treats(tree: Tree, codes: np.ndarray, cuts: Cuts) -> np.ndarray:
    """(n,) whether the tree treats each unit."""
    if isinstance(tree, Leaf):
        return np.full(len(codes), tree.treat)
    at = int(np.searchsorted(cuts.thresholds[tree.column], tree.threshold))
    return np.where(codes[:, tree.column] <= at, treats(tree.below, codes, cuts), treats(tree.above, codes, cuts))


def leaves(tree: Tree, covariates: tuple[Covariate, ...], matrix: np.ndarray) -> Iterator[tuple[str, bool, np.ndarray]]:
    """(rule in words, whether it treats, which units (n,)) of each leaf; matrix (n, p)."""

    def walk(at: Tree, said: tuple[str, ...], members: np.ndarray) -> Iterator[tuple[str, bool, np.ndarray]]:
        if isinstance(at, Leaf):
            yield " and ".join(said) or "everybody", at.treat, members
            return
        below = matrix[:, at.column] <= at.threshold
        low, high = conditions(at, covariates, matrix)
        yield from walk(at.below, (*said, low), members & below)
        yield from walk(at.above, (*said, high), members & ~below)

    yield from walk(tree, (), np.ones(len(matrix), dtype=bool))


def conditions(node: Node, covariates: tuple[Covariate, ...], matrix: np.ndarray) -> tuple[str, str]:
    """What holds below and above a node's threshold, in words."""
    title, values = covariates[node.column].title, matrix[:, node.column]
    if is_flag(values):
        return (f"not {title}", title) if is_level(covariates[node.column]) else (f"{title}: no", f"{title}: yes")
    said = bound(node.threshold, values)
    return f"{title} at most {said}", f"{title} over {said}"


def plain(tree: Tree, covariates: tuple[Covariate, ...], matrix: np.ndarray) -> dict[str, Any]:
    """JSON-ready."""
    if isinstance(tree, Leaf):
        return {"treat": tree.treat}
    low, high = conditions(tree, covariates, matrix)
    return {
        "covariate": covariates[tree.column].name,
        "threshold": tree.threshold,
        "below": {"when": low, **plain(tree.below, covariates, matrix)},
        "above": {"when": high, **plain(tree.above, covariates, matrix)},
    }


def _valued(tree: Tree, cuts: Cuts) -> Tree:
    """The tree with thresholds instead of their numbers, without nodes whose leaves do the same."""
    if isinstance(tree, Leaf):
        return tree
    below, above = _valued(tree.below, cuts), _valued(tree.above, cuts)
    if isinstance(below, Leaf) and below == above:
        return below
    return Node(tree.column, float(cuts.thresholds[tree.column][int(tree.threshold)]), below, above)


def _one_level(
    codes: np.ndarray, worth: np.ndarray, columns: list[int], sizes: dict[int, int], smallest: int
) -> Tree | None:
    found = [(*_best_cut(codes, worth, column, sizes[column], smallest), column) for column in columns]
    value, at, low, high, column = max(found, key=lambda each: each[0], default=(NEVER, 0, False, False, 0))
    return Node(column, at, Leaf(low), Leaf(high)) if value > NEVER else None


def _best_cut(
    codes: np.ndarray, worth: np.ndarray, column: int, size: int, smallest: int
) -> tuple[float, int, bool, bool]:
    """(value, cut, whether to treat below, whether to treat above) of one covariate."""
    sums = np.cumsum(np.bincount(codes[:, column], weights=worth, minlength=size))
    counts = np.cumsum(np.bincount(codes[:, column], minlength=size))
    low, high = sums[:-1], sums[-1] - sums[:-1]
    value = np.maximum(low, 0) + np.maximum(high, 0)
    value[(counts[:-1] < smallest) | (counts[-1] - counts[:-1] < smallest)] = NEVER
    at = int(np.argmax(value))
    return float(value[at]), at, bool(low[at] > 0), bool(high[at] > 0)


def _two_levels(
    codes: np.ndarray, worth: np.ndarray, columns: list[int], sizes: dict[int, int], smallest: int
) -> Tree | None:
    """The best first cut with the best second cut on either side, each of which may also stay whole."""
    best: tuple[float, Tree | None] = (NEVER, None)
    tables = {}
    if len(columns) > MOST_COVARIATES:
        alone = [_best_cut(codes, worth, column, sizes[column], smallest)[0] for column in columns]
        columns = sorted(columns[each] for each in np.argsort(alone, kind="stable")[-MOST_COVARIATES:])
    for at, first in enumerate(columns):
        for second in columns[at:]:
            code = codes[:, first] * sizes[second] + codes[:, second]
            shape = (sizes[first], sizes[second])
            cells = [
                np.bincount(code, weights=each, minlength=shape[0] * shape[1]).reshape(shape).cumsum(0).cumsum(1)
                for each in (worth, np.ones(len(worth)))
            ]
            tables[first, second], tables[second, first] = cells, [each.T for each in cells]
    for first in columns:
        sides = [_best_second(tables, first, columns, sizes, smallest, above=above) for above in (False, True)]
        total = sides[0][0] + sides[1][0]
        at = int(np.argmax(total)) if len(total) else 0
        if len(total) and total[at] > best[0]:
            best = (float(total[at]), Node(first, at, sides[0][1][at], sides[1][1][at]))
    return best[1]


def _best_second(
    tables: dict[tuple[int, int], list[np.ndarray]],
    first: int,
    columns: list[int],
    sizes: dict[int, int],
    smallest: int,
    *,
    above: bool,
) -> tuple[np.ndarray, list[Tree]]:
    """For each cut of the first covariate: the best value of one side of it, and how that side is divided."""
    cuts = sizes[first] - 1
    best = np.full(cuts, NEVER)
    kept: list[Tree] = [Leaf(False)] * cuts
    for second in columns:
        sums, counts = (each[-1:] - each[:-1] if above else each[:-1] for each in tables[first, second])
        whole, size = sums[:, -1], counts[:, -1]
        stays = np.where(size >= smallest, np.maximum(whole, 0), NEVER)
        low, high = sums[:, :-1], whole[:, None] - sums[:, :-1]
        value = np.maximum(low, 0) + np.maximum(high, 0)
        value = np.where((counts[:, :-1] >= smallest) & (size[:, None] - counts[:, :-1] >= smallest), value, NEVER)
        at = np.argmax(value, axis=1)
        divided = value[np.arange(cuts), at]
        for cut in np.flatnonzero(np.maximum(stays, divided) > best):
            best[cut] = max(stays[cut], divided[cut])
            leaf = Leaf(bool(whole[cut] > 0))
            pair = Leaf(bool(low[cut, at[cut]] > 0)), Leaf(bool(high[cut, at[cut]] > 0))
            kept[cut] = Node(second, int(at[cut]), *pair) if divided[cut] > stays[cut] else leaf
    return best, kept
