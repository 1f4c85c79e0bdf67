"""Rules: short conditions on covariates, in their own units, that tell some units from the others.

A decision tree of depth 3 (Breiman et al. 1984) is fitted to a mark of the units; leaves in which the mark is common
are the rules. Thresholds are rounded before the rule is applied, so that a rule is what it says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Any, Final

import numpy as np

from core.effects.table import AnalysisTable

DEPTH = 3
LEAF_SHARE = 0.005  # of the units, in a leaf at least
LEAF_UNITS = 10
COMMON = 0.5  # the mark's share in a leaf that makes it a rule
LOG: Final = " (log)"  # ends the title of a covariate that is a signed log1p of what it names
HOUR: Final = ("Hour of day (sine)", "Hour of day (cosine)")


@dataclass(frozen=True)
class Readable:
    """A covariate as people read it: (n,) values in its own unit."""

    title: str
    values: np.ndarray


@dataclass(frozen=True)
class Rule:
    """says: the conditions in words; side: what sets its units apart; marked_share: of them, how many bear
    the mark; mask: (n,) the units they hold for."""

    says: str
    side: str
    units: int
    treated_share: float
    marked_share: float
    mask: np.ndarray

    def plain(self) -> dict[str, Any]:
        """JSON-ready: everything but what is one value per unit."""
        return {name: value for name, value in vars(self).items() if name != "mask"}


def readable_columns(table: AnalysisTable) -> list[Readable]:
    """The covariates without logarithms, and the hour of the day as one number."""
    matrix = table.matrix()
    by_title = {covariate.title: matrix[:, at] for at, covariate in enumerate(table.covariates)}
    columns = []
    for title, values in by_title.items():
        if title.endswith(LOG):
            columns.append(Readable(title.removesuffix(LOG), np.sign(values) * np.expm1(np.abs(values))))
        elif title not in HOUR:
            columns.append(Readable(title, values))
    if all(title in by_title for title in HOUR):
        sine, cosine = (by_title[title] for title in HOUR)
        columns.append(Readable("Hour of day", (np.arctan2(sine, cosine) / (2 * np.pi) * 24) % 24))
    return columns


def rules_for(columns: Sequence[Readable], marked: np.ndarray, treatment: np.ndarray, side: str) -> list[Rule]:
    """The rules that tell the marked units (n,), the largest first; none where no leaf has the mark in common."""
    from sklearn.tree import DecisionTreeClassifier

    if not marked.any() or marked.all() or not columns:
        return []
    matrix = np.column_stack([_snapped(column.values) for column in columns])
    leaf = max(LEAF_UNITS, int(LEAF_SHARE * len(marked)))
    tree = DecisionTreeClassifier(max_depth=DEPTH, min_samples_leaf=leaf, random_state=0).fit(matrix, marked).tree_
    rules = []
    for path in _paths(tree, 0, ()):
        mask = np.ones(len(marked), dtype=bool)
        told = []
        for at, bounds in _bounds(path).items():
            low, high = (_rounded(matrix[:, at], bound) for bound in bounds)
            mask &= (matrix[:, at] > low) & (matrix[:, at] <= high)
            told.append(_condition(columns[at].title, matrix[:, at], low, high))
        rules.append(
            Rule(
                " and ".join(told),
                side,
                int(mask.sum()),
                float(treatment[mask].mean()),
                float(marked[mask].mean()),
                mask,
            )
        )
    return sorted(rules, key=lambda rule: -rule.units)


def _snapped(values: np.ndarray) -> np.ndarray:
    """Whole numbers that came back from a logarithm are whole again; others keep eight digits."""
    whole = np.round(values)
    return np.where(np.abs(values - whole) < 1e-6, whole, values)


def _paths(
    tree: Any, node: int, path: tuple[tuple[int, float, bool], ...]
) -> list[tuple[tuple[int, float, bool], ...]]:
    """Ways to the highest nodes below which every leaf has the mark in common; a step is (column, threshold, above)."""
    if _all_common(tree, node):
        return [path] if path else []
    if tree.children_left[node] < 0:
        return []
    at, threshold = int(tree.feature[node]), float(tree.threshold[node])
    below = _paths(tree, int(tree.children_left[node]), (*path, (at, threshold, False)))
    return below + _paths(tree, int(tree.children_right[node]), (*path, (at, threshold, True)))


def _all_common(tree: Any, node: int) -> bool:
    if tree.children_left[node] < 0:
        shares = tree.value[node][0]
        return bool(shares[1] / shares.sum() >= COMMON)
    return _all_common(tree, int(tree.children_left[node])) and _all_common(tree, int(tree.children_right[node]))


def _bounds(path: Sequence[tuple[int, float, bool]]) -> dict[int, tuple[float, float]]:
    """By column: above the first number, at most the second."""
    bounds: dict[int, tuple[float, float]] = {}
    for at, threshold, above in path:
        low, high = bounds.get(at, (-np.inf, np.inf))
        bounds[at] = (max(low, threshold), high) if above else (low, min(high, threshold))
    return bounds


def _condition(title: str, values: np.ndarray, low: float, high: float) -> str:
    if not ((values != 0) & (values != 1)).any():
        return title if np.isfinite(low) else f"not {title}"
    if not np.isfinite(low):
        return f"{title} at most {high:,.12g}"
    return f"{title} above {low:,.12g}" + (f" and at most {high:,.12g}" if np.isfinite(high) else "")


def _rounded(values: np.ndarray, threshold: float) -> float:
    """The threshold to a power of ten below a twentieth of the values' spread; whole among whole numbers."""
    if not np.isfinite(threshold):
        return threshold
    digits = -floor(log10(values.std() / 20))
    whole = bool((values == np.round(values)).all())
    if whole and digits >= 0:
        return float(floor(threshold))
    return round(threshold, digits)
