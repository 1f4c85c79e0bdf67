"""DirectLiNGAM: every direction, from noise that is not normal (Shimizu and others 2011).

The variable that is most independent of what it leaves unexplained of the others comes first; it is regressed out, and
so on. Independence is the pairwise likelihood ratio of Hyvarinen and Smith (2013). Parents are then chosen by BIC among
the variables that come before. On values as they are: ranks would hide the shape of the noise.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from scipy import stats

from core.errors import BadSpec
from core.graphs.discovery.best_order import OrderSearch
from core.graphs.discovery.contract import Edge, Knowledge, edge
from core.graphs.discovery.evidence import arranged
from core.graphs.discovery.local_scores import GaussianScores
from core.graphs.discovery.table_settings import LingamSettings
from core.graphs.sufficient import Embedded, embed, refuse_collinear
from core.graphs.variables import Floats, VariableTable

FALSE_SHARE: Final = 0.05  # of residuals that are called not normal though they are
SKEWNESS: Final = 0.15  # a residual below both is too near to normal to tell a direction, however many rows there are
EXCESS: Final = 0.3
PENALTY: Final = 2.0  # of the graph whose residuals are tested


class LingamSearch:
    """DirectLiNGAM over standardised values, or over one bootstrap draw of their units."""

    def __init__(self, embedded: Embedded, settings: LingamSettings) -> None:
        self._embedded, self._settings = embedded, settings

    def edges(self, knowledge: Knowledge) -> Sequence[Edge]:
        """Directed edges; strength: the partial correlation given the target's other parents."""
        names = self._embedded.names
        knowledge.check(names)
        moments = self._embedded.moments()
        search = OrderSearch(GaussianScores(moments, self._settings.penalty), names, knowledge)
        parents = search.parents_in(_causes_first(self._embedded.matrix, search.before))
        return sorted(
            edge(
                names[source], names[target], "directed",
                moments.association(source, target, [other for other in above if other != source]).effect,
            )
            for target, above in enumerate(parents)
            for source in above
        )  # fmt: skip

    def drawn(self, seed: int) -> "LingamSearch":
        """The same search on a bootstrap draw of the units."""
        rows = self._embedded.drawn_rows(seed)
        matrix = self._embedded.matrix[rows]
        spread = matrix.std(axis=0)
        matrix = (matrix - matrix.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
        return LingamSearch(replace(self._embedded, matrix=matrix, clusters=None), self._settings)


def _causes_first(matrix: Floats, before: Sequence[int]) -> list[int]:
    """An order of the columns, each step the one that looks least like an effect of those left.

    before: bits of the columns that must come before each.
    """
    values = matrix.copy()
    left, order = list(range(values.shape[1])), []
    while left:
        waiting = sum(1 << place for place in left)
        ready = [place for place in left if not before[place] & waiting]
        if not ready:
            raise BadSpec("Required edges and time tiers contradict each other; drop one of the edges.")
        first = ready[0] if len(ready) == 1 else ready[int(_effect_like(values, left, ready).argmin())]
        order.append(first)
        left.remove(first)
        known = values[:, first]
        rest = values[:, left] - np.outer(known, known @ values[:, left] / len(known))
        spread = rest.std(axis=0)
        values[:, left] = rest / np.where(spread > 1e-9, spread, 1.0)
    return order


def _effect_like(values: Floats, left: Sequence[int], ready: Sequence[int]) -> Floats:
    """(ready,): how strongly the other columns look like causes of each."""
    columns = values[:, left]
    correlation = columns.T @ columns / len(columns)
    own = _entropy(columns)
    entropies = np.zeros((len(left), len(left)))  # of what column i leaves unexplained of column j
    places = [left.index(each) for each in ready]
    needed = np.zeros((len(left), len(left)), dtype=bool)
    needed[places, :] = needed[:, places] = True
    np.fill_diagonal(needed, False)
    for cause in np.flatnonzero(needed.any(axis=1)):
        effects = np.flatnonzero(needed[cause])
        slopes = correlation[cause, effects]
        rest = columns[:, effects] - columns[:, [cause]] * slopes
        entropies[cause, effects] = _entropy(rest / np.sqrt(np.maximum(1 - slopes**2, 1e-12)))
    # above zero where i → j is likelier than j → i
    ratio = own[None, :] + entropies.T - own[:, None] - entropies
    np.fill_diagonal(ratio, 0.0)
    return np.asarray((np.minimum(ratio, 0.0) ** 2).sum(axis=1)[places], dtype=np.float64)


def _entropy(standardised: Floats) -> Floats:
    """(columns,): Hyvarinen's (1998) approximation of the entropy of columns with mean 0 and variance 1."""
    size = np.abs(standardised)
    curved = (size + np.log1p(np.exp(-2 * size)) - np.log(2)).mean(axis=0)
    odd = (standardised * np.exp(-(standardised**2) / 2)).mean(axis=0)
    return np.asarray((1 + np.log(2 * np.pi)) / 2 - 79.047 * (curved - 0.37457) ** 2 - 7.4129 * odd**2)


def refuse_normal(table: VariableTable) -> None:
    """Raise BadSpec unless every variable is a number and all but one leave residuals that are not normal.

    Residuals given the parents in a graph of good score; D'Agostino's test, at the false discovery rate of Benjamini
    and Hochberg.
    """
    other = next((each for each in table.variables if each.kind not in ("number", "count")), None)
    if other is not None:
        raise BadSpec(f"LiNGAM works on numbers, and '{other.name}' is a {other.kind}; BOSS takes every kind.")
    embedded = embed(arranged(table), ranks=False)
    residuals = _residuals(embedded)
    if embedded.clusters is not None:
        residuals = residuals[np.unique(embedded.clusters, return_index=True)[1]]  # one row a cluster
    p_values = stats.false_discovery_control(stats.normaltest(residuals, axis=0).pvalue)
    shaped = (np.abs(stats.skew(residuals)) > SKEWNESS) | (np.abs(stats.kurtosis(residuals)) > EXCESS)
    normal = [name for name, p, far in zip(embedded.names, p_values, shaped, strict=True) if p > FALSE_SHARE or not far]
    if len(normal) > 1:
        raise BadSpec(
            f"LiNGAM tells directions from noise that is not normal, and {len(normal)} of {len(table.names)} residuals "
            f"look normal ({', '.join(normal[:4])}), so directions would be guesses; BOSS leaves them open."
        )


def _residuals(embedded: Embedded) -> Floats:
    """(rows, variables): what the parents of each variable in a graph of the best score leave unexplained."""
    moments = embedded.moments()
    start = range(len(embedded.names))
    parents = OrderSearch(GaussianScores(moments, PENALTY), embedded.names, Knowledge()).best([start])
    residuals = embedded.matrix.copy()
    for child, above in enumerate(parents.parents):
        if above:
            places = list(above)
            slopes = np.linalg.solve(moments.correlation[np.ix_(places, places)], moments.correlation[places, child])
            residuals[:, child] -= embedded.matrix[:, places] @ slopes
    return residuals


def search(table: VariableTable, settings: LingamSettings) -> LingamSearch:
    """DirectLiNGAM over a table; raises BadSpec where the noise cannot tell directions, or columns are collinear."""
    refuse_collinear(table)
    refuse_normal(table)
    return LingamSearch(embed(arranged(table), ranks=False), settings)


def seconds(rows: int, columns: int) -> float:
    """What one search costs on one core."""
    return 0.03 + 1.1e-8 * rows * float(columns) ** 3
