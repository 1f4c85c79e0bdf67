"""Exclusion: who has no comparable units in the other arm, as a rule that can be read; and who is left without them.

A small decision tree per side (hardly ever treated, hardly ever not) finds the units outside the common support by
their covariates. Its leaves are the rule, in the covariates' own units. Leaving those units out restates the effect to
the population that remains: that is offered with its counts, never done without being asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.effects.diagnosis.overlap import SMALLEST_POPULATION, Overlap, outside, overlap
from core.effects.diagnosis.rules import Rule, readable_columns, rules_for
from core.effects.table import AnalysisTable

NOBODY = 0.005  # a share of units outside that needs no rule
CAUGHT_NEEDED = 0.25  # of them; rules that tell fewer are chance


@dataclass(frozen=True)
class Exclusion:
    """rules: the units to leave out, each with its counts; caught_share: of the units outside the common support, how
    many the rules leave out; needless_share: of those left out, how many were inside; kept_units: (treated, control);
    population: who remains, in words; overlap: of the estimand among those who remain, None where none are left;
    left_out: (n,) the units that the rules leave out, None without rules.

    passed: overlap holds for those who remain, at least 20 of each arm; None where it fails and there is no rule.
    """

    passed: bool | None
    sentence: str
    estimand: str
    rules: tuple[Rule, ...] = ()
    outside_units: int = 0
    caught_share: float | None = None
    needless_share: float | None = None
    kept_units: tuple[int, int] = (0, 0)
    population: str = ""
    overlap: Overlap | None = None
    left_out: np.ndarray | None = None

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        treated, control = self.kept_units
        told = {name: value for name, value in vars(self).items() if name != "left_out"}
        return {
            **told,
            "rules": [rule.plain() for rule in self.rules],
            "kept_units": {"treated": treated, "control": control},
            "overlap": self.overlap.plain() if self.overlap else None,
        }


def exclusion(table: AnalysisTable, propensity: np.ndarray, *, estimand: str) -> Exclusion:
    """The rule for an estimand from cross-fitted propensities (n,) of a treatment of two arms.

    ATT: only units that nearly everybody like them was treated matter, because controls unlike the treated are not
    asked about. The rule sees covariates alone, so leaving units out by it selects nobody by treatment or outcome.
    """
    if not np.isfinite(propensity).all():
        return Exclusion(None, "Who is outside the common support is unknown: a propensity is missing.", estimand)
    low, high = outside(table.treatment, propensity, table.weights)
    sides = [("nearly all treated", high), *([] if estimand == "ATT" else [("nearly none treated", low)])]
    alone = np.logical_or.reduce([each for _, each in sides])
    share = float(np.average(alone, weights=table.weights))
    if share < NOBODY or not table.covariates:
        whole = overlap(table, propensity, estimand=estimand)
        said = f"Nobody needs to be left out: {100 * share:.1f} % of the units are outside the common support."
        if not table.covariates:
            said = "There are no covariates, so nobody can be left out by a rule."
        counts = int((table.treatment == 1).sum()), int((table.treatment == 0).sum())
        return Exclusion(whole.passed, said, estimand, outside_units=int(alone.sum()), kept_units=counts, overlap=whole)
    columns = readable_columns(table)
    rules = tuple(rule for title, each in sides for rule in rules_for(columns, each, table.treatment, title))
    left_out = np.logical_or.reduce([rule.mask for rule in rules]) if rules else np.zeros(table.units, dtype=bool)
    if (alone & left_out).sum() < CAUGHT_NEEDED * alone.sum():
        rules, left_out = (), np.zeros(table.units, dtype=bool)
    return _judged(table, propensity, estimand, rules, alone, left_out)


def _judged(
    table: AnalysisTable,
    propensity: np.ndarray,
    estimand: str,
    rules: Sequence[Rule],
    alone: np.ndarray,
    left_out: np.ndarray,
) -> Exclusion:
    kept, treated = ~left_out, table.treatment == 1
    counts = int((kept & treated).sum()), int((kept & ~treated).sum())
    found = overlap(table.only_units(kept, "kept"), propensity[kept], estimand=estimand) if min(counts) > 0 else None
    caught = float(alone[left_out].sum() / alone.sum())
    enough = min(counts) >= SMALLEST_POPULATION
    passed = found.passed if found and enough else False
    if not rules and not passed:
        passed = None  # whom to leave out is not known
    return Exclusion(
        passed=passed,
        sentence=_sentence(estimand, rules, (int(alone.sum()), table.units), counts, caught, passed),
        estimand=estimand,
        rules=tuple(rules),
        outside_units=int(alone.sum()),
        caught_share=caught,
        needless_share=float((left_out & ~alone).sum() / left_out.sum()) if left_out.any() else None,
        kept_units=counts,
        population=_population(table, rules, int(kept.sum())),
        overlap=found,
        left_out=left_out if rules else None,
    )


def _population(table: AnalysisTable, rules: Sequence[Rule], kept: int) -> str:
    if not rules:
        return table.population
    left_out = " or ".join(f"({rule.says})" if len(rules) > 1 else rule.says for rule in rules)
    return f"{table.population}, without those with {left_out}: {kept:,} of {table.units:,} units"


def _sentence(
    estimand: str,
    rules: Sequence[Rule],
    counted: tuple[int, int],
    kept: tuple[int, int],
    caught: float,
    passed: bool | None,
) -> str:
    outside_units, units = counted
    said = f"{outside_units:,} of {units:,} units ({100 * outside_units / units:.1f} %) are outside the common support"
    if not rules:
        unknown = f"{said}, and no short rule on the covariates tells them from the others"
        return f"{unknown}; overlap for the {estimand} holds with them." if passed else f"{unknown}."
    first = max(rules, key=lambda rule: rule.units)
    count = f"{len(rules)} short rules, the first of which is" if len(rules) > 1 else "one rule"
    said = (
        f"{said}; {100 * caught:.0f} % of them are told by {count}: {first.says} ({first.units:,} units, "
        f"{100 * first.treated_share:.0f} % treated). Without those, {kept[0]:,} treated and {kept[1]:,} control "
        "units remain"
    )
    if passed:
        return f"{said}, and overlap for the {estimand} holds among them: it would be about these alone."
    return f"{said}, and overlap for the {estimand} still fails." if passed is False else f"{said}."
