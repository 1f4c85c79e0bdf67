"""Predictions of the super learner in which a unit meets no model that saw its user, twice over.

Units are dealt into five folds by user. For each pair of folds, the learners are trained on the other three: that gives
predictions within the training units of either fold that are honest too. From those alone a fold's mixture of learners
is chosen, and effects are learnt on them (leave-two-out cross-fitting; Kennedy, arXiv:2004.14497, section 5).
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from threadpoolctl import threadpool_limits

from core.effects.lens import Seen
from core.effects.mixing import mix_shares, mix_squares
from core.effects.nuisances import FOLDS
from core.effects.super_learner import Learner, LearnerOfBoth, straight, surface, trees
from core.storage.machine import free_threads

Fit = Callable[[np.ndarray, np.ndarray], np.ndarray]  # (rows to train on, rows to predict) -> (rows, answers, learners)
Tick = Callable[[], None]
OF_EFFECTS: tuple[Learner, ...] = (straight, surface, trees)  # of noisy effects: slopes in leaves find only noise


@dataclass(frozen=True)
class Crossed:
    """held_out (answers, n): predictions without the unit's own fold; inner (answers, n, FOLDS): column k is for the
    units that are not in fold k, and saw neither the unit's fold nor fold k (NaN for the units of fold k)."""

    held_out: np.ndarray
    inner: np.ndarray


def fit_of(learners: Sequence[Learner], seen: Seen, target: np.ndarray, *, is_share: bool) -> Fit:
    """Trains every learner on the target (n,); one answer."""
    usable = learners[:1] if seen.empty else learners

    def fit(train: np.ndarray, test: np.ndarray) -> np.ndarray:
        if len(train) == 0 or np.ptp(target[train]) == 0:
            return np.full((len(test), 1, len(usable)), target[train[0]] if len(train) else 0.0)
        inner, outer = seen.rows(train), seen.rows(test)
        return np.column_stack([learn(inner, target[train], is_share=is_share)(outer) for learn in usable])[:, None, :]

    return fit


def fit_of_both(
    learners: Sequence[LearnerOfBoth], seen: Seen, treatment: np.ndarray, target: np.ndarray, *, is_share: bool
) -> Fit:
    """Trains every learner on both arms; two answers, what it expects in the control and in the treated arm."""

    def fit(train: np.ndarray, test: np.ndarray) -> np.ndarray:
        if len(train) == 0 or np.ptp(target[train]) == 0:
            return np.full((len(test), 2, len(learners)), target[train[0]] if len(train) else 0.0)
        inner, outer = seen.rows(train), seen.rows(test)
        models = [learn(inner, treatment[train], target[train], is_share=is_share) for learn in learners]
        return np.stack([np.column_stack([model(outer, arm) for model in models]) for arm in (0, 1)], axis=1)

    return fit


def cross(
    fit: Fit,
    target: np.ndarray,
    fold: np.ndarray,
    allowed: np.ndarray,
    *,
    is_share: bool,
    met: np.ndarray | None = None,
    tick: Tick = lambda: None,
) -> Crossed:
    """Predictions of one target (n,) by learners trained on the units that are `allowed` (n,).

    met (n,): which of several answers a unit's own target is held against when the learners are mixed. tick is called
    after each fit.
    """
    mix = mix_shares if is_share else mix_squares
    answer = np.zeros(len(fold), dtype=int) if met is None else met
    left_out = [*combinations(range(FOLDS), 2), *((each,) for each in range(FOLDS))]

    def without(folds: Sequence[int]) -> np.ndarray:
        out = np.isin(fold, folds)
        return fit(np.flatnonzero(allowed & ~out), np.flatnonzero(out))

    found = {}
    with threadpool_limits(1), ThreadPoolExecutor(free_threads()) as pool:
        for folds, predicted in zip(left_out, pool.map(without, left_out), strict=True):
            found[folds] = predicted
            tick()
    _, answers, learners = found[left_out[0]].shape
    held_out, inner = np.full((answers, len(fold)), np.nan), np.full((answers, len(fold), FOLDS), np.nan)
    for each in range(FOLDS):
        within = np.zeros((len(fold), answers, learners))
        for folds, predicted in found.items():
            if len(folds) == 2 and each in folds:
                within[np.isin(fold, folds)] = predicted  # rows of fold `each` itself are overwritten, and never used
        rest = fold != each
        judged = np.flatnonzero(rest & allowed)
        shares = mix(within[judged, answer[judged]], target[judged])
        inner[:, rest, each] = (within[rest] @ shares).T
        held_out[:, ~rest] = (found[(each,)] @ shares).T
    return Crossed(held_out, inner)


def predict_effects(seen: Seen, pseudo: np.ndarray, fold: np.ndarray, allowed: np.ndarray, without: int) -> np.ndarray:
    """The effect at the units of fold `without`, by regressing a noisy effect of each other unit on the covariates.

    pseudo (n,): used where allowed and not in that fold. One constant is among the learners that are mixed, so that an
    effect that does not differ is predicted as one number.
    """
    usable = allowed & (fold != without)
    target = np.where(usable, pseudo, 0.0)
    learn = fit_of(OF_EFFECTS, seen, target, is_share=False)

    def fit(train: np.ndarray, test: np.ndarray) -> np.ndarray:
        return np.column_stack(
            [np.full(len(test), target[train].mean() if len(train) else 0.0), learn(train, test)[:, 0]]
        )

    rows = [np.flatnonzero(usable & (fold == each)) for each in range(FOLDS) if each != without]
    jobs = [(np.flatnonzero(usable & ~np.isin(np.arange(len(fold)), test)), test) for test in rows]
    jobs.append((np.flatnonzero(usable), np.flatnonzero(fold == without)))
    with threadpool_limits(1), ThreadPoolExecutor(free_threads()) as pool:
        found = list(pool.map(lambda job: fit(*job), jobs))
    within = np.zeros((len(fold), found[0].shape[1]))
    for test, predicted in zip(rows, found, strict=False):
        within[test] = predicted
    return np.asarray(found[-1] @ mix_squares(within[usable], target[usable]))
