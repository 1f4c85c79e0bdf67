"""Balance: did weighting make the arms alike in what was measured?

The vocabulary is cobalt's (Greifer): standardised mean differences, variance ratios, Kolmogorov-Smirnov statistics, and
the same differences for squares and products. Only the differences of the covariates' means are judged.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import chi2

from core.effects.table import AnalysisTable

BALANCE_LINE = 0.1
CHANCE_LINE = 0.001
RATIOS_ALLOWED = (0.5, 2.0)
PRODUCTS_OF = 5  # squares and products of so many covariates, those that differed most


@dataclass(frozen=True)
class Balance:
    """rows: one dict per covariate with its standardised mean difference, variance ratio (None for two values) and KS
    statistic, before and after weighting; groups: the worst covariate of each group; products: squares and products of
    the covariates that differed most."""

    passed: bool | None
    sentence: str
    rows: tuple[dict[str, Any], ...] = ()
    groups: tuple[dict[str, Any], ...] = ()
    products: tuple[dict[str, Any], ...] = ()

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {**vars(self), "line": BALANCE_LINE}


def balance(table: AnalysisTable, weights: np.ndarray, *, randomised: bool = False) -> Balance:
    """Standardised mean differences before and after weighting by weights (n,), of a treatment of two arms.

    (mean of treated - mean of control) / sqrt((variance of treated + variance of control) / 2), with the variances
    before weighting both times (Austin 2009); before: each unit counts as the units it stands for. Passed when every
    one is within 0.1 after weighting. For an experiment the arms differ by chance alone, so it asks instead whether
    chance explains the differences before weighting (joint test, p >= 0.001).
    """
    if not table.covariates:
        return Balance(None, "Balance was not checked: there are no covariates.")
    treatment, matrix, base = table.treatment, table.matrix(), table.weights
    before = standardised_differences(matrix, treatment, base, base)
    after = standardised_differences(matrix, treatment, weights, base)
    rows = _rows(table, before, after, weights)
    groups, products = _worst_of_groups(rows), _products(table, before, weights)
    if not np.isfinite(after).all():
        return Balance(None, "Balance cannot be told: a weighted mean is not a number.", rows, groups, products)
    if randomised:
        passed, said = _chance(matrix, treatment, table.clusters)
        return Balance(passed, said, rows, groups, products)
    worst = rows[int(np.argmax(np.abs(after)))]
    beyond = int((np.abs(after) > BALANCE_LINE).sum())
    if beyond:
        said = (
            f"After weighting, {beyond} of {len(rows)} covariates still differ by more than {BALANCE_LINE} standard "
            f"deviations; the most is {worst['title']} ({worst['after']:+.2f})."
        )
    else:
        said = (
            f"After weighting, every covariate differs by at most {abs(worst['after']):.2f} standard deviations "
            f"({worst['title']}); the line is {BALANCE_LINE}."
        )
    return Balance(not beyond, said + _remarks(rows, products), rows, groups, products)


def standardised_differences(
    matrix: np.ndarray, treatment: np.ndarray, weights: np.ndarray, base: np.ndarray | None = None
) -> np.ndarray:
    """(p,) differences of weighted means in units of the standard deviation before weighting; 0 where nothing varies.

    base: (n,) the weights before; all alike by default.
    """
    base = np.ones(len(treatment)) if base is None else base
    arms = [treatment == 1, treatment == 0]
    spread = np.sqrt(sum(_variance(matrix[arm], base[arm]) for arm in arms) / 2)
    treated, control = (np.average(matrix[arm], axis=0, weights=weights[arm]) for arm in arms)
    gap = treated - control
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((spread == 0) & (np.abs(gap) < 1e-12), 0.0, gap / spread)


def variance_ratios(matrix: np.ndarray, treatment: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(p,) weighted variance of the treated over that of the controls; NaN where the controls do not vary."""
    treated, control = (_variance(matrix[treatment == arm], weights[treatment == arm]) for arm in (1, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(control > 0, treated / control, np.nan)


def kolmogorov_smirnov(values: np.ndarray, treatment: np.ndarray, weights: np.ndarray) -> float:
    """The largest gap between the arms' weighted distribution functions of values (n,); 0 to 1."""
    order = np.argsort(values, kind="stable")
    signed = np.where(treatment == 1, weights / weights[treatment == 1].sum(), -weights / weights[treatment == 0].sum())
    gaps, ordered = np.cumsum(signed[order]), values[order]
    ends = np.append(ordered[1:] != ordered[:-1], True)  # ties are passed together
    return float(np.abs(gaps[ends]).max())


def _variance(matrix: np.ndarray, weights: np.ndarray) -> np.ndarray:
    mean = np.average(matrix, axis=0, weights=weights)
    return np.asarray(np.average((matrix - mean) ** 2, axis=0, weights=weights))


def _rows(
    table: AnalysisTable, before: np.ndarray, after: np.ndarray, weights: np.ndarray
) -> tuple[dict[str, Any], ...]:
    treatment, matrix, base = table.treatment, table.matrix(), table.weights
    ratios = [variance_ratios(matrix, treatment, each) for each in (base, weights)]
    rows = []
    for at, covariate in enumerate(table.covariates):
        values = matrix[:, at]
        many = len(np.unique(values[:1000])) > 2 or len(np.unique(values)) > 2
        rows.append(
            {
                "covariate": covariate.name,
                "title": covariate.title,
                "group": covariate.group,
                "before": float(before[at]),
                "after": float(after[at]),
                "variance_ratio_before": float(ratios[0][at]) if many else None,
                "variance_ratio_after": float(ratios[1][at]) if many else None,
                "ks_before": kolmogorov_smirnov(values, treatment, base),
                "ks_after": kolmogorov_smirnov(values, treatment, weights),
            }
        )
    return tuple(rows)


def _worst_of_groups(rows: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    """One row per group: its covariates' largest differences, and where they are."""
    found = []
    for group in dict.fromkeys(row["group"] for row in rows):
        own = [row for row in rows if row["group"] == group]
        before, after = (max(own, key=lambda row: abs(row[when])) for when in ("before", "after"))
        found.append(
            {
                "title": f"{group} ({len(own)})" if len(own) > 1 else own[0]["title"],
                "group": group,
                "covariates": len(own),
                "before": before["before"],
                "after": after["after"],
                "worst": after["title"],
            }
        )
    return tuple(found)


def _products(table: AnalysisTable, before: np.ndarray, weights: np.ndarray) -> tuple[dict[str, Any], ...]:
    """Squares and products of the covariates that differed most: what equal means do not make equal."""
    matrix, base = table.matrix(), table.weights
    top = np.argsort(-np.abs(np.nan_to_num(before)), kind="stable")[:PRODUCTS_OF]
    centred = matrix[:, top] - np.average(matrix[:, top], axis=0, weights=base)
    titles = [table.covariates[at].title for at in top]
    pairs = [(one, two) for one in range(len(top)) for two in range(one, len(top))]
    pairs = [(one, two) for one, two in pairs if one != two or len(np.unique(matrix[:, top[one]])) > 2]
    if not pairs:
        return ()
    made = np.column_stack([centred[:, one] * centred[:, two] for one, two in pairs])
    gaps = [standardised_differences(made, table.treatment, each, base) for each in (base, weights)]
    return tuple(
        {
            "title": f"{titles[one]}, squared" if one == two else f"{titles[one]} × {titles[two]}",
            "before": float(gaps[0][at]),
            "after": float(gaps[1][at]),
        }
        for at, (one, two) in enumerate(pairs)
    )


def _remarks(rows: tuple[dict[str, Any], ...], products: tuple[dict[str, Any], ...]) -> str:
    """What is not judged and yet worth a look."""
    low, high = RATIOS_ALLOWED
    ratios = [row["variance_ratio_after"] for row in rows if row["variance_ratio_after"] is not None]
    uneven = sum(not low <= ratio <= high for ratio in ratios)
    apart = sum(not abs(row["after"]) <= BALANCE_LINE for row in products)
    said = []
    if uneven:
        said.append(f"{uneven} of {len(ratios)} variances differ by more than a factor of 2")
    if apart:
        said.append(f"{apart} of {len(products)} squares and products by more than {BALANCE_LINE}")
    return f" Not judged: {', '.join(said)}." if said else ""


def _chance(matrix: np.ndarray, treatment: np.ndarray, clusters: np.ndarray) -> tuple[bool | None, str]:
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
        return None, "Balance cannot be told: the joint test has no value."
    if chance < CHANCE_LINE:
        return False, f"The arms differ more than random assignment explains (joint test, p = {chance:.1g})."
    return True, f"Random assignment explains how the arms differ (joint test, p = {chance:.2g})."
