"""Which estimand stands: overlap decides whether what was asked can be told, and what is offered where it cannot."""

from dataclasses import dataclass
from typing import Any, Final

from core.effects.diagnosis.overlap import Overlap, overlap
from core.effects.nuisances import Nuisances
from core.effects.table import AnalysisTable
from core.effects.verdict import Check

INSTEAD: Final = {"ATE": ("ATT", "ATO"), "ATT": ("ATO",), "ATO": ()}  # narrower populations, the next best first
NOT_ASKED: Final = (
    "Overlap of two arms is not asked of this kind of treatment; the estimator says where along it there are units."
)


@dataclass(frozen=True)
class Standing:
    """asked: overlap for what was asked, None where the treatment has no two arms; others: for what might be offered.

    An ATE that cannot be told gives way to the ATT, labelled; the overlap population is offered, not taken.
    """

    estimand: str
    asked: Overlap | None
    others: tuple[Overlap, ...] = ()

    @property
    def used(self) -> Check:
        """The overlap of the estimand that the study reports."""
        found = next((each for each in (self.asked, *self.others) if each and each.estimand == self.estimand), None)
        return Check("overlap", "Overlap", found.passed if found else None, found.sentence if found else NOT_ASKED)

    def plain(self) -> dict[str, Any]:
        """`overlap` with what was `offered` in its place, `refused` and `offers`, as they go into the result."""
        if self.asked is None:
            return {"overlap": {"passed": None, "sentence": NOT_ASKED}, "refused": [], "offers": []}
        taken = next((each for each in self.others if each.estimand == self.estimand), None)
        refused = [each for each in (self.asked, taken) if each is not None and each.passed is not True]
        return {
            "overlap": {**self.asked.plain(), "offered": taken.plain() if taken else None},
            "refused": [
                {"estimand": each.estimand, "sentence": each.sentence}
                for each in refused
                if each.estimand != self.estimand
            ],
            "offers": [
                {"estimand": each.estimand, "passed": each.passed, "sentence": each.sentence}
                for each in self.others
                if each.passed and each.estimand != self.estimand
            ],
        }


def standing(table: AnalysisTable, nuisances: Nuisances, estimand: str) -> Standing:
    """Judge what was asked; where it fails, what could be told instead."""
    if table.treatment_kind != "binary":
        return Standing("ATE", None)
    propensity = nuisances.propensity(0)
    asked = overlap(table, propensity, estimand=estimand)
    if asked.passed is True:
        return Standing(estimand, asked)
    others = tuple(overlap(table, propensity, estimand=each) for each in INSTEAD[estimand])
    return Standing("ATT" if estimand == "ATE" else estimand, asked, others)
