"""DR-learner: doubly robust scores, regressed on the covariates (Kennedy, arXiv:2004.14497)."""

import numpy as np

from core.effects.benefits.crossed import CrossFit, Learnt
from core.effects.benefits.stacking import predict_effects
from core.effects.nuisances import FOLDS


def learn(crossed: CrossFit, *, seed: int) -> Learnt:
    """Each fold's effects from the scores of the other folds, which no unit of the fold has touched."""
    del seed  # nothing here is random
    effects, everybody = np.zeros(crossed.table.units), np.ones(crossed.table.units, dtype=bool)
    for fold in range(FOLDS):
        found = predict_effects(crossed.seen, crossed.scores_without(fold), crossed.fold, everybody, fold)
        effects[crossed.fold == fold] = found
    return Learnt(effects)
