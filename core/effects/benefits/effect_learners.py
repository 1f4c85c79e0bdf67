"""Effects learnt directly: each unit gets a noisy effect of its own, which is then regressed on the covariates."""

import numpy as np

from core.effects.benefits.crossed import CrossFit, Learnt
from core.effects.benefits.stacking import predict_effects
from core.effects.nuisances import FOLDS


def learn_from_scores(crossed: CrossFit, *, seed: int) -> Learnt:
    """DR-learner (Kennedy, arXiv:2004.14497): the noisy effect is the doubly robust score."""
    del seed  # nothing here is random
    effects = np.zeros(crossed.table.units)
    everybody = np.ones(crossed.table.units, dtype=bool)
    for fold in range(FOLDS):
        found = predict_effects(crossed.seen, crossed.scores_without(fold), crossed.fold, everybody, fold)
        effects[crossed.fold == fold] = found
    return Learnt(effects)


def learn_crossed(crossed: CrossFit, *, seed: int) -> Learnt:
    """X-learner (Künzel et al. 2019): a treated unit's effect is its outcome less what the control model expects of
    it, a control's the other way round; each arm's are regressed, and mixed by the propensity."""
    del seed
    table, effects = crossed.table, np.zeros(crossed.table.units)
    for fold in range(FOLDS):
        of_fold = crossed.fold == fold
        of_treated = table.outcome - np.nan_to_num(crossed.control.inner[0, :, fold])
        of_control = np.nan_to_num(crossed.treated.inner[0, :, fold]) - table.outcome
        treated = predict_effects(crossed.seen, of_treated, crossed.fold, table.treatment == 1, fold)
        control = predict_effects(crossed.seen, of_control, crossed.fold, table.treatment == 0, fold)
        share = crossed.propensity.held_out[0][of_fold]
        effects[of_fold] = share * control + (1 - share) * treated
    return Learnt(effects)
