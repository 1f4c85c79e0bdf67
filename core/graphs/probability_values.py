"""The number behind an expression of probabilities, given the joint distribution of discrete measured nodes.

A joint distribution is an array with one axis per node; every intermediate keeps all axes, those it does not depend on
with length 1. P(a | b) where b never occurs is undefined (NaN), unless it is multiplied by 0: what cannot happen has no
part in an effect.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.graphs.estimand import Estimand
from core.graphs.probability import Expression, Probability, Product, Ratio, Sum
from core.graphs.projection import places

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

    joint: sums to 1, its axes are `names`, which hold all that the estimand uses and nothing else. Nodes that may have
    any value get their average over those values where the effect is defined: in the population all are equal.
    """
    axis_of = {name: axis for axis, name in enumerate(names)}
    axes = {place: axis_of[name] for place, name in enumerate(estimand.names) if name in axis_of}
    found = values_of(estimand.expression, joint, axes)
    loose = tuple(axis_of[name] for name in estimand.whatever)
    if loose:
        ends = tuple(axis_of[name] for name in estimand.outcomes)
        usable = np.isfinite(found.sum(axis=ends, keepdims=True))
        others = tuple(axis for axis in range(joint.ndim) if axis not in loose)
        weights = np.where(usable, joint.sum(axis=others, keepdims=True), 0.0)
        found = _ratio(_times(weights, found).sum(axis=loose, keepdims=True), weights.sum(axis=loose, keepdims=True))
    order = [axis_of[name] for name in (*estimand.treatments, *estimand.given, *estimand.outcomes)]
    shape = tuple(size if axis in order else 1 for axis, size in enumerate(joint.shape))
    rest = [axis for axis in range(joint.ndim) if axis not in order]
    cells = np.broadcast_to(found, shape).transpose([*order, *rest])
    return cells.reshape([joint.shape[axis] for axis in order])


def _ratio(top: Values, bottom: Values) -> Values:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(bottom > 0, top / bottom, np.nan)


def _times(one: Values, other: Values) -> Values:
    return np.where((one == 0) | (other == 0), 0.0, one * other)
