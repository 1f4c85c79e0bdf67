"""Nuisances: the propensity of treatment and the expected outcome of each arm, learnt without looking at one's own row.

Cross-fitting (Chernozhukov et al. 2018): units are dealt into folds by user, so that a unit's prediction never saw the
user it belongs to. The learners' cross-fitted predictions are mixed once (`mixing`). The fits are kept, so that
overlap, balance, estimators and refuters of the same table share them instead of fitting again.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from core.effects.lens import Lens
from core.effects.mixing import mix_shares, mix_squares
from core.effects.odds import times_odds
from core.effects.sampling_odds import odds_of_sampling
from core.effects.second_order import Axes
from core.effects.sparse_curves import pairs_of
from core.effects.super_learner import (
    OF_BOTH_ARMS,
    OF_ONE_ARM,
    OF_ONE_ARM_ALONE,
    OF_PROPENSITY,
    Learner,
    PredictArm,
    by_arm,
)
from core.effects.table import AnalysisTable
from core.storage.machine import free_threads

FOLDS = 5
SPLITS, FEWER_SPLITS = 5, 3
MORE_UNITS = 5_000  # from here on fewer splits do
MANY_UNITS = 20_000  # from here on one split: splits differ less than the standard error by far
MOST_LEARNT = 20_000  # units that one fit is made of at most, drawn at random; predicted are all

Fit = Callable[[np.ndarray, np.ndarray], np.ndarray]
Made = TypeVar("Made")


def usual_splits(units: int) -> int:
    """How many random divisions into folds a table of so many units gets."""
    return SPLITS if units < MORE_UNITS else FEWER_SPLITS if units < MANY_UNITS else 1


class Nuisances:
    """The cross-fitted predictions of one table and seed, fitted when first asked for.

    splits: over how many random divisions into folds an estimator takes the median; by default five, three where
    there are MORE_UNITS, one where there are MANY_UNITS. apart: learn the outcome of each arm from that arm alone,
    where the other's means nothing. odds: by how much the odds of treatment in the population exceed those among the
    units.
    """

    def __init__(self, table: AnalysisTable, *, seed: int, splits: int | None = None, apart: bool = False) -> None:
        self._treatment, self._outcome, self._clusters = table.treatment, table.outcome, table.clusters
        matrix = table.matrix()
        self._seen = Lens(matrix).see(matrix)
        self.odds = odds_of_sampling(table, seed)
        self._seed, self._apart = seed, apart
        self._is_share = bool(np.isin(self._outcome, (0.0, 1.0)).all())
        self._known: dict[tuple[str, int], np.ndarray] = {}
        self._both: dict[int, list[list[PredictArm]]] = {}  # by split and fold: asked of an arm when that is needed
        self._axes: Axes | None = None
        self.splits = splits or usual_splits(table.units)

    def propensity(self, split: int) -> np.ndarray:
        """(n,) probability of treatment given the covariates, in the population that the units were sampled from."""
        return self._once("propensity", split, self._propensity)

    def outcome(self, arm: int, split: int) -> np.ndarray:
        """(n,) expected outcome given the covariates in the treated (1) or the control (0) arm."""
        return self._once("treated" if arm else "control", split, lambda split: self._expected(arm, split))

    @property
    def axes(self) -> Axes:
        """The covariates, and the pairs of them that say more of the outcome, or of the treatment, than each alone."""
        if self._axes is None:
            some = _some(np.arange(len(self._outcome)), MOST_LEARNT)
            scaled, treatment = self._seen.scaled[some], self._treatment[some]
            of_outcome = pairs_of(scaled, self._outcome[some], by_arm(scaled, treatment))
            self._axes = Axes(self._seen.scaled, list(dict.fromkeys([*of_outcome, *pairs_of(scaled, treatment)])))
        return self._axes

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of how they were learnt."""
        if len(self._treatment) * (FOLDS - 1) / FOLDS <= MOST_LEARNT:
            return ()
        return (f"Each learner saw at most {MOST_LEARNT:,} units, drawn at random; all units were predicted.",)

    def fold(self, split: int) -> np.ndarray:
        """(n,) the fold each unit was dealt into."""
        return deal_folds(self._treatment, self._clusters, np.random.default_rng([self._seed, split]))

    def _once(self, what: str, split: int, make: Callable[[int], np.ndarray]) -> np.ndarray:
        if (what, split) not in self._known:
            self._known[what, split] = make(split)
        return self._known[what, split]

    def _propensity(self, split: int) -> np.ndarray:
        learners = self._learners(OF_PROPENSITY)

        def fit(train: np.ndarray, test: np.ndarray) -> np.ndarray:
            return self._each(learners, self._treatment, _some(train, MOST_LEARNT), test, is_share=True)

        found = self._crossfit(fit, split, len(learners))
        learnt = found @ mix_shares(found, self._treatment)
        return times_odds(learnt, self.odds)

    def _expected(self, arm: int, split: int) -> np.ndarray:
        allowed = self._treatment == arm
        learners = self._learners(OF_ONE_ARM_ALONE if self._apart else OF_ONE_ARM)

        def fit(train: np.ndarray, test: np.ndarray) -> np.ndarray:
            own = _some(train[allowed[train]], MOST_LEARNT)
            return self._each(learners, self._outcome, own, test, is_share=self._is_share)

        found = self._crossfit(fit, split, len(learners))
        if not self._apart and not self._seen.empty:
            found = np.column_stack([found, self._by_both(arm, split)])
        mix = mix_shares if self._is_share else mix_squares
        return np.asarray(found @ mix(found[allowed], self._outcome[allowed]))

    def _by_both(self, arm: int, split: int) -> np.ndarray:
        """(n, learners): what those that learn from both arms expect in this one."""
        if split not in self._both:
            self._both[split] = self._in_folds(self._learn_both, split)
        models, fold = self._both[split], self.fold(split)

        def predict(_: np.ndarray, test: np.ndarray) -> np.ndarray:
            outer = self._seen.rows(test)
            return np.column_stack([model(outer, arm) for model in models[fold[test[0]]]])

        return self._crossfit(predict, split, len(OF_BOTH_ARMS))

    def _learn_both(self, train: np.ndarray, _: np.ndarray) -> list[PredictArm]:
        arms = (train[self._treatment[train] == arm] for arm in (0, 1))
        train = np.sort(np.concatenate([_some(each, MOST_LEARNT // 2) for each in arms]))
        treatment, target = self._treatment[train], self._outcome[train]
        if np.ptp(target) == 0:
            return [lambda new, _: np.full(new.units, target[0])] * len(OF_BOTH_ARMS)
        inner = self._seen.rows(train)
        return [learner(inner, treatment, target, is_share=self._is_share) for learner in OF_BOTH_ARMS]

    def _each(
        self, learners: Sequence[Learner], target: np.ndarray, train: np.ndarray, test: np.ndarray, *, is_share: bool
    ) -> np.ndarray:
        """(len(test), learners); a constant where the training rows leave nothing to learn."""
        if len(train) == 0 or np.ptp(target[train]) == 0:
            return np.full((len(test), len(learners)), target[train[0]] if len(train) else target.mean())
        inner, outer = self._seen.rows(train), self._seen.rows(test)
        return np.column_stack([learner(inner, target[train], is_share=is_share)(outer) for learner in learners])

    def _crossfit(self, fit: Fit, split: int, columns: int) -> np.ndarray:
        fold = self.fold(split)
        found = np.zeros((len(fold), columns))
        for which, predicted in enumerate(self._in_folds(fit, split)):
            found[fold == which] = predicted
        return found

    def _in_folds(self, step: Callable[[np.ndarray, np.ndarray], Made], split: int) -> list[Made]:
        """What a step makes of the rows outside a fold and of those in it, for each fold, side by side."""
        fold = self.fold(split)
        places = [(np.flatnonzero(fold != which), np.flatnonzero(fold == which)) for which in range(fold.max() + 1)]
        with threadpool_limits(1), ThreadPoolExecutor(free_threads()) as pool:
            return list(pool.map(lambda rows: step(*rows), places))

    def _learners(self, offered: Sequence[Learner]) -> Sequence[Learner]:
        return offered[:1] if self._seen.empty else offered


def deal_folds(treatment: np.ndarray, clusters: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n,) fold of each unit, 0 to 4: a user's units stay together, and treated users are dealt out evenly."""
    count = clusters.max() + 1
    treated = np.bincount(clusters, weights=treatment, minlength=count) > 0
    order = rng.permutation(count)
    order = order[np.argsort(treated[order], kind="stable")]
    fold = np.empty(count, dtype=int)
    fold[order] = np.arange(count) % FOLDS
    return np.asarray(fold[clusters])


def _some(rows: np.ndarray, most: int) -> np.ndarray:
    """These rows, or as many of them drawn at random (the same ones each time)."""
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(len(rows)).choice(rows, most, replace=False))
