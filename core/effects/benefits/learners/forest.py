"""Causal forest: trees that split where the effect differs (Athey, Tibshirani and Wager 2019), by EconML.

EconML gets residuals that were learnt here without the unit's user, in arrays of its own; its intervals are not used.
"""

import numpy as np

from core.effects.benefits.crossed import CrossFit, Learnt
from core.effects.nuisances import FOLDS

TREES = 200
MOST_ROWS = 10_000  # a forest learns from at most so many units of a fold's training units
SMALLEST_LEAF = 10


def learn(crossed: CrossFit, *, seed: int) -> Learnt:
    """Each fold's effects by a forest grown on the other folds' residuals of outcome and treatment."""
    from econml.grf import CausalForest

    table, effects, capped = crossed.table, np.zeros(crossed.table.units), 0
    matrix = np.ascontiguousarray(table.matrix())
    for fold in range(FOLDS):
        train = np.flatnonzero(crossed.fold != fold)
        if len(train) > MOST_ROWS:
            capped = len(train)
            train = np.sort(np.random.default_rng([seed, fold]).choice(train, MOST_ROWS, replace=False))
        share = crossed.propensity.inner[0, train, fold]
        expected = share * crossed.treated.inner[0, train, fold] + (1 - share) * crossed.control.inner[0, train, fold]
        forest = CausalForest(
            n_estimators=TREES, min_samples_leaf=SMALLEST_LEAF, inference=False, n_jobs=1, random_state=seed
        )
        forest.fit(matrix[train], (table.treatment[train] - share)[:, None], table.outcome[train] - expected)
        effects[crossed.fold == fold] = forest.predict(matrix[crossed.fold == fold]).ravel()
    said = f"The causal forest learnt from {MOST_ROWS:,} of {capped:,} training units of each fold." if capped else ""
    return Learnt(effects, (said,) if said else ())
