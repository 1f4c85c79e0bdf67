"""Diagnosis: are the arms comparable, who is not, what did adjustment change, and how small an effect could be seen?"""

from typing import TYPE_CHECKING, Any

from core.effects.diagnosis.exclusion import exclusion
from core.effects.diagnosis.overlap import alternatives, overlap
from core.effects.diagnosis.power import power
from core.effects.diagnosis.support import support
from core.effects.diagnosis.trimmed import trimmed_effect
from core.effects.diagnosis.waterfall import waterfall
from core.effects.estimate import Estimate
from core.effects.table import AnalysisTable

if TYPE_CHECKING:  # the learners would weigh the web process down
    from core.effects.nuisances import Nuisances


def diagnose(
    table: AnalysisTable, headline: Estimate, nuisances: "Nuisances", *, asked: str = "ATE", seed: int = 0
) -> dict[str, Any]:
    """The study's section "diagnosis", JSON-ready: whether the arms can be compared, and what adjustment changed.

    nuisances: the headline's fits; asked: the estimand asked for, whose units without comparable ones `exclusion` is
    about. Of a treatment without two arms, `support` takes the place of what needs propensities (`overlap`,
    `alternatives`, `exclusion`), which is then null.
    """
    two_arms = _two_arms(table, headline, nuisances, asked) if table.treatment_kind == "binary" else None
    return {
        **(two_arms or {"overlap": None, "alternatives": [], "exclusion": None}),
        "support": None if two_arms else support(table, headline.weights).plain(),
        "waterfall": waterfall(table, headline, seed=seed).plain(),
        "power": power(table, headline).plain(),
    }


def _two_arms(table: AnalysisTable, headline: Estimate, nuisances: "Nuisances", asked: str) -> dict[str, Any]:
    propensity = nuisances.propensity(0)
    own = headline.estimand if headline.estimand in ("ATT", "ATO") else "ATE"
    narrower = exclusion(table, propensity, estimand="ATT" if asked == "ATT" else "ATE")
    left_out, effect = narrower.left_out, None
    if narrower.passed and left_out is not None:
        effect = trimmed_effect(table, nuisances, ~left_out, estimand=narrower.estimand)
    return {
        "overlap": overlap(table, propensity, estimand=own).plain(),
        "alternatives": [each.plain() for each in alternatives(table, propensity)],
        "exclusion": {**narrower.plain(), "effect": effect},
    }
