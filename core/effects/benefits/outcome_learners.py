"""Effects as the difference of learnt outcomes: one model per arm (T), or one for both with the treatment inside (S).

Künzel, Sekhon, Bickel and Yu (2019). Both assume that the covariates hold every common cause.
"""

import numpy as np

from core.effects.benefits.crossed import CrossFit, Learnt
from core.effects.benefits.stacking import Stack, cross


def learn_apart(crossed: CrossFit, *, seed: int) -> Learnt:
    """T-learner: what the treated arm's model expects, less what the control arm's does; both exist already."""
    del seed  # nothing here is random
    return Learnt(crossed.treated.held_out[0] - crossed.control.held_out[0])


def learn_together(crossed: CrossFit, *, seed: int) -> Learnt:
    """S-learner: one model of the outcome that sees the treatment, asked twice."""
    del seed
    table, units = crossed.table, crossed.table.units
    matrix = table.matrix()
    asked = [np.column_stack([given, matrix]) for given in (table.treatment, np.ones(units), np.zeros(units))]
    stack = Stack(np.vstack(asked))
    target = np.tile(table.outcome, 3)
    found = cross(
        stack.learners(target, is_share=crossed.is_share),
        table.outcome,
        crossed.fold,
        np.ones(units, dtype=bool),
        is_share=crossed.is_share,
        places=(units, 2 * units),
    )
    return Learnt(found.held_out[0] - found.held_out[1])
