"""What observing a value says of the outcome, beside what setting it would do: two questions, often two answers.

Observing is counted in the data, whatever the graph says. Setting is asked of the network; with hidden nodes it is
answered by adjustment where the graph allows it, and refused with the graph's reason where it does not. Causes in one
tier may go together, so they are joined freely, and one that is set comes last among them.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import networkx as nx
import numpy as np

from core.errors import BadSpec
from core.graphs.bayes_net.levels import levels_of
from core.graphs.bayes_net.query import probabilities
from core.graphs.bayes_net.tables import Counter, Factor
from core.graphs.causal_graph import CausalGraph
from core.graphs.check.implied import Implied
from core.graphs.identification.identify import identify
from core.graphs.variables import Floats, VariableTable

SHOWN_ROWS: Final = 60  # of one table of probabilities
FEW: Final = 5
Setting = Mapping[str, str]


class Network:
    """A graph with its tables. prior: rows that each combination of causes is given, spread evenly."""

    def __init__(
        self, graph: CausalGraph, table: VariableTable, implied: Implied, *, bins: int, draws: int, prior: float,
        seed: int,
    ) -> None:  # fmt: skip
        self._graph, self._implied, self._prior = graph, implied, prior
        self.levels = {each.name: each for each in levels_of(table, bins=bins)}
        self._counter = Counter(tuple(self.levels.values()), table.clusters, draws=draws, seed=seed)
        self._tables: dict[tuple[str, tuple[str, ...]], Factor] = {}
        self.whole = set(graph.names) == set(self.levels)

    def observe(self, outcome: str, seen: Setting) -> list[dict[str, Any]]:
        """P(outcome | seen), counted: per level its share with the 95 % interval. Raises BadSpec."""
        codes = self._codes(seen, outcome)
        counted = self._counter.given(outcome, tuple(codes), self._prior).values
        for code in codes.values():
            counted = counted[:, code]
        return self._rows(outcome, counted)

    def set(self, outcome: str, held: Setting, seen: Setting | None = None) -> list[dict[str, Any]]:
        """P(outcome | do(held)), of those with `seen` if it is given. Raises BadSpec where the graph cannot tell."""
        codes = self._codes(held, outcome)
        if self.whole:
            directed = self._with_free_joined(tuple(codes))
            found = probabilities(
                self._of(directed), directed, outcome, fixed=codes, observed=self._codes(seen or {}, outcome)
            )
            return self._rows(outcome, found)
        if len(codes) != 1 or seen:
            raise BadSpec("With an unmeasured node only one node can be set at a time, without observing others.")
        return self._rows(outcome, self._adjusted(outcome, *next(iter(codes.items()))))

    def plain_tables(self) -> tuple[list[dict[str, Any]], list[str]]:
        """P(node | causes) of the data for every node whose causes are all measured, and why one is not there."""
        directed = self._graph.directed()
        found, said = [], []
        for name in self.levels:
            causes = tuple(directed.predecessors(name))
            if not set(causes) <= set(self.levels):
                continue
            try:
                found.append(self._plain(name, causes))
            except BadSpec as error:
                said.append(str(error))
        return found, said

    def _plain(self, name: str, causes: tuple[str, ...]) -> dict[str, Any]:
        counts = self._counter.count((*causes, name)).values[0]
        shares = self._table(name, causes).values[0]
        units, flat = counts.sum(axis=-1), shares.reshape(-1, shares.shape[-1])
        combinations = list(np.ndindex(*shares.shape[:-1]))
        rows = [
            {
                "causes": {
                    cause: self.levels[cause].names[code] for cause, code in zip(causes, combination, strict=True)
                },
                "rows": int(units[combination]),
                "shares": [float(share) for share in flat[place]],
            }
            for place, combination in enumerate(combinations[:SHOWN_ROWS])
        ]
        return {
            "node": name, "levels": list(self.levels[name].names), "causes": list(causes), "rows": rows,
            "combinations": len(combinations), "thin": int((units < FEW).sum()),
        }  # fmt: skip

    def _with_free_joined(self, last: tuple[str, ...]) -> "nx.DiGraph[str]":
        """The graph with edges between causes that may go together; those in `last` have no effect on the others."""
        directed = self._graph.directed()
        for group in self._implied.together:
            order = sorted(group, key=lambda name: (name in last, group.index(name)))
            directed.add_edges_from((one, other) for place, one in enumerate(order) for other in order[place + 1 :])
        return directed

    def _of(self, directed: "nx.DiGraph[str]") -> dict[str, Factor]:
        return _Lazy(lambda name: self._table(name, tuple(sorted(directed.predecessors(name)))))

    def _table(self, name: str, causes: tuple[str, ...]) -> Factor:
        if (name, causes) not in self._tables:
            self._tables[name, causes] = self._counter.given(name, causes, self._prior)
        return self._tables[name, causes]

    def _adjusted(self, outcome: str, name: str, code: int) -> Floats:
        """Σ_z P(outcome | name, z) P(z), with the first minimal adjustment set."""
        if outcome not in nx.descendants(self._graph.directed(), name):
            return self._counter.given(outcome, (), self._prior).values
        identified = identify(self._graph.asked(name, outcome))
        if not identified.adjustment_sets:
            raise BadSpec(identified.sentence)
        over = tuple(each for each in identified.adjustment_sets[0] if each in self.levels)
        given = self._counter.given(outcome, (name, *over), self._prior).values[:, code]
        weights = self._counter.count(over).values
        weights = weights / weights.reshape(len(weights), -1).sum(axis=1).reshape(-1, *[1] * (weights.ndim - 1))
        summed = (given * weights[..., None]).reshape(len(given), -1, given.shape[-1])
        return np.asarray(summed.sum(axis=1), dtype=np.float64)

    def _codes(self, values: Setting, outcome: str) -> dict[str, int]:
        for name in (outcome, *values):
            if name not in self.levels:
                raise BadSpec(f"'{name}' is no measured node; there are {', '.join(self.levels)}.")
            if name == outcome and name in values:
                raise BadSpec(f"'{name}' is the outcome that is asked about; observe or set another node.")
        return {name: self.levels[name].place(value) for name, value in values.items()}

    def _rows(self, outcome: str, shares: Floats) -> list[dict[str, Any]]:
        """The data's answer, with the middle 95 % of the draws' around it."""
        low, high = np.nanquantile(shares[1:], (0.025, 0.975), axis=0)
        return [
            {"level": level, "share": float(shares[0, place]), "low": float(low[place]), "high": float(high[place])}
            for place, level in enumerate(self.levels[outcome].names)
        ]


class _Lazy(dict[str, Factor]):
    """Tables that are counted when they are asked for."""

    def __init__(self, make: Callable[[str], Factor]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, name: str) -> Factor:
        self[name] = self._make(name)
        return self[name]


def network_answers(
    network: Network, outcome: str, progress: Callable[[float], None] = lambda share: None
) -> dict[str, Any]:
    """Every level of every other measured node, observed and set; "refused" says why one has no answer."""
    if outcome not in network.levels:
        raise BadSpec(f"'{outcome}' is no measured node; there are {', '.join(network.levels)}.")
    others = [name for name in network.levels if name != outcome]
    answers = []
    for done, name in enumerate(others):
        for level in network.levels[name].names:
            answers.append({"node": name, "level": level, **answer(network, outcome, {name: level}, {name: level})})
        progress((done + 1) / len(others))
    tables, said = network.plain_tables()
    return {
        "outcome": outcome,
        "levels": list(network.levels[outcome].names),
        "answers": answers,
        "tables": tables,
        "notes": [*(each.note for each in network.levels.values() if each.note), *said],
    }


def answer(network: Network, outcome: str, seen: Setting, held: Setting) -> dict[str, Any]:
    """{"observed", "set"} as rows, None for a question that is not asked, and "refused": why one has no answer."""
    found: dict[str, Any] = {"observed": None, "set": None, "refused": None}
    try:
        if seen:
            found["observed"] = network.observe(outcome, seen)
        if held:
            found["set"] = network.set(outcome, held)
    except BadSpec as error:
        found["refused"] = str(error)
    return found
