"""Cross-fitted expectations of anything given anything, and how their scores become an estimate.

The estimators of other structures (arms, doses, mediators, survival) need expectations beyond the propensity and the
outcome of two arms. Each is learnt by the same super learner on the same rule: no unit's prediction saw its user.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from core.effects.estimate import Estimate, clustered_error, largest_weight_share
from core.effects.estimate import effective_units as effective
from core.effects.estimators import ESTIMATORS
from core.effects.nuisances import Nuisances
from core.effects.table import CLUSTER, OUTCOME, TREATMENT, WEIGHT, AnalysisTable, Covariate

SPLITS = 3
MANY_UNITS = 20_000  # from here on one split, as in nuisances


@dataclass(frozen=True)
class Scored:
    """One split's answer: value, influence (n,) with mean 0, weight (n,) of each unit within its arm, and findings.

    gaps: (n, arms - 1) of several arms, the influence on each one's difference from the control.
    """

    value: float
    influence: np.ndarray
    weights: np.ndarray
    details: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    gaps: np.ndarray | None = None


def expected(
    table: AnalysisTable,
    matrix: np.ndarray,
    target: np.ndarray,
    *,
    seed: int,
    split: int = 0,
    among: np.ndarray | None = None,
) -> np.ndarray:
    """(n,) expectation of target (n,) given columns (n, p) among the units of a mask, for every unit of the table.

    A target of 0 and 1 is learnt as a probability. Users are the table's; base weights come in with the scores.
    """
    chosen = np.ones(table.units, dtype=bool) if among is None else among
    given = _asked(table, matrix, chosen.astype(float), target)
    return Nuisances(given, seed=seed, splits=1 + split, apart=True).outcome(1, split)


def propensity_given(table: AnalysisTable, matrix: np.ndarray, *, seed: int, split: int = 0) -> np.ndarray:
    """(n,) probability of treatment given columns (n, p), in the population that the units were sampled from."""
    given = _asked(table, matrix, table.treatment, table.outcome)
    given = replace(given, frame=given.frame.assign(**{WEIGHT: table.weights}))
    return Nuisances(given, seed=seed, splits=1 + split).propensity(split)


def _asked(table: AnalysisTable, matrix: np.ndarray, treatment: np.ndarray, target: np.ndarray) -> AnalysisTable:
    names = [f"given_{column}" for column in range(matrix.shape[1])]
    frame = pd.DataFrame(matrix, columns=names).assign(
        **{CLUSTER: table.frame[CLUSTER].to_numpy(), TREATMENT: treatment, OUTCOME: target.astype(float)}
    )
    return AnalysisTable(frame, tuple(Covariate(name, name, name) for name in names), "", "", "", "")


def averaged(scores: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The weighted mean of scores (n,) or (n, k), and the influence of each unit on it, of the same shape."""
    share = weights / weights.mean()
    value = (share @ scores) / len(scores)
    influence = (scores - value) * (share if scores.ndim == 1 else share[:, None])
    return np.asarray(value), np.asarray(influence)


def over_splits(table: AnalysisTable, one: Callable[[int], Scored]) -> tuple[Scored, float, tuple[float, ...]]:
    """The split nearest the median value, the error over all splits, and the value of each (as in aipw)."""
    splits = [one(split) for split in range(SPLITS if table.units < MANY_UNITS else 1)]
    values = np.array([split.value for split in splits])
    value = float(np.median(values))
    errors = np.array([clustered_error(split.influence, table.clusters) for split in splits])
    middle = splits[int(np.argmin(np.abs(values - value)))]
    return middle, float(np.sqrt(np.median(errors**2 + (values - value) ** 2))), tuple(float(each) for each in values)


def finished(
    name: str,
    table: AnalysisTable,
    estimand: str,
    scored: Scored,
    *,
    se: float | None = None,
    split_values: tuple[float, ...] = (),
    unit: str | None = None,
    treated: np.ndarray | None = None,
) -> Estimate:
    """The estimate of an estimator of that name; se by user unless given.

    treated: (n,) which units count as one arm and as the other (1, 0; anything else as neither); the table's treatment
    where that is binary, and by default every unit counts as both.
    """
    arms = table.treatment if treated is None and table.treatment_kind == "binary" else treated
    if arms is None:
        size = float(scored.weights.sum() ** 2 / (scored.weights**2).sum())
        sizes, heaviest = (size, size), float(scored.weights.max() / scored.weights.sum())
    else:
        sizes, heaviest = effective(scored.weights, arms), largest_weight_share(scored.weights, arms)
    return Estimate(
        estimator=name,
        title=ESTIMATORS[name].title,
        estimand=estimand,
        value=scored.value,
        se=clustered_error(scored.influence, table.clusters) if se is None else se,
        effective_units=sizes,
        largest_weight_share=heaviest,
        influence=scored.influence,
        weights=scored.weights,
        notes=scored.notes,
        split_values=split_values,
        details=scored.details,
        unit=unit,
        gaps=scored.gaps,
    )
