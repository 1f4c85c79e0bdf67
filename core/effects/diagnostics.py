"""Diagnostics: are the arms comparable at all (overlap), and did weighting make them so (balance)?

Overlap is judged on the cross-fitted propensities. A rare treatment is not poor overlap: whether a unit has comparable
units in the other arm is asked on the scale of arms of equal size, so that only the arms' densities count.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import chi2

from core.effects.estimate import effective_units, largest_weight_share
from core.effects.estimators.aipw import arm_weights, guard
from core.effects.table import AnalysisTable

LOW, HIGH = 0.05, 0.95  # propensities outside have next to no comparable unit in the other arm
OUTSIDE_ALLOWED = 0.10
ALONE_ALLOWED = 0.05
EFFECTIVE_NEEDED = 0.25  # of the smaller arm
WEIGHT_ALLOWED = 0.10
BINS = 20
BALANCE_LINE = 0.1
CHANCE_LINE = 0.001


@dataclass(frozen=True)
class Overlap:
    """Whether the estimand can be told from these arms.

    outside_share: share of units whose propensity, for arms of equal size, is outside LOW to HIGH; alone_share: share
    of the treated whose propensity is above HIGH; edges (BINS + 1), treated_shares, control_shares (BINS each):
    mirrored histogram of the propensities, each arm adding to 1.
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

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        treated, control = self.effective_units
        return {**vars(self), "effective_units": {"treated": treated, "control": control}}


@dataclass(frozen=True)
class Balance:
    """rows: one dict per covariate with its standardised mean difference before and after weighting."""

    passed: bool | None
    sentence: str
    rows: tuple[dict[str, Any], ...]

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {**vars(self), "line": BALANCE_LINE}


def overlap(table: AnalysisTable, propensity: np.ndarray, *, estimand: str) -> Overlap:
    """Judge overlap for the ATE or the ATT from cross-fitted propensities (n,).

    ATE: at most 10 % of the units outside, and each weighted arm worth at least a quarter of the smaller arm. ATT: at
    most 5 % of the treated alone, and the weighted controls worth as much. Neither: more than 10 % of an arm's weight
    on one unit.
    """
    treatment, share = table.treatment, table.treatment.mean()
    weights = arm_weights(treatment, guard(propensity, estimand), estimand)
    even = propensity * (1 - share) / (propensity * (1 - share) + (1 - propensity) * share)
    outside = float(((even < LOW) | (even > HIGH)).mean())
    alone = float((propensity[treatment == 1] > HIGH).mean())
    worth, heaviest = effective_units(weights, treatment), largest_weight_share(weights, treatment)
    faults = _faults(estimand, outside, alone, worth, heaviest, treatment)
    edges = np.linspace(0, 1, BINS + 1)
    shares = [np.histogram(propensity[treatment == arm], edges)[0] / (treatment == arm).sum() for arm in (1, 0)]
    return Overlap(
        estimand=estimand,
        passed=not faults if np.isfinite(propensity).all() else None,
        sentence=_overlap_sentence(estimand, faults, worth, outside, alone),
        outside_share=outside,
        alone_share=alone,
        effective_units=worth,
        largest_weight_share=heaviest,
        edges=tuple(edges),
        treated_shares=tuple(shares[0]),
        control_shares=tuple(shares[1]),
    )


def balance(table: AnalysisTable, weights: np.ndarray, *, randomised: bool = False) -> Balance:
    """Standardised mean differences before and after weighting by weights (n,).

    (mean of treated - mean of control) / sqrt((variance of treated + variance of control) / 2), with the unweighted
    variances both times (Austin 2009). Passed when every one is within 0.1 after weighting. For an experiment the
    arms differ by chance alone, so it asks instead whether chance explains the differences before weighting (joint
    test, p >= 0.001).
    """
    if not table.covariates:
        return Balance(None, "Balance was not checked: there are no covariates.", ())
    treatment, matrix = table.treatment, table.matrix()
    before = standardised_differences(matrix, treatment, np.ones(table.units))
    after = standardised_differences(matrix, treatment, weights)
    rows: tuple[dict[str, Any], ...] = tuple(
        {"covariate": each.name, "title": each.title, "group": each.group, "before": float(b), "after": float(a)}
        for each, b, a in zip(table.covariates, before, after, strict=True)
    )
    if not np.isfinite(after).all():
        return Balance(None, "Balance cannot be told: a weighted mean is not a number.", rows)
    if randomised:
        return _chance_balance(matrix, treatment, table.clusters, rows)
    worst = rows[int(np.argmax(np.abs(after)))]
    beyond = int((np.abs(after) > BALANCE_LINE).sum())
    if beyond:
        said = (
            f"After weighting, {beyond} of {len(rows)} covariates still differ by more than {BALANCE_LINE} standard "
            f"deviations; the most is {worst['title']} ({worst['after']:+.2f})."
        )
        return Balance(False, said, rows)
    said = f"After weighting, every covariate differs by at most {abs(worst['after']):.2f} standard deviations"
    return Balance(True, f"{said} ({worst['title']}); the line is {BALANCE_LINE}.", rows)


def standardised_differences(matrix: np.ndarray, treatment: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(p,) differences of weighted means in units of the unweighted standard deviation; 0 where nothing varies."""
    treated, control = treatment == 1, treatment == 0
    spread = np.sqrt((matrix[treated].var(axis=0) + matrix[control].var(axis=0)) / 2)
    gap = np.average(matrix[treated], axis=0, weights=weights[treated]) - np.average(
        matrix[control], axis=0, weights=weights[control]
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((spread == 0) & (np.abs(gap) < 1e-12), 0.0, gap / spread)


def _chance_balance(
    matrix: np.ndarray, treatment: np.ndarray, clusters: np.ndarray, rows: tuple[dict[str, Any], ...]
) -> Balance:
    """Hansen and Bowers' (2008) joint test: do all mean differences together exceed what random assignment makes?"""
    share = treatment.mean()
    scores = (matrix - matrix.mean(axis=0)) * (treatment - share)[:, None]
    sums = np.zeros((clusters.max() + 1, matrix.shape[1]))
    np.add.at(sums, clusters, scores)
    total = scores.sum(axis=0)
    variance = sums.T @ sums
    statistic = float(total @ np.linalg.pinv(variance, hermitian=True) @ total)
    chance = float(chi2.sf(statistic, np.linalg.matrix_rank(variance, hermitian=True)))
    if not np.isfinite(chance):
        return Balance(None, "Balance cannot be told: the joint test has no value.", rows)
    if chance < CHANCE_LINE:
        said = f"The arms differ more than random assignment explains (joint test, p = {chance:.1g})."
        return Balance(False, said, rows)
    return Balance(True, f"Random assignment explains how the arms differ (joint test, p = {chance:.2g}).", rows)


def _faults(
    estimand: str, outside: float, alone: float, worth: tuple[float, float], heaviest: float, treatment: np.ndarray
) -> list[str]:
    smaller = min(treatment.sum(), (1 - treatment).sum())
    faults = []
    if estimand == "ATE" and outside > OUTSIDE_ALLOWED:
        faults.append(f"{outside:.0%} of the units have next to no comparable unit in the other arm")
    if estimand == "ATT" and alone > ALONE_ALLOWED:
        faults.append(f"{alone:.0%} of the treated have next to no comparable control")
    judged = {"treated": worth[0], "control": worth[1]} if estimand == "ATE" else {"control": worth[1]}
    for arm, units in judged.items():
        if units < EFFECTIVE_NEEDED * smaller:
            faults.append(f"the weighted {arm} arm is worth only {units:,.0f} units (smaller arm: {smaller:,.0f})")
    if heaviest > WEIGHT_ALLOWED:
        faults.append(f"one unit carries {heaviest:.0%} of its arm's weight")
    return faults


def _overlap_sentence(
    estimand: str, faults: list[str], worth: tuple[float, float], outside: float, alone: float
) -> str:
    if faults:
        return f"Poor overlap for the {estimand}: {'; '.join(faults)}."
    if estimand == "ATE":
        return (
            f"Overlap holds: {outside:.1%} of the units lack comparable units; weighted, the arms are worth "
            f"{worth[0]:,.0f} treated and {worth[1]:,.0f} control units."
        )
    return (
        f"Overlap holds for the treated: {alone:.1%} of them lack comparable controls; the weighted controls are worth "
        f"{worth[1]:,.0f} units."
    )
