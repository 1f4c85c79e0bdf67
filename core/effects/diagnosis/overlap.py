"""Overlap: has every unit comparable units in the other arm?

Judged on the cross-fitted propensities. A rare treatment is not poor overlap, nor is a rare control: a unit lacks
comparable units where its propensity is extreme both as it is and on the scale of arms of equal size, on which only the
arms' densities count. Nothing is clipped: what is refused for all units (ATE) is offered for the treated (ATT) or for
the overlap population (ATO).
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.effects.estimate import effective_units, largest_weight_share
from core.effects.guard import guard, share_of
from core.effects.odds import times_odds
from core.effects.table import AnalysisTable

LOW, HIGH = 0.05, 0.95  # propensities outside have next to no comparable unit in the other arm
OUTSIDE_ALLOWED = 0.10
ALONE_ALLOWED = 0.05
EFFECTIVE_NEEDED = 0.25  # of the smaller arm
WEIGHT_ALLOWED = 0.10
SMALLEST_POPULATION = 20  # units that each arm of an overlap population has to be worth
BINS = 20
RARE = 0.10  # an arm with less of the units leaves a histogram of propensities with one bar
ALTERNATIVES: Final = ("ATT", "ATO")  # what is offered where the ATE is refused


@dataclass(frozen=True)
class Overlap:
    """Whether the estimand can be told from these arms.

    outside_share: share of units without comparable ones (`outside`); alone_share: of the treated, without comparable
    controls; edges (BINS + 1), treated_shares, control_shares (BINS each):
    mirrored histogram of the propensities, each arm adding to 1; empty where there are no two arms. even: whether these
    are the propensities as they would be with arms of equal size, because one is rare.
    """

    estimand: str
    passed: bool | None
    sentence: str
    outside_share: float
    alone_share: float
    effective_units: tuple[float, float]
    largest_weight_share: float
    edges: tuple[float, ...]
    treated_shares: tuple[float, ...]
    control_shares: tuple[float, ...]
    even: bool = False

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        treated, control = self.effective_units
        return {**vars(self), "effective_units": {"treated": treated, "control": control}}


def overlap(table: AnalysisTable, propensity: np.ndarray, *, estimand: str) -> Overlap:
    """Judge overlap for the ATE, the ATT or the ATO from cross-fitted propensities (n,) of a treatment of two arms.

    ATE: at most 10 % of the units outside, and each weighted arm worth at least a quarter of the smaller arm. ATT: at
    most 5 % of the treated alone, and the weighted controls worth as much. ATO: each weighted arm worth 20 units, and
    40 units that could well have been in either arm (the sum of 4 e (1 - e)). None of them: more than 10 % of an arm's
    weight on one unit. Sampled units count by the share they were sampled with.
    """
    from core.effects.doubly_robust import arm_weights  # the learners would weigh the web process down

    treatment, base = table.treatment, table.weights
    weights = arm_weights(treatment, guard(propensity, estimand, table), estimand, base)
    low, high = outside(treatment, propensity, base)
    outside_share = float(np.average(low | high, weights=base))
    alone = float(np.average(high[treatment == 1], weights=base[treatment == 1]))
    worth, heaviest = effective_units(weights, treatment), largest_weight_share(weights, treatment)
    faults = _faults(estimand, outside_share, alone, worth, heaviest, min(effective_units(base, treatment)))
    either = float((4 * propensity * (1 - propensity)).sum())  # a coin's toss counts one, a certainty none
    if estimand == "ATO" and either < 2 * SMALLEST_POPULATION:
        faults.append(f"no more than {either:,.0f} units could well have been in either arm")
    edges = np.linspace(0, 1, BINS + 1)
    share = share_of(treatment, base)
    even = min(share, 1 - share) < RARE
    drawn = times_odds(propensity, (1 - share) / share) if even else propensity
    shares = [_shares(drawn[treatment == arm], base[treatment == arm], edges) for arm in (1, 0)]
    return Overlap(
        estimand=estimand,
        passed=not faults if np.isfinite(propensity).all() else None,
        sentence=_overlap_sentence(estimand, faults, worth, outside_share, alone),
        outside_share=outside_share,
        alone_share=alone,
        effective_units=worth,
        largest_weight_share=heaviest,
        edges=tuple(float(edge) for edge in edges),
        treated_shares=shares[0],
        control_shares=shares[1],
        even=even,
    )


def alternatives(table: AnalysisTable, propensity: np.ndarray) -> tuple[Overlap, ...]:
    """What may be asked instead of the ATE, each judged: the treated, and the overlap population."""
    return tuple(overlap(table, propensity, estimand=estimand) for estimand in ALTERNATIVES)


def outside(treatment: np.ndarray, propensity: np.ndarray, base: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n,) masks of the units that hardly any comparable unit was treated, and that hardly any was not.

    Their propensity is below LOW (above HIGH), and still is once the share of the treated is divided out.
    """
    share = share_of(treatment, base)
    even = times_odds(propensity, (1 - share) / share)
    return (propensity < LOW) & (even < LOW), (propensity > HIGH) & (even > HIGH)


def _shares(propensity: np.ndarray, base: np.ndarray, edges: np.ndarray) -> tuple[float, ...]:
    known = np.isfinite(propensity)
    counts = np.histogram(propensity[known], edges, weights=base[known])[0]
    return tuple(float(each) for each in counts / base.sum())


def _faults(
    estimand: str, outside: float, alone: float, worth: tuple[float, float], heaviest: float, smaller: float
) -> list[str]:
    faults = []
    if estimand == "ATE" and outside > OUTSIDE_ALLOWED:
        faults.append(f"{100 * outside:.0f} % of the units have next to no comparable unit in the other arm")
    if estimand == "ATT" and alone > ALONE_ALLOWED:
        faults.append(f"{100 * alone:.0f} % of the treated have next to no comparable control")
    needed = SMALLEST_POPULATION if estimand == "ATO" else EFFECTIVE_NEEDED * smaller
    judged = {"control": worth[1]} if estimand == "ATT" else {"treated": worth[0], "control": worth[1]}
    for arm, units in judged.items():
        if units < needed:
            beside = f"needed: {needed:,.0f}" if estimand == "ATO" else f"smaller arm: {smaller:,.0f}"
            faults.append(f"the weighted {arm} arm is worth only {units:,.0f} units ({beside})")
    if heaviest > WEIGHT_ALLOWED:
        faults.append(f"one unit carries {100 * heaviest:.0f} % of its arm's weight")
    return faults


def _overlap_sentence(
    estimand: str, faults: list[str], worth: tuple[float, float], outside: float, alone: float
) -> str:
    if faults:
        return f"Poor overlap for the {estimand}: {'; '.join(faults)}."
    if estimand == "ATT":
        return (
            f"Overlap holds for the treated: {100 * alone:.1f} % of them lack comparable controls; the weighted "
            "controls are "
            f"worth {worth[1]:,.0f} units."
        )
    arms = f"weighted, the arms are worth {worth[0]:,.0f} treated and {worth[1]:,.0f} control units"
    if estimand == "ATO":
        return f"The overlap population, where either arm was likely, can be told: {arms}."
    return f"Overlap holds: {100 * outside:.1f} % of the units lack comparable units; {arms}."
