"""BOSS: the graph whose score is best, found by moving variables in an order until no move helps.

Tables of categories are scored by BDeu, all others by the BIC of normal scores of ranks. Directions that only some of
the equally good graphs have stay undirected.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from core.graphs.discovery.best_order import Ordered, OrderSearch
from core.graphs.discovery.contract import Edge, EdgeKind, Knowledge, edge
from core.graphs.discovery.discrete_scores import DiscreteScores
from core.graphs.discovery.evidence import Evidence, evidence_of
from core.graphs.discovery.local_scores import GaussianScores, LocalScores
from core.graphs.discovery.pattern import Pattern, pattern_of_dag
from core.graphs.discovery.table_settings import BossSettings
from core.graphs.sufficient import Moments
from core.graphs.variables import VariableTable

CHANCE: Final = 20  # seed of the starting orders


class BossSearch:
    """Order search over a table, or over one bootstrap draw of it, which starts from the order of the whole table."""

    def __init__(self, evidence: Evidence, settings: BossSettings, whole: "BossSearch | None" = None) -> None:
        self._evidence, self._settings, self._whole = evidence, settings, whole
        self._found: dict[Knowledge, Ordered] = {}

    def edges(self, knowledge: Knowledge) -> Sequence[Edge]:
        """Directed and undirected edges; strength: the partial correlation given the target's other parents."""
        names = self._evidence.names
        knowledge.check(names)
        parents = self.ordered(knowledge).parents
        return edges_of_dag(pattern_of_dag(parents, names, knowledge), parents, self._evidence.moments)

    def drawn(self, seed: int) -> "BossSearch":
        """The same search on a bootstrap draw of the units."""
        return BossSearch(self._evidence.drawn(seed), self._settings, self._whole or self)

    def ordered(self, knowledge: Knowledge) -> Ordered:
        """The best order found and the parents of each variable in it."""
        if knowledge not in self._found:
            names = self._evidence.names
            if self._whole is None:
                chance = np.random.default_rng(CHANCE)
                starts = [list(range(len(names)))]
                starts += [chance.permutation(len(names)).tolist() for _ in range(self._settings.starts - 1)]
            else:
                starts = [list(self._whole.ordered(knowledge).order)]
            self._found[knowledge] = OrderSearch(self._scores(), names, knowledge).best(starts)
        return self._found[knowledge]

    def _scores(self) -> LocalScores:
        counts = self._evidence.counts
        if counts is not None:
            return DiscreteScores(counts, self._settings.penalty / 2)
        return GaussianScores(self._evidence.moments, self._settings.penalty)


def edges_of_dag(pattern: Pattern, parents: Sequence[Sequence[int]], moments: Moments) -> list[Edge]:
    """The edges of a pattern with the partial correlation of each in the DAG that it stands for."""
    found = []
    for target, above in enumerate(parents):
        for source in above:
            strength = moments.association(source, target, [other for other in above if other != source]).effect
            kind: EdgeKind = "directed" if pattern.children[source] >> target & 1 else "undirected"
            found.append(edge(moments.names[source], moments.names[target], kind, strength))
    return sorted(found)


def search(table: VariableTable, settings: BossSettings) -> BossSearch:
    """BOSS over a table; raises NotEnoughData for too few units, BadSpec for perfect collinearity."""
    return BossSearch(evidence_of(table), settings)


def seconds(rows: int, columns: int) -> float:
    """What one search costs on one core, on average over a table and its draws, which start from its order."""
    return 0.01 + 5e-8 * rows * columns + 3e-4 * float(columns**2)
