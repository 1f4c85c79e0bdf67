"""A recursive linear model without hidden nodes: each node is regressed on its causes, which is maximum likelihood.

All numbers are of standardised columns. A category or a group is a block of columns; as a cause its coefficient is the
standard deviation of its whole contribution (sheaf coefficient, Heise 1972), which has no sign. A block as an effect
has no single coefficient.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np

from core.graphs.sufficient import Moments
from core.graphs.variables import Floats

Causes = Mapping[str, tuple[str, ...]]  # of each measured node, in causal order
Together = Sequence[tuple[str, ...]]  # causes that may go together freely


@dataclass(frozen=True)
class Equations:
    """paths: (columns, columns), entry [effect, cause]; errors: covariance of what the causes leave."""

    paths: Floats
    errors: Floats

    @property
    def implied(self) -> Floats:
        """The correlations that the model implies: (I - B)⁻¹ Ψ (I - B)⁻ᵀ."""
        total = self.total
        return np.asarray(total @ self.errors @ total.T, dtype=np.float64)

    @property
    def total(self) -> Floats:
        """(I - B)⁻¹: total effects, of a column on itself 1."""
        return np.asarray(np.linalg.inv(np.eye(len(self.paths)) - self.paths), dtype=np.float64)


def solve(moments: Moments, causes: Causes, together: Together) -> Equations:
    """The maximum-likelihood fit: a regression per node; free causes keep their covariances."""
    place = {name: number for number, name in enumerate(moments.names)}
    size = len(moments.correlation)
    paths, errors = np.zeros((size, size)), np.zeros((size, size))
    for name, above in causes.items():
        own, others = moments.blocks[place[name]], moments.columns([place[cause] for cause in above])
        cross = moments.correlation[np.ix_(others, own)]
        weights = np.linalg.lstsq(moments.correlation[np.ix_(others, others)], cross, rcond=1e-12)[0]
        paths[np.ix_(own, others)] = weights.T
        errors[np.ix_(own, own)] = moments.correlation[np.ix_(own, own)] - cross.T @ weights
    for group in together:
        columns = moments.columns([place[name] for name in group])
        errors[np.ix_(columns, columns)] = moments.correlation[np.ix_(columns, columns)]
    return Equations(paths, errors)


def coefficient(moments: Moments, paths: Floats, source: str, target: str) -> float | None:
    """The standardised coefficient of an edge; None for a block as an effect."""
    own, above = (moments.blocks[moments.names.index(name)] for name in (target, source))
    if len(own) > 1:
        return None
    weights = paths[own[0], above]
    if len(above) == 1:
        return float(weights[0])
    return float(np.sqrt(max(weights @ moments.correlation[np.ix_(above, above)] @ weights, 0.0)))


def causes_of(directed: "nx.DiGraph[str]", measured: Sequence[str]) -> Causes:
    """Of each measured node its measured causes."""
    return {name: tuple(cause for cause in measured if directed.has_edge(cause, name)) for name in measured}
