"""The answer of an identification: what the graph says about one question, as values and as JSON."""

from dataclasses import dataclass
from typing import Any

from core.graphs.identification.effects_by_path import DirectEffect, Mediation
from core.graphs.identification.instruments import Instrument


@dataclass(frozen=True)
class BadControl:
    """A measured node that must stay out of the adjustment, why, and the path that it would block or open, drawn."""

    name: str
    why: str
    path: str = ""


@dataclass(frozen=True)
class Identification:
    """What the graph says about one question.

    identifiable: by the graph alone, with any distribution. strategy: the first of "backdoor", "frontdoor", "id" (the
    general algorithm), "instrument" (which needs the further `assumptions`, so that `identifiable` is false) that
    works, or "none"; others: those that work, too.

    adjustment_sets: minimal ones, smallest first; empty unless by back-door. cut_short: which lists of adjustment sets,
    front doors and instruments are only the first of more. adjustment_set: the one to use (all measured causes of
    treatment or outcome that help); where adjustment does not suffice it is the measured part, and adjusting for it
    leaves bias: open_path is what stays open, `unadjusted` says so in words. optimal_set: the most precise one, None
    where the graph does not settle it; optimal: that in words. estimand: what the general algorithm found, if it was
    asked; hedge: what it found in the way. remedies: what would allow adjustment, as in remedies.
    """

    treatment: str
    outcome: str
    identifiable: bool
    strategy: str
    adjustment_sets: tuple[tuple[str, ...], ...]
    adjustment_set: tuple[str, ...]
    bad_controls: tuple[BadControl, ...]
    expression: str
    sentence: str
    derived_roles: dict[str, tuple[str, ...]]
    open_path: str = ""
    unadjusted: str = ""
    others: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    cut_short: tuple[str, ...] = ()
    optimal_set: tuple[str, ...] | None = None
    optimal: str = ""
    front_door: tuple[tuple[str, ...], ...] = ()
    instruments: tuple[Instrument, ...] = ()
    direct_effect: DirectEffect | None = None
    mediation: tuple[Mediation, ...] = ()
    estimand: dict[str, Any] | None = None
    hedge: str = ""
    remedies: tuple[dict[str, Any], ...] = ()

    @property
    def adjustable(self) -> bool:
        """Whether an adjustment identifies the effect, which is all that a study can estimate by."""
        return self.strategy == "backdoor"

    @property
    def all_sets_listed(self) -> bool:
        """Whether the adjustment sets are all minimal ones there are."""
        return "adjustment_sets" not in self.cut_short

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {
            "treatment": self.treatment,
            "outcome": self.outcome,
            "identifiable": self.identifiable,
            "strategy": self.strategy,
            "others": list(self.others),
            "assumptions": list(self.assumptions),
            "adjustment_sets": [list(names) for names in self.adjustment_sets],
            "cut_short": list(self.cut_short),
            "adjustment_set": list(self.adjustment_set),
            "optimal_set": None if self.optimal_set is None else list(self.optimal_set),
            "optimal": self.optimal,
            "bad_controls": [{"name": bad.name, "why": bad.why, "path": bad.path} for bad in self.bad_controls],
            "front_door": [list(names) for names in self.front_door],
            "instruments": [{"name": each.name, "given": list(each.given)} for each in self.instruments],
            "direct_effect": self.direct_effect and self.direct_effect.plain(),
            "mediation": [each.plain() for each in self.mediation],
            "expression": self.expression,
            "sentence": self.sentence,
            "estimand": self.estimand,
            "hedge": self.hedge,
            "open_path": self.open_path,
            "unadjusted": self.unadjusted,
            "remedies": list(self.remedies),
            "derived_roles": {name: list(roles) for name, roles in self.derived_roles.items()},
        }
