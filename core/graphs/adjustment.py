"""Adjustment sets: what to hold fixed so that only the effect still connects treatment and outcome.

A set is valid by the back-door criterion (Pearl 2009, 3.3.1) if it holds no descendant of the treatment and d-separates
treatment and outcome in the back-door graph. Selected nodes are in every set: the log holds them fixed already.
"""

from collections import deque
from dataclasses import dataclass

import networkx as nx

from core.graphs.causal_graph import CausalGraph
from core.graphs.separation import backdoor_graph, separated


@dataclass(frozen=True)
class Adjustment:
    """What the search works on.

    allowed: measured nodes that are no descendants of the treatment (selected ones included).
    """

    directed: "nx.DiGraph[str]"
    backdoor: "nx.DiGraph[str]"
    treatment: str
    outcome: str
    selected: frozenset[str]
    allowed: frozenset[str]

    @classmethod
    def of(cls, graph: CausalGraph) -> "Adjustment":
        treatment, outcome = graph.question()
        directed = graph.directed()
        selected = frozenset(graph.having("selected"))
        hidden = set(graph.having("unmeasured")) - selected
        later = nx.descendants(directed, treatment) | {treatment, outcome}
        return cls(
            directed, backdoor_graph(directed, treatment), treatment, outcome,
            selected, frozenset(set(graph.names) - later - hidden),
        )  # fmt: skip

    def valid(self, names: frozenset[str]) -> bool:
        """Whether the set meets the back-door criterion."""
        return names <= self.allowed and separated(self.backdoor, self.treatment, self.outcome, names)

    def minimal(self, allowed: frozenset[str]) -> frozenset[str] | None:
        """One set within `allowed` from which nothing can be left out; None if there is none.

        van der Zander, Liśkiewicz, Textor (2019): if any valid set exists within `allowed`, one does among the
        ancestors of treatment, outcome and the selected nodes.
        """
        if not self.selected <= allowed:
            return None
        found = nx.find_minimal_d_separator(
            self.backdoor, {self.treatment}, {self.outcome}, included=set(self.selected), restricted=set(allowed)
        )
        return None if found is None else frozenset(found)

    def all_minimal(self, at_most: int) -> list[frozenset[str]]:
        """Minimal sets, smallest first, until `at_most` are found.

        Another minimal set lacks at least one member of the one just found; forbidding each member in turn reaches all.
        What causes both treatment and outcome directly is in every set, so forbidding it would lead nowhere.
        """
        into = (set(self.backdoor.predecessors(end)) for end in (self.treatment, self.outcome))
        forced = self.selected.union(set.intersection(*into))
        found: set[frozenset[str]] = set()
        seen = {self.allowed}
        queue = deque([self.allowed])
        while queue and len(found) < at_most:
            allowed = queue.popleft()
            one = self.minimal(allowed)
            if one is None:
                continue
            found.add(one)
            for name in sorted(one - forced):
                rest = allowed - {name}
                if rest not in seen:
                    seen.add(rest)
                    queue.append(rest)
        return sorted(found, key=lambda names: (len(names), sorted(names)))

    def widest(self) -> frozenset[str]:
        """The set to use: every allowed cause of treatment or outcome, less what says nothing about the outcome.

        Causes of the outcome alone make the estimate more precise. Causes of the treatment alone make it less precise
        and are left out (Henckel, Perković, Maathuis 2022), which keeps the set valid: if T ⊥ Y | K, z and z ⊥ Y | K in
        the back-door graph, then T ⊥ Y | K there (contraction). Where no valid set exists this is the best that is
        measured, and the estimate stays biased.
        """
        causes = nx.ancestors(self.directed, self.treatment) | nx.ancestors(self.directed, self.outcome)
        causes = causes.union(*(nx.ancestors(self.directed, name) for name in self.selected))
        kept = (self.allowed & frozenset(causes)) | (self.selected & self.allowed)
        for name in sorted(kept - self.selected - set(self.backdoor.predecessors(self.outcome))):
            if separated(self.backdoor, name, self.outcome, kept - {name}):
                kept -= {name}
        return kept
