"""Adjustment sets: what to hold fixed so that only the effect still connects treatment and outcome.

A set is valid by the back-door criterion (Pearl 2009, 3.3.1) if it holds no descendant of the treatment and d-separates
treatment and outcome in the back-door graph, which is the graph without the arrows that leave the treatment. Selected
nodes are in every set: the log holds them fixed already. Sets are bits of an int, as in reach.
"""

from dataclasses import dataclass
from functools import cached_property

from core.graphs.causal_graph import CausalGraph
from core.graphs.identification.reach import Arrows
from core.graphs.identification.separation import minimal_separator, minimal_separators


@dataclass(frozen=True)
class Adjustment:
    """What the search works on; every field but the two graphs is a set.

    later: descendants of the treatment. hidden: unmeasured nodes. allowed: measured nodes that are not later (selected
    ones included).
    """

    arrows: Arrows
    backdoor: Arrows
    treatment: int
    outcome: int
    selected: int
    hidden: int
    later: int
    allowed: int

    @classmethod
    def of(cls, graph: CausalGraph) -> "Adjustment":
        """Raises BadSpec if the graph marks no treatment or outcome."""
        arrows = Arrows.of(graph)
        treatment, outcome = (arrows.bits([name]) for name in graph.question())
        selected = arrows.bits(graph.having("selected"))
        hidden = arrows.bits(graph.having("unmeasured")) & ~selected
        later = arrows.below(treatment) & ~treatment
        everything = (1 << len(arrows.names)) - 1
        return cls(
            arrows, arrows.without(leaving=treatment), treatment, outcome, selected, hidden, later,
            everything & ~(later | treatment | outcome | hidden),
        )  # fmt: skip

    @cached_property
    def causal(self) -> int:
        """The nodes on the paths of arrows from treatment to outcome, without the treatment; none if there is none."""
        return self.arrows.between(self.treatment, self.outcome) & ~self.treatment

    def valid(self, given: int) -> bool:
        """Whether the set meets the back-door criterion."""
        return not given & ~self.allowed and self.backdoor.separated(self.treatment, self.outcome, given)

    def minimal(self, also: int = 0) -> int | None:
        """One minimal set; None if there is none. also: what to allow besides, as if it were measured."""
        return minimal_separator(
            self.backdoor, self.treatment, self.outcome, self.allowed | also & ~self.later, self.selected
        )

    def all_minimal(self, at_most: int) -> list[int]:
        """Minimal sets, smallest first, until `at_most` are found."""
        found = minimal_separators(
            self.backdoor, self.treatment, self.outcome, self.allowed, self.selected, at_most=at_most
        )
        return sorted(found, key=lambda bits: (bits.bit_count(), self.arrows.named(bits)))

    def widest(self) -> int:
        """The set to use: every allowed cause of treatment or outcome, less what says nothing about the outcome.

        Causes of the outcome alone make the estimate more precise. Causes of the treatment alone make it less precise
        and are left out (Henckel, Perković, Maathuis 2022), which keeps the set valid: if T ⊥ Y | K, z and z ⊥ Y | K in
        the back-door graph, then T ⊥ Y | K there (contraction). Where no valid set exists this is the best that is
        measured, and the estimate stays biased.
        """
        kept = self.allowed & self.arrows.above(self.treatment | self.outcome | self.selected)
        up, down = self.backdoor.arrivals(self.outcome, kept)
        return kept & (up | down | self.selected)

    def first_met(self, nodes: int) -> int:
        """Those of the nodes that a path of arrows from the treatment can meet before any other of them."""
        return nodes & self.arrows.without(leaving=nodes).below(self.treatment)
