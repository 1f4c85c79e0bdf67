"""Trimming, on request: the units without comparable ones are left out, and the effect is that of those who remain.

Who is left out follows from the propensity alone, learnt without the unit's own user: below a cut or above one minus it
(for the effect on the treated only above, because controls unlike them carry no weight). The cut is the analyst's, or
the one that makes the variance of the effect smallest (Crump, Hotz, Imbens and Mitnik, "Dealing with limited overlap in
estimation of average treatment effects", Biometrika 2009). Everything is learnt again on the units that remain.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.effects.chosen import ASSUMED
from core.effects.cut import Cut, TrimRule
from core.effects.diagnosis.rules import Rule, readable_columns, rules_for
from core.effects.nuisances import Nuisances
from core.effects.opening import SMALLEST_ARM, refuse_too_little
from core.effects.study_inputs import Placebos, StudyInputs
from core.effects.study_spec import StudySpec
from core.effects.table import UNIT_ID, AnalysisTable
from core.errors import BadSpec, NotEnoughData


@dataclass(frozen=True)
class Trimming:
    """low, high: the propensities between which units remain, both included; kept: (n,) the units that do; left_out,
    remaining: (treated, control); rules: who was left out, by their covariates; caught_share: of them, by the rules."""

    asked: float | str
    low: float
    high: float
    kept: np.ndarray
    left_out: tuple[int, int]
    remaining: tuple[int, int]
    rules: tuple[Rule, ...]
    caught_share: float | None
    sentence: str

    @property
    def says(self) -> str:
        """Who remains: "a propensity from 0.05 to 0.95"."""
        return Cut(self.low, self.high).says

    @property
    def among(self) -> str:
        """What to say behind an estimand; nothing where nobody was left out."""
        units = sum(self.remaining)
        if not any(self.left_out):
            return ""
        return f", restated to the {units:,} of {len(self.kept):,} units with {self.says}"

    def plain(self) -> dict[str, Any]:
        """JSON-ready: everything but what is one value per unit."""
        told = {name: value for name, value in vars(self).items() if name != "kept"}
        for name in ("left_out", "remaining"):
            told[name] = dict(zip(("treated", "control"), told[name], strict=True))
        return {**told, "says": self.says, "among": self.among, "rules": [rule.plain() for rule in self.rules]}


@dataclass(frozen=True)
class Restated:
    """What the study goes on with; trimming: None where none was asked for."""

    inputs: StudyInputs
    nuisances: Nuisances
    trimming: Trimming | None = None

    @property
    def among(self) -> str:
        """What to say behind an estimand; empty where it is about all units."""
        return self.trimming.among if self.trimming else ""

    def plain(self) -> dict[str, Any] | None:
        """JSON-ready: who remains."""
        return self.trimming.plain() if self.trimming else None


def restated(inputs: StudyInputs, spec: StudySpec, nuisances: Nuisances) -> Restated:
    """The inputs with the units that remain, in every table of the study, and nuisances learnt on them; as they were
    where no trimming was asked for.

    nuisances: of the whole table. Raises BadSpec where the headline is no adjustment of two arms, NotEnoughData where
    under 20 units of an arm remain.
    """
    if spec.asked_trim is None:
        return Restated(inputs, nuisances)
    table = inputs.table
    if table.treatment_kind != "binary":
        raise BadSpec("Trimming by the propensity needs a treatment with two arms; leave the setting 'trim' out.")
    if any(name in ASSUMED for name in inputs.headlines):
        raise BadSpec("The headline of this study is no adjustment, so there is nothing to trim; leave 'trim' out.")
    found = trimming(table, nuisances.propensity(0), spec.asked_trim, estimand=spec.asked_estimand)
    inputs = replace(inputs, notes=(*inputs.notes, found.sentence))
    if not any(found.left_out):
        return Restated(inputs, nuisances, found)
    if min(found.remaining) < SMALLEST_ARM:
        raise NotEnoughData(
            f"With {found.says} only {found.remaining[0]:,} treated and {found.remaining[1]:,} control units remain, "
            f"and a study needs {SMALLEST_ARM} of each; trim less, or ask for the overlap population (ATO)."
        )
    kept = _kept(table, found.kept, found)
    refuse_too_little(kept)
    ids = set(kept.frame[UNIT_ID])

    def same(other: AnalysisTable) -> AnalysisTable:
        return _kept(other, other.frame[UNIT_ID].isin(ids).to_numpy(), found)

    again, placebos = inputs.again, inputs.placebos

    def made_again(changes: Mapping[str, Any]) -> AnalysisTable:
        assert again is not None and inputs.question is not None
        other = changes.get("design", {}).get("kind", "landmark") != inputs.question.design.kind
        return again(changes) if other else same(again(changes))  # another design has other units

    trimmed = replace(
        inputs,
        table=kept,
        wide=kept if inputs.wide is table else same(inputs.wide),
        placebos=lambda: _same_placebos(placebos(), same),
        again=made_again if again is not None else None,
    )
    return Restated(trimmed, Nuisances(kept, seed=spec.asked_seed), found)


def trimming(table: AnalysisTable, propensity: np.ndarray, asked: float | str, *, estimand: str) -> Trimming:
    """Who remains, from cross-fitted propensities (n,); asked: the cut, or "auto" for the best one."""
    if not np.isfinite(propensity).all():
        raise NotEnoughData("Nobody can be trimmed: a propensity is missing; leave the setting 'trim' out.")
    cut = TrimRule(asked, estimand == "ATT").cut(propensity, table.weights)
    low, high, kept = cut.low, cut.high, cut.keeps(propensity)
    arms = [table.treatment == arm for arm in (1, 0)]
    left_out, remaining = (tuple(int((arm & which).sum()) for arm in arms) for which in (~kept, kept))
    columns = readable_columns(table) if table.covariates else []
    sides = [(f"over {high:.3g}", propensity > high), (f"under {low:.3g}", propensity < low)]
    rules = tuple(rule for side, mask in sides for rule in rules_for(columns, mask, table.treatment, side))
    told = np.logical_or.reduce([rule.mask for rule in rules]) if rules else np.zeros(table.units, dtype=bool)
    caught = float(told[~kept].mean()) if rules else None
    return Trimming(
        asked, low, high, kept, (left_out[0], left_out[1]), (remaining[0], remaining[1]), rules, caught,
        _sentence(asked, cut.says, (left_out[0], left_out[1]), kept, rules, caught),
    )  # fmt: skip


def _kept(table: AnalysisTable, chosen: np.ndarray, found: Trimming) -> AnalysisTable:
    kept = table.only_units(chosen, f"with {found.says} (trimmed)")
    return replace(kept, population=f"{table.population}, those with {found.says}")


def _same_placebos(whole: Placebos, same: Any) -> Placebos:
    """The placebo tables with the units that remain; one that keeps too few of them is none."""
    tables, notes = {}, []
    for name, table in whole.tables.items():
        kept = same(table)
        treated = int(kept.treatment.sum())
        if min(treated, kept.units - treated) >= SMALLEST_ARM:
            tables[name] = kept
        else:
            notes.append(f"No {name.replace('_', ' ')}: after trimming too few of its units remain.")
    return Placebos(tables, (*whole.notes, *notes))


def _sentence(
    asked: float | str,
    says: str,
    left_out: tuple[int, int],
    kept: np.ndarray,
    rules: tuple[Rule, ...],
    caught: float | None,
) -> str:
    how = "the cut with the smallest variance (Crump et al. 2009)" if asked == "auto" else "as asked"
    if not any(left_out):
        return f"Nobody was trimmed: every unit is within the cut ({how}), so the estimate is about all of them."
    said = (
        f"Trimmed to the {int(kept.sum()):,} of {len(kept):,} units with {says} ({how}): {left_out[0]:,} treated and "
        f"{left_out[1]:,} control units are left out, and every estimate is about those who remain"
    )
    if not rules or caught is None:
        return f"{said}. No short rule on the covariates tells the others."
    return (
        f"{said}. Of the others {100 * caught:.0f} % are told by: "
        f"{' or '.join(f'({rule.says})' for rule in rules[:3])}."
    )
