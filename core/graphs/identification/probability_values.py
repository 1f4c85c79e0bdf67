"""The number behind an expression of probabilities, given the joint distribution of discrete measured nodes.

A joint distribution is an array with one axis per node; every intermediate keeps all axes, those it does not depend on
with length 1. P(a | b) where b never occurs is undefined (NaN), unless it is multiplied by 0: what cannot happen has no
part in an effect.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.graphs.identification.estimand import Estimand
from core.graphs.identification.probability import Expression, Probability, Product, Ratio, Sum, free
from core.graphs.identification.projection import places

Values: TypeAlias = NDArray[np.float64]


def values_of(expression: Expression, joint: Values, axes: dict[int, int]) -> Values:
    """The expression's value for every cell. axes: node (its bit's place) → axis of `joint`."""
    match expression:
        case Probability(of, given):
            rest = tuple(axis for place, axis in axes.items() if not (of | given) >> place & 1)
            both = joint.sum(axis=rest, keepdims=True)
            return _ratio(both, both.sum(axis=tuple(axes[place] for place in places(of)), keepdims=True))
        case Product(factors):
            found = np.ones((1,) * joint.ndim)
            for factor in factors:
                found = _times(found, values_of(factor, joint, axes))
            return found
        case Ratio(top, bottom):
            return _ratio(values_of(top, joint, axes), values_of(bottom, joint, axes))
        case Sum(over, term):
            summed = tuple(axes[place] for place in places(over))
            return np.asarray(values_of(term, joint, axes).sum(axis=summed, keepdims=True))


def effect_values(estimand: Estimand, joint: Values, names: tuple[str, ...]) -> Values:
    """P(outcomes | do(treatments), given): axes in the order treatments, given, outcomes; NaN where undefined.

    joint: sums to 1 over its first axes, which are `names`, all that the estimand uses and nothing else; further axes
    (draws of a bootstrap) stay behind. Nodes that may have any value get their average over those values where the
    effect is defined: in the population all are equal.
    """
    axis_of = {name: axis for axis, name in enumerate(names)}
    found = values_of(estimand.expression, joint, axes_of(estimand, names))
    loose = tuple(axis_of[name] for name in estimand.whatever)
    if loose:
        ends = tuple(axis_of[name] for name in estimand.outcomes)
        usable = np.isfinite(found.sum(axis=ends, keepdims=True))
        others = tuple(axis for axis in axis_of.values() if axis not in loose)
        weights = np.where(usable, joint.sum(axis=others, keepdims=True), 0.0)
        found = _ratio(_times(weights, found).sum(axis=loose, keepdims=True), weights.sum(axis=loose, keepdims=True))
    order = [axis_of[name] for name in (*estimand.treatments, *estimand.given, *estimand.outcomes)]
    extra = list(range(len(names), joint.ndim))
    rest = [axis for axis in axis_of.values() if axis not in order]
    shape = tuple(1 if axis in rest else size for axis, size in enumerate(joint.shape))
    cells = np.broadcast_to(found, shape).transpose([*order, *extra, *rest])
    return cells.reshape([joint.shape[axis] for axis in (*order, *extra)])


def axes_of(estimand: Estimand, names: tuple[str, ...]) -> dict[int, int]:
    """The place of each node in the estimand's expression → the axis of that name."""
    return {place: names.index(name) for place, name in enumerate(estimand.names) if name in names}


def empty_conditions(
    expression: Expression, joint: Values, axes: dict[int, int], cell: dict[int, int]
) -> dict[int, int]:
    """Where the expression is undefined at a cell: a combination of values that it conditions on and that never occurs.

    cell: a value for every node that is free in the expression, as the index along its axis; so is the answer.
    """
    match expression:
        case Probability(_, given):
            return {place: cell[place] for place in places(given)}
        case Product(factors):
            broken = next(factor for factor in factors if _undefined(factor, joint, axes, cell))
            return empty_conditions(broken, joint, axes, cell)
        case Ratio(top, bottom):
            for part in (bottom, top):
                if _undefined(part, joint, axes, cell):
                    return empty_conditions(part, joint, axes, cell)
            return {place: cell[place] for place in places(free(bottom))}
        case Sum(over, term):
            there = _at(values_of(term, joint, axes), axes, {key: cell[key] for key in cell if not over >> key & 1})
            first = np.argwhere(np.isnan(there))[0]
            inner = {place: int(first[axis]) for place, axis in axes.items() if over >> place & 1}
            return empty_conditions(term, joint, axes, cell | inner)


def _undefined(expression: Expression, joint: Values, axes: dict[int, int], cell: dict[int, int]) -> bool:
    return bool(np.isnan(_at(values_of(expression, joint, axes), axes, cell)).any())


def _at(values: Values, axes: dict[int, int], cell: dict[int, int]) -> Values:
    """The values at a cell, all axes kept."""
    for place, index in cell.items():
        if values.shape[axes[place]] > 1:
            values = values.take([index], axis=axes[place])
    return values


def _ratio(top: Values, bottom: Values) -> Values:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(bottom > 0, top / bottom, np.nan)


def _times(one: Values, other: Values) -> Values:
    return np.where((one == 0) | (other == 0), 0.0, one * other)
