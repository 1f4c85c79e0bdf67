"""Why do the other tools say +X? Their numbers for the same question, and what lies between them and ours.

Order: time zero first, because nothing else can be asked without it (the same users, sessions and stretch of time in
both arms); then, where the question trims, who remains; then lookback, earlier events of the session and the rest of
the adjustment. These three are switched on in every order and averaged (Shapley), by the linear screen of
`many_outcomes`; what the headline's estimator adds to the linear one belongs to the adjustment. The steps sum exactly
to the gap.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Any, Final

import numpy as np

from core.effects.estimate import Estimate
from core.effects.groups import PAST_ACTIVITY, TENURE, THIS_SESSION
from core.effects.impact_report import HOW, impact_report
from core.effects.many_outcomes import design_of, many_effects
from core.effects.naive import WHY_WRONG, ever_against_never
from core.effects.question import CausalQuestion
from core.effects.table import AnalysisTable
from core.effects.verdict import shown
from core.errors import NotEnoughData
from core.storage.engine import Log

TRIMMING, LOOKBACK, SESSION, REST = "trimming", "lookback", "session", "adjustment"
STEPS: Final = {
    "time_zero": "One time zero and one follow-up for both arms",
    TRIMMING: "Only units with comparable ones (trimmed)",
    LOOKBACK: "How users behaved in the lookback",
    SESSION: "Earlier events of the session",
    REST: "The rest of the adjustment",
}
KINDS: Final = (LOOKBACK, SESSION, REST)
NOTHING, BY_LOOKBACK = 0, 1  # sets of them
PLAIN, STRATIFIED = "ever_against_never", "impact_report"
TITLES: Final = {PLAIN: "Plain adopter comparison", STRATIFIED: "Propensity-stratified impact report"}


@dataclass(frozen=True)
class Tool:
    """Another tool's number with its interval and sides; steps: what leads from it to ours, in order, {name: change};
    empty where the two are not in one unit."""

    name: str
    says: str
    number: Mapping[str, Any]
    steps: Mapping[str, float]

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        kept = ("value", "low", "high", "treated_mean", "control_mean", "treated", "control", "unit")
        return {
            "name": self.name,
            "title": TITLES[self.name],
            "says": self.says,
            **{key: self.number[key] for key in kept},
            "steps": [{"name": name, "title": STEPS[name], "value": change} for name, change in self.steps.items()],
        }


@dataclass(frozen=True)
class OtherTools:
    """tools: those that have a number; ours: value, low, high of the headline."""

    tools: tuple[Tool, ...]
    ours: Mapping[str, float]
    unit: str
    sentence: str
    notes: tuple[str, ...]

    def plain(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {
            "tools": [tool.plain() for tool in self.tools],
            "ours": dict(self.ours),
            "unit": self.unit,
            "sentence": self.sentence,
            "notes": list(self.notes),
        }


def other_tools(
    log: Log,
    question: CausalQuestion,
    table: AnalysisTable,
    headline: Estimate,
    *,
    whole: AnalysisTable | None = None,
    seed: int = 0,
) -> OtherTools:
    """Both numbers and their decompositions; what a tool has too few users for is said in the notes.

    whole: the table before units were trimmed, if any were: that is a step of its own.
    """
    ours = {"value": headline.value, "low": headline.low, "high": headline.high}
    found, notes = [], []
    for name, says in ((PLAIN, WHY_WRONG), (STRATIFIED, HOW)):
        try:
            number = ever_against_never(log, question) if name == PLAIN else impact_report(log, question).plain()
            found.append((name, says, number))
        except NotEnoughData as error:
            notes.append(f"{TITLES[name]}: {error}")
    comparable = table.treatment_kind == "binary" and headline.unit is None
    linear = _linear(table, headline, seed, range(8)) if comparable and found else {}
    before = _linear(whole, headline, seed, (NOTHING, BY_LOOKBACK)) if linear and whole is not None else linear
    tools = []
    for name, says, number in found:
        same = comparable and number["unit"] == table.outcome_unit
        steps = _steps(name, float(number["value"]), before, linear, headline.value) if same else {}
        tools.append(Tool(name, says, number, steps))
        if not same:
            notes.append(f"{TITLES[name]} is in another unit than the headline, so the gap is not taken apart.")
    if linear:
        notes.append(
            "Lookback, session and adjustment are averaged over the orders in which they can be switched on; time zero "
            f"comes first{'' if whole is None else ', then who remains after trimming'}. The other tools count users "
            "over the log, the headline units within the outcome window: that change of scale is part of the first "
            "step."
        )
    return OtherTools(tuple(tools), ours, table.outcome_unit, _sentence(tools, headline, table), tuple(notes))


def _linear(table: AnalysisTable, headline: Estimate, seed: int, sets: Iterable[int]) -> dict[frozenset[str], float]:
    """The effect with each set of covariates switched on; sets: as numbers, a bit for each of KINDS."""
    kinds = {LOOKBACK: {TENURE, PAST_ACTIVITY}, SESSION: {THIS_SESSION}}
    rest = {covariate.group for covariate in table.covariates} - kinds[LOOKBACK] - kinds[SESSION]
    kinds[REST] = rest
    estimand = headline.estimand if headline.estimand in ("ATT", "ATO") else "ATE"
    treatment, outcome = table.treatment, table.outcome
    values = {}
    for many in sets:
        on = frozenset(name for place, name in enumerate(KINDS) if many >> place & 1)
        part = table.keep(set().union(*(kinds[name] for name in on)))
        if not part.covariates:
            arms = [np.average(outcome[treatment == arm], weights=table.weights[treatment == arm]) for arm in (1, 0)]
            values[on] = float(arms[0] - arms[1])
            continue
        found = many_effects(
            design_of(part.matrix()), treatment, outcome[:, None], table.clusters,
            weights=table.weights, estimand=estimand, seed=seed,
        )  # fmt: skip
        values[on] = float(found.value[0])
    return values


def _steps(
    name: str,
    start: float,
    before: Mapping[frozenset[str], float],
    linear: Mapping[frozenset[str], float],
    ours: float,
) -> dict[str, float]:
    """Changes that lead from a tool's number to ours; a report that has a lookback starts with it switched on.

    before, linear: before and after trimming, the same where nobody was.
    """
    already = frozenset({LOOKBACK}) if name == STRATIFIED else frozenset[str]()
    free = [step for step in KINDS if step not in already]
    steps = {"time_zero": before[already] - start}
    if before is not linear:
        steps[TRIMMING] = linear[already] - before[already]
    steps |= dict.fromkeys(free, 0.0)
    orders = list(permutations(free))
    for order in orders:
        on = already
        for step in order:
            steps[step] += (linear[on | {step}] - linear[on]) / len(orders)
            on = on | {step}
    steps[REST] += ours - linear[frozenset(KINDS)]
    return steps


def _sentence(tools: list[Tool], headline: Estimate, table: AnalysisTable) -> str:
    unit, points = table.outcome_unit, " percentage points" if table.outcome_unit == "share" else ""
    own = f"{shown(headline.value, unit)}{points} ({shown(headline.low, unit)} to {shown(headline.high, unit)})"
    told = [f"a {TITLES[tool.name].lower()} would say {shown(float(tool.number['value']), unit)}" for tool in tools
            if tool.steps]  # fmt: skip
    if not told:
        return f"No other tool's number can be set beside {own}."
    largest = max(tools[0].steps.items(), key=lambda step: abs(step[1])) if tools[0].steps else None
    why = f" Most of the gap is: {STEPS[largest[0]].lower()} ({shown(largest[1], unit)})." if largest else ""
    return f"For this question {' and '.join(told)}{points}; the study says {own}.{why}"
