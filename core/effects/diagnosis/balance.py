"""Balance: did weighting make the arms alike in what was measured?

Only the differences of the covariates' means are judged (for an amount, their correlations with it); variance ratios,
Kolmogorov-Smirnov statistics, squares and products stand beside them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import chi2

from core.effects.diagnosis.differences import (
    correlations,
    kolmogorov_smirnov,
    standardised_differences,
    variance_ratios,
)
from core.effects.groups import group_title
from core.effects.table import AnalysisTable

BALANCE_LINE = 0.1
CHANCE_LINE = 0.001
RATIOS_ALLOWED = (0.5, 2.0)
PRODUCTS_OF = 5  # squares and products of so many covariates, those that differed most
DIFFERENCE, CORRELATION = "difference in standard deviations", "correlation with the amount"
Rows = tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Balance:
    """rows: one dict per covariate with its difference `before` and `after` weighting (of several arms, the arm that
    differs most from the control; of an amount its correlation, and no after), and for two arms variance ratios (None
    for two values) and KS statistics; groups: the worst covariate of each group; products: squares and products of the
    covariates that differed most; measure: what the differences are; remark: what is not judged and worth a look."""

    passed: bool | None
    sentence: str
    rows: Rows = ()
    groups: Rows = ()
    products: Rows = ()
    measure: str = DIFFERENCE
    remark: str = ""

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {**vars(self), "line": BALANCE_LINE}


def balance(table: AnalysisTable, weighting: np.ndarray | None, *, randomised: bool = False) -> Balance:
    """Differences before and after weighting (n,); before, each unit counts as the units it stands for.

    weighting: null where nothing weights the units, so that what differs before does so afterwards.

    Passed when every one is within 0.1 after weighting. For an experiment the arms differ by chance alone, so it asks
    instead whether chance explains the differences before weighting (joint test, p >= 0.001). For an amount there is no
    after: it is adjusted for by regression, not by making units alike.
    """
    dose = table.treatment_kind == "dose"
    measure = CORRELATION if dose else DIFFERENCE
    if not table.covariates:
        return Balance(None, "Balance was not checked: there are no covariates.", measure=measure)
    weights = table.weights if weighting is None else weighting
    before = _differences(table, table.weights)
    rows = _rows(table, before, None if dose else _differences(table, weights), weights)
    products = _products(table, before, weights) if table.treatment_kind == "binary" else ()
    if randomised:
        passed, said = _chance(table)
    elif dose:
        worst = max(rows, key=lambda row: abs(row["before"]))
        passed, said = (
            None,
            (
                "Balance was not judged: an amount is adjusted for by regression, not by making units alike. Most "
                f"correlated with it is {worst['title']} ({worst['before']:+.2f})."
            ),
        )
    else:
        passed, said = _judged(rows, "After weighting," if weighting is not None else "Nothing was weighted, and")
    return Balance(passed, said, rows, _worst_of_groups(rows), products, measure, _remark(rows, products))


def _judged(rows: Rows, when: str) -> tuple[bool | None, str]:
    after = np.array([row["after"] for row in rows])
    if not np.isfinite(after).all():
        return None, "Balance cannot be told: a weighted mean is not a number."
    worst = rows[int(np.argmax(np.abs(after)))]
    if beyond := int((np.abs(after) > BALANCE_LINE).sum()):
        return False, (
            f"{when} {beyond} of {len(rows)} covariates still differ by more than {BALANCE_LINE} standard "
            f"deviations; the most is {worst['title']} ({_beside_line(worst['after'])})."
        )
    return True, (
        f"{when} every covariate differs by at most {abs(worst['after']):.2f} standard deviations "
        f"({worst['title']}); the line is {BALANCE_LINE}."
    )


def _beside_line(difference: float) -> str:
    """Two decimals, or three where two would hide on which side of the line it is."""
    return f"{difference:+.2f}" if round(abs(difference), 2) != BALANCE_LINE else f"{difference:+.3f}"


def _differences(table: AnalysisTable, weights: np.ndarray) -> np.ndarray:
    """(p,) differences under these weights, each with its sign; of several arms, the largest from the control."""
    matrix, treatment, base = table.matrix(), table.treatment, table.weights
    if table.treatment_kind == "dose":
        return correlations(matrix, treatment, weights)
    arms = range(1, len(table.arms)) if table.treatment_kind == "arms" else (1,)
    apart = np.array(
        [
            standardised_differences(
                matrix, np.where(treatment == arm, 1, np.where(treatment == 0, 0, -1)), weights, base
            )
            for arm in arms
        ]
    )
    largest = np.argmax(np.nan_to_num(np.abs(apart), nan=np.inf), axis=0)
    return np.asarray(apart[largest, np.arange(matrix.shape[1])])


def _rows(table: AnalysisTable, before: np.ndarray, after: np.ndarray | None, weights: np.ndarray) -> Rows:
    rows: list[dict[str, Any]] = []
    for at, covariate in enumerate(table.covariates):
        named = {"covariate": covariate.name, "title": covariate.title, "group": covariate.group}
        rows.append({**named, "before": float(before[at]), "after": None if after is None else float(after[at])})
    if table.treatment_kind != "binary":
        return tuple(rows)
    treatment, matrix, base = table.treatment, table.matrix(), table.weights
    for when, used in (("before", base), ("after", weights)):
        ratios = variance_ratios(matrix, treatment, used)
        for at, row in enumerate(rows):
            row[f"variance_ratio_{when}"] = float(ratios[at]) if _many_valued(matrix[:, at]) else None
            row[f"ks_{when}"] = kolmogorov_smirnov(matrix[:, at], treatment, used)
    return tuple(rows)


def _many_valued(values: np.ndarray) -> bool:
    return bool(((values != values.min()) & (values != values.max())).any())


def _worst_of_groups(rows: Rows) -> Rows:
    """One row per group: its covariates' largest differences, and where they are."""
    found = []
    for group in dict.fromkeys(row["group"] for row in rows):
        own = [row for row in rows if row["group"] == group]
        worst = max(own, key=lambda row: abs(row["before" if row["after"] is None else "after"]))
        found.append(
            {
                "title": f"{group_title(group)} ({len(own)} covariates)" if len(own) > 1 else own[0]["title"],
                "group": group,
                "covariates": len(own),
                "before": max((row["before"] for row in own), key=abs),
                "after": worst["after"],
                "worst": worst["title"],
            }
        )
    return tuple(found)


def _products(table: AnalysisTable, before: np.ndarray, weights: np.ndarray) -> Rows:
    """Squares and products of the covariates that differed most: what equal means do not make equal."""
    matrix, base = table.matrix(), table.weights
    top = np.argsort(-np.abs(np.nan_to_num(before)), kind="stable")[:PRODUCTS_OF]
    centred = matrix[:, top] - np.average(matrix[:, top], axis=0, weights=base)
    titles = [table.covariates[at].title for at in top]
    pairs = [(one, two) for one in range(len(top)) for two in range(one, len(top))]
    pairs = [(one, two) for one, two in pairs if one != two or _many_valued(matrix[:, top[one]])]
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


def _remark(rows: Rows, products: Rows) -> str:
    """What is not judged and yet worth a look."""
    low, high = RATIOS_ALLOWED
    ratios = [row["variance_ratio_after"] for row in rows if row.get("variance_ratio_after") is not None]
    uneven = sum(not low <= ratio <= high for ratio in ratios)
    apart = sum(not abs(row["after"]) <= BALANCE_LINE for row in products)
    said = []
    if uneven:
        said.append(f"{uneven} of {len(ratios)} variances differ by more than a factor of {high:g}")
    if apart:
        said.append(f"{apart} of {len(products)} squares and products by more than {BALANCE_LINE}")
    return f"Not judged: {', '.join(said)}." if said else ""


def _chance(table: AnalysisTable) -> tuple[bool | None, str]:
    """Hansen and Bowers' (2008) joint test: do all mean differences together exceed what random assignment makes?"""
    matrix, clusters = table.matrix(), table.clusters
    scores = _scores(matrix - matrix.mean(axis=0), _assignments(table))
    sums = np.zeros((clusters.max() + 1, scores.shape[1]))
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


def _assignments(table: AnalysisTable) -> Sequence[np.ndarray]:
    if table.treatment_kind == "arms":
        return [(table.treatment == arm).astype(float) for arm in range(1, len(table.arms))]
    return [table.treatment]


def _scores(centred: np.ndarray, assignments: Sequence[np.ndarray]) -> np.ndarray:
    return np.column_stack([centred * (each - each.mean())[:, None] for each in assignments])
