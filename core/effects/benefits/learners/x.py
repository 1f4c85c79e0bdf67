"""X-learner: each arm's effects from the other arm's outcome model, mixed by the propensity (Künzel et al. 2019)."""

import numpy as np

from core.effects.benefits.crossed import CrossFit, Learnt
from core.effects.benefits.stacking import predict_effects
from core.effects.nuisances import FOLDS


def learn(crossed: CrossFit, *, seed: int) -> Learnt:
    """A treated unit's noisy effect is its outcome less what the control model expects of it, a control's the other way
    round; those of each arm are regressed on the covariates."""
    del seed  # nothing here is random
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
