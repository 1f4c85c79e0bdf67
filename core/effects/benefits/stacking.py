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

from core.effects.learners import boosting_data, features, predict_linearly, predict_with_curves, predict_with_trees
from core.effects.nuisances import FOLDS, mix_shares, mix_squares
from core.storage.machine import free_threads

Predict = Callable[[np.ndarray, np.ndarray], np.ndarray]
Tick = Callable[[], None]


@dataclass(frozen=True)
class Crossed:
    """held_out (places, n): predictions without the unit's own fold; inner (n, FOLDS): column k is for the units that
    are not in fold k, and saw neither the unit's fold nor fold k (NaN for the units of fold k)."""

    held_out: np.ndarray
    inner: np.ndarray


class Stack:
    """The learners over one matrix of covariates (n, p), in which every fit chooses its own rows."""

    def __init__(self, matrix: np.ndarray) -> None:
        self._features = features(matrix)

    def learners(self, target: np.ndarray, *, is_share: bool) -> list[Predict]:
        """Functions of (training rows, rows to predict), the same three as those of the study's nuisances."""
        given = self._features
        if given.plain.shape[1] == 0:
            return [lambda train, test: np.full(len(test), target[train].mean())]
        data = boosting_data(given.plain, target)
        return [
            lambda train, test: predict_linearly(given, target, train, test, is_share=is_share),
            lambda train, test: predict_with_curves(given, target, train, test, is_share=is_share),
            lambda train, test: predict_with_trees(data, given.plain, train, test, is_share=is_share),
        ]


def cross(
    learners: Sequence[Predict],
    target: np.ndarray,
    fold: np.ndarray,
    allowed: np.ndarray,
    *,
    is_share: bool,
    places: Sequence[int] = (0,),
    tick: Tick = lambda: None,
) -> Crossed:
    """Predictions of one target (n,) by learners trained on the units that are `allowed` (n,).

    places: what is added to a unit's row number to find the rows to predict it at, where the matrix of the learners
    holds each unit several times. tick is called after each fit.
    """
    mix = mix_shares if is_share else mix_squares
    units = np.arange(len(fold))
    pairs = list(combinations(range(FOLDS), 2))

    def fit(left_out: Sequence[int], where: Sequence[int]) -> np.ndarray:
        out = np.isin(fold, left_out)
        train = np.flatnonzero(allowed & ~out)
        test = np.concatenate([place + units[out] for place in where])
        return _predictions(learners, target, train, test)

    jobs = [*((pair, (0,)) for pair in pairs), *(((each,), tuple(places)) for each in range(FOLDS))]
    found = []
    with threadpool_limits(1), ThreadPoolExecutor(free_threads()) as pool:
        for predicted in pool.map(lambda job: fit(*job), jobs):
            found.append(predicted)
            tick()
    held_out, inner = np.full((len(places), len(fold)), np.nan), np.full((len(fold), FOLDS), np.nan)
    for each in range(FOLDS):
        within = np.zeros((len(fold), len(learners)))
        for pair, predicted in zip(pairs, found, strict=False):
            if each in pair:
                out = np.isin(fold, pair)
                within[out] = predicted  # the rows of fold `each` are overwritten by every pair and never used
        rest = fold != each
        shares = mix(within[rest & allowed], target[rest & allowed])
        inner[rest, each] = within[rest] @ shares
        held_out[:, ~rest] = (found[len(pairs) + each] @ shares).reshape(len(places), -1)
    return Crossed(held_out, inner)


def predict_effects(
    stack: Stack, pseudo: np.ndarray, fold: np.ndarray, allowed: np.ndarray, without: int
) -> np.ndarray:
    """The effect at the units of fold `without`, by regressing a noisy effect of each other unit on the covariates.

    pseudo (n,): used where allowed and not in that fold. One constant is among the learners that are mixed, so that an
    effect that does not differ is predicted as one number.
    """
    usable = allowed & (fold != without)
    target = np.where(usable, pseudo, 0.0)
    learners: list[Predict] = [
        lambda train, test: np.full(len(test), target[train].mean()),
        *stack.learners(target, is_share=False),
    ]
    within = np.zeros((len(fold), len(learners)))
    for each in range(FOLDS):
        test = np.flatnonzero(usable & (fold == each))
        if each != without and len(test):
            within[test] = _predictions(learners, target, np.flatnonzero(usable & (fold != each)), test)
    shares = mix_squares(within[usable], target[usable])
    predicted = _predictions(learners, target, np.flatnonzero(usable), np.flatnonzero(fold == without))
    return np.asarray(predicted @ shares)


def _predictions(learners: Sequence[Predict], target: np.ndarray, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    """(len(test), learners); a constant where the training rows leave nothing to learn."""
    if len(train) == 0 or np.ptp(target[train]) == 0:
        return np.full((len(test), len(learners)), target[train[0]] if len(train) else 0.0)
    return np.column_stack([learner(train, test) for learner in learners])
