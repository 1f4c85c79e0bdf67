"""Nuisances: the propensity of treatment and the expected outcome of each arm, learnt without looking at one's own row.

Cross-fitting (Chernozhukov et al. 2018): units are dealt into folds by user, so that a unit's prediction never saw the
user it belongs to. Short-stacking (Ahrens, Hansen, Schaffer and Wiemann, arXiv:2401.01645): the learners' cross-fitted
predictions are mixed once, with weights that are shares. The fits are kept, so that overlap, balance, estimators and
refuters of the same table share them instead of fitting again.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from scipy.optimize import nnls
from threadpoolctl import threadpool_limits

from core.effects.learners import boosting_data, features, predict_linearly, predict_with_curves, predict_with_trees
from core.effects.table import AnalysisTable
from core.storage.machine import free_threads

FOLDS = 5
SPLITS = 5
MANY_UNITS = 20_000  # from here on one split: splits differ less than the standard error by far
MIXING_STEPS = 200

Predict = Callable[[np.ndarray, np.ndarray], np.ndarray]


class Nuisances:
    """The cross-fitted predictions of one table and seed, fitted when first asked for.

    splits: over how many random divisions into folds an estimator takes the median; by default five, or one where
    there are MANY_UNITS.
    """

    def __init__(self, table: AnalysisTable, *, seed: int, splits: int | None = None) -> None:
        self._treatment, self._outcome, self._clusters = table.treatment, table.outcome, table.clusters
        self._features = features(table.matrix())
        self._seed = seed
        self._is_share = bool(np.isin(self._outcome, (0.0, 1.0)).all())
        self._known: dict[tuple[str, int], np.ndarray] = {}
        self._bins: dict[str, Any] = {}
        self.splits = splits or (SPLITS if table.units < MANY_UNITS else 1)

    def propensity(self, split: int) -> np.ndarray:
        """(n,) probability of treatment given the covariates."""
        return self._once("propensity", split)

    def outcome(self, arm: int, split: int) -> np.ndarray:
        """(n,) expected outcome given the covariates in the treated (1) or the control (0) arm."""
        return self._once("treated" if arm else "control", split)

    def _once(self, what: str, split: int) -> np.ndarray:
        if (what, split) not in self._known:
            self._known[what, split] = self._crossfit(what, split)
        return self._known[what, split]

    def _crossfit(self, what: str, split: int) -> np.ndarray:
        target = self._treatment if what == "propensity" else self._outcome
        is_share = what == "propensity" or self._is_share
        allowed = np.isin(self._treatment, {"propensity": (0, 1), "treated": (1,), "control": (0,)}[what])
        fold = deal_folds(self._treatment, self._clusters, np.random.default_rng([self._seed, split]))
        learners = self._learners(target, is_share)

        def predict(which: int) -> np.ndarray:
            train, test = np.flatnonzero((fold != which) & allowed), np.flatnonzero(fold == which)
            if len(train) == 0 or np.ptp(target[train]) == 0:
                return np.full(
                    (len(test), len(learners)), target[allowed].mean() if len(train) == 0 else target[train[0]]
                )
            return np.column_stack([learner(train, test) for learner in learners])

        predictions = np.zeros((len(target), len(learners)))
        with threadpool_limits(1), ThreadPoolExecutor(free_threads()) as pool:
            for which, found in enumerate(pool.map(predict, range(fold.max() + 1))):
                predictions[fold == which] = found
        mix = mix_shares if is_share else mix_squares
        return np.asarray(predictions @ mix(predictions[allowed], target[allowed]))

    def _learners(self, target: np.ndarray, is_share: bool) -> list[Predict]:
        given = self._features
        linear: list[Predict] = [lambda train, test: predict_linearly(given, target, train, test, is_share=is_share)]
        if given.plain.shape[1] == 0:
            return linear
        name = "treatment" if target is self._treatment else "outcome"
        if name not in self._bins:
            self._bins[name] = boosting_data(given.plain, target)
        data = self._bins[name]
        return [
            *linear,
            lambda train, test: predict_with_curves(given, target, train, test, is_share=is_share),
            lambda train, test: predict_with_trees(data, given.plain, train, test, is_share=is_share),
        ]


def deal_folds(treatment: np.ndarray, clusters: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n,) fold of each unit, 0 to 4: a user's units stay together, and treated users are dealt out evenly."""
    count = clusters.max() + 1
    treated = np.bincount(clusters, weights=treatment, minlength=count) > 0
    order = rng.permutation(count)
    order = order[np.argsort(treated[order], kind="stable")]
    fold = np.empty(count, dtype=int)
    fold[order] = np.arange(count) % FOLDS
    return np.asarray(fold[clusters])


def mix_squares(predictions: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(k,) shares, adding to 1, that minimise the squared error of the mixed predictions (n, k)."""
    gram, moment = predictions.T @ predictions, predictions.T @ target
    heavy = 1e3 * np.sqrt(np.trace(gram)) + 1e-12
    root = np.linalg.cholesky(gram + 1e-10 * (np.trace(gram) + 1e-12) * np.eye(len(gram)))
    rows = np.vstack([root.T, np.full(len(gram), heavy)])
    shares, _ = nnls(rows, np.append(np.linalg.solve(root, moment), heavy))
    return np.asarray(shares / shares.sum())


def mix_shares(predictions: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(k,) shares, adding to 1, that maximise the likelihood of 0 or 1 targets under the mixed predictions (n, k).

    The EM steps of a mixture with fixed components: each step raises the likelihood.
    """
    bounded = np.clip(predictions, 1e-6, 1 - 1e-6)
    likelihood = np.where(target[:, None] == 1, bounded, 1 - bounded)
    shares = np.full(predictions.shape[1], 1 / predictions.shape[1])
    for _ in range(MIXING_STEPS):
        step = (likelihood / (likelihood @ shares)[:, None]).mean(axis=0)
        if np.abs(step - 1).max() < 1e-4 and (shares * step).sum() > 0:
            break
        shares = shares * step
    return np.asarray(shares / shares.sum())
