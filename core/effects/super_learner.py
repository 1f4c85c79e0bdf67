"""The learners that are stacked for propensities and outcomes, each learnt on units seen through a lens.

Straight lines, covariates that multiply (of outcomes that are not below 0), smooth surfaces (sums of curves of one and
two covariates), sparse curves (of which the few that help are kept), boosted trees with straight lines in their leaves,
and boosted trees: whatever the truth is, one of them is near it, and the mixture follows that one. Outcomes are learnt
in both arms at once as well as in each alone: arms share most of what decides an outcome, and what they share is learnt
from twice as many units. All are deterministic and run on one thread (see `nuisances`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import lightgbm
import numpy as np
from scipy.special import expit

from core.effects.learners import LINEAR_PENALTY, QUICKLY, ridge
from core.effects.lens import Seen
from core.effects.log_link import expected, fit_log_link
from core.effects.logistic import fit_logistic
from core.effects.sparse_curves import sparse_curves

Predict = Callable[[Seen], np.ndarray]
PredictArm = Callable[[Seen, int], np.ndarray]
Learner = Callable[..., Predict]  # (units, target (n,), is_share=...): what predicts the target for other units
LearnerOfBoth = Callable[..., PredictArm]  # (units, treatment, target, is_share=...): the same in one arm, 1 or 0
CERTAIN = 1e-3  # a share learnt by squares is kept this far from 0 and 1
MULTIPLIED_PENALTY = 1.0
BELOW_ZERO = 0.1  # share of a target's values: with more below 0 its covariates do not multiply
FURTHEST = 2.0  # what multiplies is expected no further out than so many times the largest target seen
SURFACE_PENALTY = 0.3
SURFACE_PENALTIES = np.logspace(-3, 4, 15)
DIFFERENCE = 0.5  # how much weaker a difference between the arms is held to be than what they share
ONE_THREAD: Final[dict[str, Any]] = {
    "num_threads": 1, "verbose": -1, "deterministic": True, "force_row_wise": True, "feature_pre_filter": False,
    "seed": 0,
}  # fmt: skip
CUTS, MORE_CUTS = 63, 255  # places along a covariate where trees may cut it
UNITS_FOR_MORE_CUTS = 3_000


@dataclass(frozen=True)
class Trees:
    """Settings of boosted trees: rounds, leaves, rate, least units in a leaf; bent: straight lines in the leaves;
    random: each cut is the best of one random place per covariate (Geurts, Ernst and Wehenkel 2006); sampled: each tree
    sees half of the units and seven in ten covariates."""

    rounds: int
    leaves: int
    rate: float
    least: int
    bent: bool = False
    random: bool = False
    sampled: bool = False

    def fit(self, matrix: np.ndarray, target: np.ndarray, *, is_share: bool) -> Callable[[np.ndarray], np.ndarray]:
        """Boosted trees of LightGBM; predictions of a share are probabilities."""
        settings = {
            **ONE_THREAD,
            "max_bin": MORE_CUTS if len(target) >= UNITS_FOR_MORE_CUTS else CUTS,
            "objective": "binary" if is_share else "regression",
            "num_leaves": self.leaves,
            "learning_rate": self.rate,
            "min_data_in_leaf": self.least,
            **({"linear_tree": True, "linear_lambda": 1.0} if self.bent else {}),
            **({"extra_trees": True} if self.random else {}),
            **({"bagging_fraction": 0.5, "bagging_freq": 1, "feature_fraction": 0.7} if self.sampled else {}),
        }
        booster = lightgbm.train(settings, lightgbm.Dataset(matrix, label=target, params=settings), self.rounds)
        return lambda new: np.asarray(booster.predict(new, num_threads=1))


BENT = Trees(rounds=150, leaves=4, rate=0.08, least=30, bent=True)
BENT_AT_RANDOM = Trees(rounds=200, leaves=4, rate=0.08, least=30, bent=True, random=True)
BENT_FOR_SHARES = Trees(rounds=100, leaves=4, rate=0.08, least=30, bent=True, random=True)
PLAIN = Trees(rounds=80, leaves=8, rate=0.08, least=20)
MANY = Trees(rounds=150, leaves=8, rate=0.08, least=10, sampled=True)


def straight(seen: Seen, target: np.ndarray, *, is_share: bool) -> Predict:
    """Ridge regression, or logistic regression for a target of 0 and 1."""
    if is_share:
        fit = fit_logistic(_with_constant(seen.straight), target, penalty=LINEAR_PENALTY, **QUICKLY)
        return lambda new: np.asarray(expit(_with_constant(new.straight) @ fit.coefficients))
    line = ridge(seen.straight, target)
    return lambda new: line(new.straight)


def multiplied(seen: Seen, target: np.ndarray, *, is_share: bool) -> Predict:
    """Each covariate multiplies the expectation; straight lines where the target is a share or often below 0."""
    if is_share or target.mean() <= 0 or (target < 0).mean() > BELOW_ZERO:
        return straight(seen, target, is_share=is_share)
    beta = fit_log_link(_with_constant(seen.scaled), target, penalty=MULTIPLIED_PENALTY)
    return lambda new: np.minimum(expected(_with_constant(new.scaled), beta), FURTHEST * target.max())


def surface(seen: Seen, target: np.ndarray, *, is_share: bool) -> Predict:
    """The same on bumps: curves of one and of two covariates."""
    if is_share:
        fit = fit_logistic(_with_constant(seen.bumps), target, penalty=SURFACE_PENALTY, **QUICKLY)
        return lambda new: np.asarray(expit(_with_constant(new.bumps) @ fit.coefficients))
    found = ridge(seen.bumps, target, penalties=SURFACE_PENALTIES)
    return lambda new: found(new.bumps)


def sparse(seen: Seen, target: np.ndarray, *, is_share: bool) -> Predict:
    """Curves of one and of two covariates, of which the lasso keeps few; for a share, their logistic regression."""
    found = sparse_curves(seen.scaled, target)
    if not is_share:
        return lambda new: _seen_before(found.predict(new.scaled), target)
    fit = fit_logistic(_with_constant(found.chosen(seen.scaled)), target, penalty=LINEAR_PENALTY, **QUICKLY)
    return lambda new: np.asarray(expit(_with_constant(found.chosen(new.scaled)) @ fit.coefficients))


def bent_trees(seen: Seen, target: np.ndarray, *, is_share: bool) -> Predict:
    """Few leaves with a straight line in each: slopes that differ from place to place."""
    model = (BENT_FOR_SHARES if is_share else BENT).fit(seen.scaled, target, is_share=is_share)
    return lambda new: model(new.scaled)


def trees(seen: Seen, target: np.ndarray, *, is_share: bool) -> Predict:
    """Small trees: steps and what they do together."""
    model = PLAIN.fit(seen.scaled, target, is_share=is_share)
    return lambda new: model(new.scaled)


def surface_of_both(seen: Seen, treatment: np.ndarray, target: np.ndarray, *, is_share: bool) -> PredictArm:
    """One smooth surface for both arms, and a milder one for their difference (Alaa and van der Schaar 2017)."""
    found = ridge(_signed(seen.bumps, treatment), target, penalties=SURFACE_PENALTIES)

    def predict(new: Seen, arm: int) -> np.ndarray:
        values = found(_signed(new.bumps, np.full(new.units, float(arm))))
        return np.clip(values, CERTAIN, 1 - CERTAIN) if is_share else values

    return predict


def sparse_of_both(seen: Seen, treatment: np.ndarray, target: np.ndarray, *, is_share: bool) -> PredictArm:
    """Sparse curves that both arms share; what the treatment changes may lie along a straight line."""
    found = sparse_curves(seen.scaled, target, by_arm(seen.scaled, treatment))

    def predict(new: Seen, arm: int) -> np.ndarray:
        values = found.predict(new.scaled, by_arm(new.scaled, np.full(new.units, float(arm))))
        return np.clip(values, CERTAIN, 1 - CERTAIN) if is_share else _seen_before(values, target)

    return predict


def bent_trees_of_both(seen: Seen, treatment: np.ndarray, target: np.ndarray, *, is_share: bool) -> PredictArm:
    """Bent trees that see the treatment as one more covariate."""
    return _trees_of_both(BENT_FOR_SHARES if is_share else BENT, seen, treatment, target, is_share=is_share)


def random_trees_of_both(seen: Seen, treatment: np.ndarray, target: np.ndarray, *, is_share: bool) -> PredictArm:
    """The same with cuts at random places: smoother."""
    return _trees_of_both(BENT_AT_RANDOM, seen, treatment, target, is_share=is_share)


def trees_of_both(seen: Seen, treatment: np.ndarray, target: np.ndarray, *, is_share: bool) -> PredictArm:
    """Trees on random halves of the units that see the treatment as one more covariate."""
    return _trees_of_both(MANY, seen, treatment, target, is_share=is_share)


def _seen_before(values: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(m,) expectations within the targets (n,) seen: a pair's slope can be steep where no unit was."""
    return np.asarray(np.clip(values, target.min(), target.max()))


OF_PROPENSITY: Final[tuple[Learner, ...]] = (straight, surface, sparse, bent_trees)
OF_ONE_ARM: Final[tuple[Learner, ...]] = (straight, multiplied, bent_trees)  # beside those of both arms
OF_ONE_ARM_ALONE: Final[tuple[Learner, ...]] = (straight, multiplied, surface, sparse, bent_trees, trees)
OF_BOTH_ARMS: Final[tuple[LearnerOfBoth, ...]] = (
    surface_of_both,
    sparse_of_both,
    bent_trees_of_both,
    random_trees_of_both,
    trees_of_both,
)


def _trees_of_both(
    settings: Trees, seen: Seen, treatment: np.ndarray, target: np.ndarray, *, is_share: bool
) -> PredictArm:
    model = settings.fit(np.column_stack([seen.scaled, treatment]), target, is_share=is_share)
    return lambda new, arm: model(np.column_stack([new.scaled, np.full(new.units, float(arm))]))


def _signed(bumps: np.ndarray, treatment: np.ndarray) -> np.ndarray:
    sign = (2 * treatment - 1)[:, None]
    return np.hstack([bumps, DIFFERENCE * DIFFERENCE * sign * bumps, sign])


def by_arm(scaled: np.ndarray, treatment: np.ndarray) -> np.ndarray:
    """(n, 1 + p) the treatment, and straight lines (n, p) along which what it changes may lie."""
    return np.column_stack([treatment, treatment[:, None] * scaled])


def _with_constant(columns: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(len(columns)), columns])
