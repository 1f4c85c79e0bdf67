"""The super learner of one outcome, for units that were not there when it was learnt."""

from collections.abc import Callable

import numpy as np

from core.effects.lens import Lens
from core.effects.mixing import mix_shares, mix_squares
from core.effects.super_learner import OF_ONE_ARM_ALONE

FOLDS = 5


def outcome_model(
    matrix: np.ndarray, outcome: np.ndarray, *, is_share: bool, seed: int = 0
) -> Callable[[np.ndarray], np.ndarray]:
    """Learn outcome (n,) from covariates (n, p); what it returns maps covariates (m, p) to expectations (m,).

    is_share: the outcome is 0 or 1, and expectations are probabilities. The learners are mixed by how they predict rows
    held out in five folds, then learnt again on all rows.
    """
    if np.ptp(outcome) == 0:
        return lambda new: np.full(len(new), outcome[0])
    lens = Lens(matrix)
    seen = lens.see(matrix)
    learners = OF_ONE_ARM_ALONE[:1] if seen.empty else OF_ONE_ARM_ALONE
    fold = np.random.default_rng(seed).permutation(len(outcome)) % FOLDS
    held_out = np.zeros((len(outcome), len(learners)))
    for which in range(FOLDS):
        train, test = np.flatnonzero(fold != which), np.flatnonzero(fold == which)
        for place, learner in enumerate(learners):
            varies = np.ptp(outcome[train]) > 0
            held_out[test, place] = (
                learner(seen.rows(train), outcome[train], is_share=is_share)(seen.rows(test))
                if varies
                else outcome[train[0]]
            )
    shares = (mix_shares if is_share else mix_squares)(held_out, outcome)
    models = [learner(seen, outcome, is_share=is_share) for learner in learners]

    def predict(new: np.ndarray) -> np.ndarray:
        units = lens.see(new)
        return np.asarray(sum(share * model(units) for share, model in zip(shares, models, strict=True)))

    return predict
