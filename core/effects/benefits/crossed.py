"""What the learners of effects share: folds, and each unit's propensity and outcomes from models without its user."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.effects.benefits.stacking import Crossed, cross, fit_of
from core.effects.doubly_robust import Fitted
from core.effects.guard import limits
from core.effects.lens import Lens, Seen
from core.effects.nuisances import FOLDS, Nuisances, deal_folds
from core.effects.super_learner import OF_ONE_ARM_ALONE, OF_PROPENSITY
from core.effects.table import AnalysisTable

Tick = Callable[[], None]
FITS = 3 * 15  # trainings of `cross_fit`, for its progress


@dataclass(frozen=True)
class Learnt:
    """effects (n,): each unit's predicted effect, by a model that never saw its user."""

    effects: np.ndarray
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class CrossFit:
    """fold (n,): 0 to FOLDS - 1, by user; propensity, control, treated: of the units, as `Crossed` says."""

    table: AnalysisTable
    seen: Seen
    fold: np.ndarray
    is_share: bool
    propensity: Crossed
    control: Crossed
    treated: Crossed

    def scores_without(self, fold: int) -> np.ndarray:
        """(n,) doubly robust scores that no unit of the fold has touched; meaningless for the fold's own units."""
        likely = np.nan_to_num(self.propensity.inner[0, :, fold], nan=0.5)
        control, treated = (np.nan_to_num(each.inner[0, :, fold]) for each in (self.control, self.treated))
        return scores(self.table, of_population(self.table, likely), control, treated)


def cross_fit(table: AnalysisTable, *, seed: int, tick: Tick = lambda: None) -> CrossFit:
    """Learn who is treated and what each arm's outcome would be, twice over (see `stacking`)."""
    treatment, outcome, matrix = table.treatment, table.outcome, table.matrix()
    fold = deal_folds(treatment, table.clusters, np.random.default_rng([seed, FOLDS]))
    is_share = bool(np.isin(outcome, (0.0, 1.0)).all())
    seen = Lens(matrix).see(matrix)
    everybody = np.ones(table.units, dtype=bool)
    likely = fit_of(OF_PROPENSITY, seen, treatment, is_share=True)
    expect = fit_of(OF_ONE_ARM_ALONE, seen, outcome, is_share=is_share)
    return CrossFit(
        table=table,
        seen=seen,
        fold=fold,
        is_share=is_share,
        propensity=cross(likely, treatment, fold, everybody, is_share=True, tick=tick),
        control=cross(expect, outcome, fold, treatment == 0, is_share=is_share, tick=tick),
        treated=cross(expect, outcome, fold, treatment == 1, is_share=is_share, tick=tick),
    )


def judging_scores(table: AnalysisTable, nuisances: Nuisances, tick: Tick = lambda: None) -> tuple[np.ndarray, int]:
    """(n,) the doubly robust scores of AIPW (before what is taken out of their mean), averaged over its random splits;
    and how many propensities were moved from certainty. They judge what was learnt; nothing is learnt from them."""
    total, moved = np.zeros(table.units), 0
    near = limits(table.treatment, table.weights)
    for split in range(nuisances.splits):
        learnt = Fitted.of(nuisances, split, "ATE")
        moved = max(moved, int((np.clip(learnt.propensity, *near) != learnt.propensity).sum()))
        total += scores(table, learnt.propensity, learnt.control, learnt.treated)
        tick()
    return total / nuisances.splits, moved


def scores(table: AnalysisTable, propensity: np.ndarray, control: np.ndarray, treated: np.ndarray) -> np.ndarray:
    """(n,) m1 - m0 + t (y - m1) / e - (1 - t) (y - m0) / (1 - e): the effect of a unit plus noise (Robins et al. 1994).

    propensity (n,): in the population, where units stand for different numbers of its units.
    """
    treatment, outcome = table.treatment, table.outcome
    likely = np.clip(propensity, *limits(treatment, table.weights))
    return np.asarray(
        treated
        - control
        + treatment * (outcome - treated) / likely
        - (1 - treatment) * (outcome - control) / (1 - likely)
    )


def of_population(table: AnalysisTable, propensity: np.ndarray) -> np.ndarray:
    """(n,) propensities before sampling: arms that were sampled by different shares are put back to their sizes."""
    if not table.sampled:
        return propensity
    treated, control = (float(table.weights[table.treatment == arm].mean()) for arm in (1, 0))
    return propensity * treated / (propensity * treated + (1 - propensity) * control)
