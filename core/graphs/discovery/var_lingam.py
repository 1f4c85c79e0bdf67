"""VAR-LiNGAM: what precedes what over time, what causes what within a step (Hyvärinen, Zhang, Shimizu, Hoyer 2010).

The lagged edges are those of Granger's tests. What an autoregression leaves unexplained of each series goes to LiNGAM,
whose edges are within a step; as everywhere, only after a test that this noise is not normal.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.graphs.discovery.contract import Edge, Knowledge
from core.graphs.discovery.granger import GrangerSearch, seconds
from core.graphs.discovery.granger import search as granger
from core.graphs.discovery.lingam import LingamSearch, refuse_normal
from core.graphs.discovery.series import Series
from core.graphs.discovery.table_settings import LingamSettings
from core.graphs.discovery.time_settings import GrangerSettings
from core.graphs.sufficient import embed
from core.graphs.variables import Variable, VariableTable

__all__ = ["search", "seconds"]


@dataclass(frozen=True)
class VarLingamSearch:
    """Edges over time and within a step, of the same autoregression."""

    lagged: GrangerSearch

    @property
    def notes(self) -> tuple[str, ...]:
        return (*self.lagged.notes, "Edges labelled 'precedes' reach over time; the others hold within one step.")

    def edges(self, knowledge: Knowledge) -> Sequence[Edge]:
        """Edges within a step, then edges over time; a pair may have one of each."""
        within = LingamSearch(embed(_residuals(self.lagged), ranks=False), LingamSettings.read({}))
        return [*within.edges(knowledge), *self.lagged.edges(knowledge)]

    def drawn(self, seed: int) -> "VarLingamSearch":
        """Blocks of consecutive steps, drawn with replacement."""
        return VarLingamSearch(self.lagged.drawn(seed))


def search(series: Series, settings: GrangerSettings) -> VarLingamSearch:
    """Ready to search; raises BadSpec where the noise looks normal, NotEnoughData for too few steps."""
    made = VarLingamSearch(granger(series, settings))
    refuse_normal(_residuals(made.lagged))
    return made


def _residuals(lagged: GrangerSearch) -> VariableTable:
    """What the autoregression leaves unexplained, a variable a series."""
    left = lagged.fit.residuals
    variables = (Variable(name, "number", left[:, place]) for place, name in enumerate(lagged.series.names))
    return VariableTable(tuple(variables), lagged.series.population)
