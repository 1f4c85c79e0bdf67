"""S-learner: one model of the outcome that sees the treatment, asked twice (Künzel, Sekhon, Bickel and Yu 2019)."""

import numpy as np

from core.effects.benefits.crossed import CrossFit, Learnt
from core.effects.benefits.stacking import cross, fit_of_both
from core.effects.super_learner import OF_BOTH_ARMS


def learn(crossed: CrossFit, *, seed: int) -> Learnt:
    """What the model expects of a unit as treated, less what it expects of it as control."""
    del seed  # nothing here is random
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
