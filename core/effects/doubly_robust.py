"""The doubly robust score of an effect, and the median over random splits: what AIPW and TMLE share.

With t the treatment, y the outcome, e the propensity, m1 and m0 the expected outcomes, the value is the mean of
  ATE  m1 - m0 + w1 (y - m1) - w0 (y - m0),                w1 ~ t / e,        w0 ~ (1 - t) / (1 - e)
  ATT  over the treated y - m0, less w0 (y - m0),                             w0 ~ (1 - t) e / (1 - e)
  ATO  (t - e)^2 (m1 - m0) + w1 (y - m1) - w0 (y - m0),    w1 ~ t (1 - e),    w0 ~ (1 - t) e
where each w has mean 1 within its arm and (t - e)^2 has mean 1 (Robins, Rotnitzky and Zhao 1994; Hirano, Imbens and
Ridder 2003; Li, Morgan and Zaslavsky 2018; (t - e)^2 rather than e (1 - e), because e is estimated: Crump et al. 2006).
Units count as often as they stand for.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from core.effects.estimate import Estimate, clustered_error, effective_units, largest_weight_share
from core.effects.estimators import ESTIMATORS
from core.effects.guard import guard, said_of_guarded
from core.effects.nuisances import Nuisances
from core.effects.odds import times_odds
from core.effects.second_order import Axes, missed_together
from core.effects.table import AnalysisTable


@dataclass(frozen=True)
class Fitted:
    """propensity, control, treated (n,): the nuisances of one split; treated repeats control for the ATT. odds: by how
    much the odds of treatment in the population exceed those among the units, where these were sampled."""

    propensity: np.ndarray
    control: np.ndarray
    treated: np.ndarray
    odds: np.ndarray | float = 1.0

    @classmethod
    def of(cls, fits: Nuisances, split: int, estimand: str) -> "Fitted":
        control = fits.outcome(0, split)
        treated = control if estimand == "ATT" else fits.outcome(1, split)
        return cls(fits.propensity(split), control, treated, fits.odds)

    @property
    def among_units(self) -> np.ndarray:
        """(n,) probability of treatment among the units as they were sampled."""
        return times_odds(self.propensity, 1 / self.odds)


@dataclass(frozen=True)
class Scored:
    """One split: value, influence (n,) with mean 0, weights (n,) within the arms, how many propensities were moved, and
    the variance that the influences count twice (`second_order`)."""

    value: float
    influence: np.ndarray
    weights: np.ndarray
    guarded: int = 0
    twice: float = 0.0

    def error(self, clusters: np.ndarray) -> float:
        """The standard error, clustered by user."""
        return float(np.sqrt(max(clustered_error(self.influence, clusters) ** 2 - self.twice, 0.0)))


def scored(table: AnalysisTable, given: Fitted, estimand: str) -> Scored:
    """The score above; estimand "ATE", "ATT" or "ATO"."""
    treatment, outcome, base = table.treatment, table.outcome, table.weights / table.weights.mean()
    propensity = guard(given.propensity, estimand, table)
    weights = arm_weights(treatment, propensity, estimand, base)
    share = treatment.mean()
    surprise = (1 - treatment) / (1 - share) * weights * (outcome - given.control)
    counted = _counted(table, propensity, estimand)
    if estimand == "ATT":
        gain = outcome - given.control
    else:
        gain = given.treated - given.control
        surprise = surprise - treatment / share * weights * (outcome - given.treated)
    score = counted * gain - surprise
    value = float(score.mean())
    moved = int((np.abs(propensity - given.propensity) > 1e-9).sum())
    return Scored(value, score - counted * value, weights, moved)


def corrected(table: AnalysisTable, given: Fitted, estimand: str, axes: Axes) -> Scored:
    """The score above, without what both nuisances miss together (`second_order`), looked for along `axes`.

    What is looked for adds to the error, never takes from it: where all is known it is chance, unrelated to the score.
    """
    first = found = scored(table, given, estimand)
    counted = _counted(table, guard(given.propensity, estimand, table), estimand)
    for arm, expected in ((0, given.control), (1, given.treated))[: 1 if estimand == "ATT" else 2]:
        own, sign = table.treatment == arm, 1.0 if arm else -1.0
        excess = own / own.mean() * found.weights - counted
        likely = given.among_units if arm else 1 - given.among_units
        missed = missed_together(axes, table.clusters, own, likely, excess, table.outcome - expected)
        found = replace(
            found,
            value=found.value - sign * missed.value,
            influence=found.influence - sign * missed.influence,
            twice=found.twice + missed.twice,
        )
    most = clustered_error(found.influence, table.clusters) ** 2 - first.error(table.clusters) ** 2
    return replace(found, twice=min(found.twice, most))


def over_splits(
    name: str,
    table: AnalysisTable,
    estimand: str,
    splits: int,
    one: Callable[[int], Scored],
    notes: tuple[str, ...] = (),
) -> Estimate:
    """The estimate of the estimator of that name: the median value over splits.

    Its error is the median of squared error plus squared distance to that value (Chernozhukov et al. 2018, section
    3.4).
    """
    found = [one(split) for split in range(splits)]
    values = np.array([each.value for each in found])
    value = float(np.median(values))
    squares = np.array([each.error(table.clusters) ** 2 for each in found])
    middle = found[int(np.argmin(np.abs(values - value)))]
    return Estimate(
        estimator=name,
        title=ESTIMATORS[name].title,
        estimand=estimand,
        value=value,
        se=float(np.sqrt(np.median(squares + (values - value) ** 2))),
        effective_units=effective_units(middle.weights, table.treatment),
        largest_weight_share=largest_weight_share(middle.weights, table.treatment),
        influence=middle.influence,
        weights=middle.weights,
        notes=(*said_of_guarded(middle.guarded, table), *notes),
        split_values=tuple(float(each) for each in values),
    )


def arm_weights(
    treatment: np.ndarray, propensity: np.ndarray, estimand: str, base: np.ndarray | None = None
) -> np.ndarray:
    """(n,) weights that make both arms look like all units (ATE), like the treated (ATT) or like the overlap population
    (ATO), times `base` (n,), the units that each stands for; each arm's mean is 1."""
    if estimand == "ATE":
        weights = np.where(treatment == 1, 1 / propensity, 1 / (1 - propensity))
    elif estimand == "ATO":
        weights = np.where(treatment == 1, 1 - propensity, propensity)
    else:
        weights = np.where(treatment == 1, 1.0, propensity / (1 - propensity))
    if base is not None:
        weights = weights * base
    for arm in (0, 1):
        weights[treatment == arm] /= weights[treatment == arm].mean()
    return weights


def _counted(table: AnalysisTable, propensity: np.ndarray, estimand: str) -> np.ndarray:
    """(n,) how often each unit counts in the population that the estimand is of; mean 1."""
    each: np.ndarray = {
        "ATE": np.ones(table.units),
        "ATT": table.treatment,
        "ATO": (table.treatment - propensity) ** 2,
    }[estimand] * table.weights
    return np.asarray(each / each.mean())
