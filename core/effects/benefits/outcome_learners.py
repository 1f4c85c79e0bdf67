"""Effects as the difference of learnt outcomes: one model per arm (T), or one for both with the treatment inside (S).

Künzel, Sekhon, Bickel and Yu (2019). Both assume that the covariates hold every common cause.
"""

import numpy as np

from core.effects.benefits.crossed import CrossFit, Learnt
from core.effects.benefits.stacking import cross, fit_of_both
from core.effects.super_learner import OF_BOTH_ARMS


def learn_apart(crossed: CrossFit, *, seed: int) -> Learnt:
    """T-learner: what the treated arm's model expects, less what the control arm's does; both exist already."""
    del seed  # nothing here is random
    return Learnt(crossed.treated.held_out[0] - crossed.control.held_out[0])


def learn_together(crossed: CrossFit, *, seed: int) -> Learnt:
    """S-learner: one model of the outcome that sees the treatment, asked twice."""
    del seed
    table = crossed.table
    found = cross(
        fit_of_both(OF_BOTH_ARMS, crossed.seen, table.treatment, table.outcome, is_share=crossed.is_share),
        table.outcome,
        crossed.fold,
        np.ones(table.units, dtype=bool),
        is_share=crossed.is_share,
        met=table.treatment.astype(int),
    )
    return Learnt(found.held_out[1] - found.held_out[0])
