"""The role each node plays for the question, read off the arrows.

confounder  causes the treatment, and the outcome other than through the treatment
mediator    lies on a directed path from treatment to outcome
collider    holding it fixed opens a path between treatment and outcome that is closed without it
instrument  causes the treatment, and is tied to the outcome only through the treatment
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from core.graphs.causal_graph import CausalGraph
from core.graphs.identification.adjustment import Adjustment
from core.graphs.identification.reach import Walk, members
from core.graphs.identification.separation import minimal_separator

DERIVED_ROLES: Final = ("confounder", "mediator", "collider", "instrument")


def derived_roles(graph: CausalGraph) -> dict[str, tuple[str, ...]]:
    """{node: its derived roles, maybe none} for every node but treatment and outcome; needs both marked."""
    return Roles(Adjustment.of(graph)).by_name()


@dataclass(frozen=True)
class Roles:
    """The derived roles of one question; each role is a set (bits of an int)."""

    search: Adjustment

    def by_name(self) -> dict[str, tuple[str, ...]]:
        """{node: its roles} for every node but treatment and outcome."""
        held = dict(
            zip(DERIVED_ROLES, (self.confounders, self.mediators, self.colliders, self.instruments), strict=True)
        )
        passed = self.search.treatment | self.search.outcome
        return {
            name: tuple(role for role, bits in held.items() if bits >> place & 1)
            for place, name in enumerate(self.search.arrows.names)
            if not passed >> place & 1
        }

    @cached_property
    def confounders(self) -> int:
        """Common causes: ancestors of both, of the outcome on a way around the treatment."""
        search = self.search
        around = search.backdoor.above(search.outcome) & ~search.outcome
        return search.arrows.above(search.treatment) & ~search.treatment & around

    @cached_property
    def mediators(self) -> int:
        """Nodes on a directed path from treatment to outcome."""
        return self.search.causal & ~self.search.outcome

    @cached_property
    def instruments(self) -> int:
        """Causes of the treatment that the back-door graph ties to no cause of the outcome."""
        search = self.search
        tied = search.backdoor.below(search.backdoor.above(search.outcome))
        return search.arrows.above(search.treatment) & ~search.treatment & ~tied

    @cached_property
    def colliders(self) -> int:
        """Common effects: of the treatment's side and of the outcome's, after the treatment or before it."""
        met = sum(1 << place for place in members(self.search.later & ~self.search.outcome) if self._meets_after(place))
        return met | sum(1 << place for place in self.opening if self.search.arrows.parents[place].bit_count() > 1)

    def _meets_after(self, place: int) -> bool:
        """Whether an arrow from the treatment's side meets, at a later node, one from what moves the outcome apart."""
        search, here = self.search, 1 << place
        parents = search.arrows.parents[place]
        from_outcome = parents & self._below_outcome & ~search.treatment
        from_treatment = parents & (search.treatment | search.later & ~search.outcome) & ~from_outcome
        if not from_treatment:
            return False
        if from_outcome:
            return True
        otherwise = parents & ~search.later & ~search.treatment & self._tied_to_outcome
        if here & search.causal and not otherwise & self._tied_past_mediators:
            if not otherwise:
                return False
            # The way from there to the outcome may lead through this very node.
            without = search.arrows.without(leaving=here, entering=here)
            otherwise &= without.connected(search.outcome, search.treatment)
        return bool(otherwise)

    @cached_property
    def _below_outcome(self) -> int:
        return self.search.arrows.below(self.search.outcome)

    @cached_property
    def _tied_to_outcome(self) -> int:
        return self.search.arrows.connected(self.search.outcome, self.search.treatment)

    @cached_property
    def _tied_past_mediators(self) -> int:
        without = self.search.arrows.without(leaving=self.mediators, entering=self.mediators)
        return without.connected(self.search.outcome, self.search.treatment)

    @cached_property
    def opening(self) -> dict[int, "Opening"]:
        """Nodes before the treatment that, held fixed as well, open a back-door graph that is closed without them.

        {number of the node: how it opens}.
        """
        search = self.search
        early = ~(search.later | search.treatment | search.outcome) & (1 << len(search.arrows.names)) - 1
        meetings = sum(1 << place for place in members(early) if search.arrows.parents[place].bit_count() > 1)
        effects = early & search.arrows.below(meetings)
        closing = minimal_separator(search.backdoor, search.treatment, search.outcome, early)
        if closing is None:
            return {}
        found = self._opened_by(effects & ~closing, closing)
        left = effects & closing & ~self._everywhere(early)
        for without in (left, *(1 << place for place in members(left))):
            if without & left:
                other = minimal_separator(search.backdoor, search.treatment, search.outcome, early & ~(without & left))
                if other is not None:
                    found |= self._opened_by(left & ~other, other)
                    left &= other
        return dict(sorted(found.items()))

    def _everywhere(self, early: int) -> int:
        """What touches both sides, and so is in every closing set."""
        search = self.search
        within = search.backdoor.above(search.treatment | search.outcome)
        blocked = early & within
        met = search.backdoor.met(search.treatment, within, blocked)
        return met & search.backdoor.met(search.outcome, within, blocked)

    def _opened_by(self, candidates: int, closing: int) -> dict[int, "Opening"]:
        """Those of the candidates into which open walks from both sides lead: held fixed too, they join the two."""
        search = self.search
        _, from_treatment = search.backdoor.arrivals(search.treatment, closing)
        _, from_outcome = search.backdoor.arrivals(search.outcome, closing)
        opening = Opening(search, closing)
        return dict.fromkeys(members(candidates & from_treatment & from_outcome), opening)


@dataclass(frozen=True)
class Opening:
    """Open walks from both sides, given what closes the back-door graph."""

    search: Adjustment
    closing: int

    def path(self, place: int) -> tuple[int, ...]:
        """From treatment to outcome through a node that is held fixed as well."""
        return (*self._walks[0].to(place, down=True), *reversed(self._walks[1].to(place, down=True)[:-1]))

    @cached_property
    def _walks(self) -> tuple[Walk, Walk]:
        ends = (self.search.treatment, self.search.outcome)
        one, other = (self.search.backdoor.walk(end, self.closing) for end in ends)
        return one, other
