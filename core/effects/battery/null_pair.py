"""A null pair: a treatment and an outcome between which there can be no effect, and its estimate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.effects.cut import TrimRule
from core.effects.many_outcomes import design_of, many_effects, quick_propensities
from core.effects.nuisances import deal_folds
from core.effects.question import CausalQuestion
from core.effects.question_parts import amount_of, summed_column

FEWEST: Final = 20  # units of each arm, and units with and without the outcome


@dataclass(frozen=True)
class NullPair:
    """One estimate whose truth is 0. title: outcome and time in words; lag: how many trials or windows lie between;
    value, se in the outcome's unit; scale: the outcome's standard deviation among the controls; trimmed: how many units
    the question's rule left out, None where it has none."""

    kind: str
    outcome: str
    title: str
    lag: int
    units: int
    treated: int
    baseline: float
    value: float
    se: float
    scale: float
    trimmed: int | None = None

    @property
    def standard(self) -> tuple[float, float]:
        """(value, se) in standard deviations of the outcome."""
        return self.value / self.scale, self.se / self.scale

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        value, se = self.standard
        return {**vars(self), "standard_value": value, "standard_se": se}


@dataclass(frozen=True)
class Asked:
    """What pairs are asked for: outcomes' names, estimand and seed; trim: the rule by which units are left out."""

    outcomes: Sequence[str]
    estimand: str
    seed: int
    trim: TrimRule | None = None


def measured(question: CausalQuestion, counts: np.ndarray) -> np.ndarray:
    """(n, k) outcomes from how many of each kind there were, of which the question's own comes first.

    All are counted where the question counts; where it sums, its own is the sum already; the others are yes or no.
    """
    amount = amount_of(question.outcome_measure)
    if amount == "events":
        return counts
    yes = (counts > 0).astype(float)
    return np.column_stack([counts[:, :1], yes[:, 1:]]) if amount == "value" else yes


def summed(question: CausalQuestion, place: int) -> dict[int, str]:
    """For a scan: the column that the question's own outcome sums, by its place among the rules; none if it counts."""
    measure = question.outcome_measure
    return {place: summed_column(measure)} if amount_of(measure) == "value" else {}


@dataclass(frozen=True)
class Place:
    """Where pairs come from: their kind, how many trials or windows lie between, and one title per outcome."""

    kind: str
    lag: int
    titles: Sequence[str]


@dataclass(frozen=True)
class Drawn:
    """The pairs that were estimated; wanted: how many were to be; left_out: those with too few units; sampled_share: of
    the users whose trials were used."""

    pairs: tuple[NullPair, ...] = ()
    wanted: int = 0
    left_out: int = 0
    sampled_share: float = 1.0

    @property
    def late(self) -> int:
        """How many there was no time for."""
        return self.wanted - len(self.pairs) - self.left_out

    def and_then(self, more: "Drawn") -> "Drawn":
        """Both together, whose number wanted stays that of this one."""
        pairs, left_out = (*self.pairs, *more.pairs), self.left_out + more.left_out
        return Drawn(pairs, self.wanted, left_out, min(self.sampled_share, more.sampled_share))


def estimated(
    matrix: np.ndarray,
    treatment: np.ndarray,
    outcomes: np.ndarray,
    clusters: np.ndarray,
    asked: Asked,
    place: Place,
    *,
    weights: np.ndarray | None = None,
) -> Drawn:
    """Estimate one treatment (n,) on outcomes (n, k) it cannot have changed; those with too few units are left out.

    Where the question trims, the pair does: by the same rule, its own propensities, and everything learnt again.
    """
    count, trimmed = len(asked.outcomes), None
    if asked.trim is not None and 0 < treatment.sum() < len(treatment):
        kept = _comparable(matrix, treatment, clusters, weights, asked.trim, asked.seed)
        matrix, treatment, outcomes, clusters = matrix[kept], treatment[kept], outcomes[kept], clusters[kept]
        weights, trimmed = None if weights is None else weights[kept], int((~kept).sum())
    if min(treatment.sum(), (1 - treatment).sum()) < FEWEST:
        return Drawn(left_out=count)
    scales = outcomes[treatment == 0].std(axis=0)
    enough = ((outcomes != 0).sum(axis=0) >= FEWEST) & ((outcomes != 1).sum(axis=0) >= FEWEST) & (scales > 0)
    columns = np.flatnonzero(enough).tolist()
    if not columns:
        return Drawn(left_out=count)
    users = np.unique(clusters, return_inverse=True)[1]
    found = many_effects(
        design_of(matrix), treatment, outcomes[:, columns], users, weights=weights,
        estimand=asked.estimand, seed=asked.seed,
    )  # fmt: skip
    pairs = tuple(
        NullPair(
            kind=place.kind,
            outcome=asked.outcomes[column],
            title=place.titles[column],
            lag=place.lag,
            units=len(treatment),
            treated=int(treatment.sum()),
            baseline=float(found.control_mean[at]),
            value=float(found.value[at]),
            se=float(found.se[at]),
            scale=float(scales[column]),
            trimmed=trimmed,
        )
        for at, column in enumerate(columns)
        if np.isfinite(found.se[at]) and found.se[at] > 0
    )
    return Drawn(pairs, left_out=count - len(pairs))


def _comparable(
    matrix: np.ndarray,
    treatment: np.ndarray,
    clusters: np.ndarray,
    weights: np.ndarray | None,
    rule: TrimRule,
    seed: int,
) -> np.ndarray:
    """(n,) whether a unit remains: by propensities that were learnt without its user."""
    units = np.ones(len(treatment)) if weights is None else weights
    users = np.unique(clusters, return_inverse=True)[1]
    fold = deal_folds(treatment, users, np.random.default_rng([seed, 0]))
    propensity = quick_propensities(design_of(matrix), treatment, fold, units)
    return rule.cut(propensity, units).keeps(propensity)
