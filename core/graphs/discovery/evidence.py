"""What a method looks at: moments and, where every variable is a category, counts; of all units or of a bootstrap draw.

Variables stand in an order that the data decide, so that no answer hangs on the order of columns or on their names.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from core.graphs.discovery.counts import Counts, countable, counts_of
from core.graphs.sufficient import Embedded, Moments, embed, refuse_collinear
from core.graphs.variables import VariableTable


@dataclass(frozen=True)
class Evidence:
    """seed: of the bootstrap draw of the units, None for all of them."""

    embedded: Embedded
    whole_counts: Counts | None
    seed: int | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return self.embedded.names

    @cached_property
    def moments(self) -> Moments:
        """Second moments of the columns."""
        return self.embedded.moments() if self.seed is None else self.embedded.draw(self.seed)

    @cached_property
    def counts(self) -> Counts | None:
        """How often each row occurs, None if some variable is no category."""
        if self.whole_counts is None or self.seed is None:
            return self.whole_counts
        return self.whole_counts.drawn(self.seed)

    def drawn(self, seed: int) -> "Evidence":
        """Of one bootstrap draw of the units."""
        return Evidence(self.embedded, self.whole_counts, seed)


def evidence_of(table: VariableTable) -> Evidence:
    """The evidence of a table. Raises NotEnoughData for too few units, BadSpec for perfect collinearity."""
    refuse_collinear(table)
    table = arranged(table)
    embedded = embed(table)
    return Evidence(embedded, counts_of(table, embedded.units) if countable(table) else None)


def arranged(table: VariableTable) -> VariableTable:
    """The variables most associated with the others first, ties by name."""
    embedded = embed(table)
    squares = embedded.moments().correlation ** 2
    weights = [round(float(squares[own].sum() - squares[np.ix_(own, own)].sum()), 8) for own in embedded.blocks]
    places = sorted(range(len(weights)), key=lambda place: (-weights[place], table.names[place]))
    return replace(table, variables=tuple(table.variables[place] for place in places))
