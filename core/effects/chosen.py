"""Which estimators and refuters a study runs, which number is its headline, whose weights balance is judged after."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from core.effects.estimate import Estimate
from core.effects.estimators import ESTIMATORS, EstimatorChoice
from core.effects.refuters import REFUTERS
from core.effects.study_inputs import StudyInputs
from core.effects.study_spec import StudySpec
from core.effects.table import EVENT_DAYS, FOLLOWED_DAYS, UPTAKE_DAYS, AnalysisTable
from core.errors import BadSpec

# The most robust of those that ran is the headline; in an experiment nothing needs adjusting.
HEADLINES: Final = (
    "aipw", "arms", "dose_response", "survival", "tmle", "dml", "entropy_balancing", "overlap_weights", "ipw", "lin",
    "matching_mahalanobis", "matching_propensity", "ols", "raw",
)  # fmt: skip
ALWAYS: Final = ("aipw", "arms", "dose_response", "survival")  # by the kind of table, beside what is fast
# Headlines that are no adjustment, and what each rests on.
ASSUMED: Final = {
    "instrument": "It rests on the instrument changing the outcome through the treatment alone, and being as good as "
    "dealt out by chance itself; no data can check that.",
    "front_door": "It rests on the mediators carrying the whole effect, and on no hidden cause that they share with "
    "treatment or outcome; no data can check that.",
    "discontinuity": "It holds at the cutoff only, and rests on nothing else changing there.",
}
WEIGHTED: Final = (  # those that give each unit a weight, or imply one
    "aipw", "arms", "tmle", "entropy_balancing", "overlap_weights", "ipw", "matching_mahalanobis",
    "matching_propensity", "dml", "lin", "ols",
)  # fmt: skip


def chosen_estimators(table: AnalysisTable, inputs: StudyInputs, spec: StudySpec, estimand: str) -> list[str]:
    """Names, the raw difference first. Raises BadSpec when one that was asked for cannot take the table."""
    asked = spec.asked_estimators
    if asked is None:
        wanted = [name for name, entry in ESTIMATORS.items() if _usual(name, entry, inputs)]
        return [name for name in wanted if not misfit(table, ESTIMATORS[name], estimand)]
    for name in asked:
        why = misfit(table, ESTIMATORS[name], estimand)
        if why and not (estimand != spec.asked_estimand and "it estimates" in why):
            raise BadSpec(f"The estimator '{name}' cannot be used here: {why}.")
    first = ["raw"] if not misfit(table, ESTIMATORS["raw"], estimand) else []
    own = [name for name in asked if not misfit(table, ESTIMATORS[name], estimand)]
    peers = [name for name in own if ESTIMATORS[name].adapter]
    if peers and set(own) <= {*peers, "raw"}:
        own.append("aipw")  # a peer's number stands beside ours, never alone
    return list(dict.fromkeys([*first, *own])) or ["raw"]


def chosen_refuters(spec: StudySpec) -> list[str]:
    """Names: those asked for, else all."""
    return list(spec.asked_refuters) if spec.asked_refuters is not None else list(REFUTERS)


def misfit(table: AnalysisTable, entry: EstimatorChoice, estimand: str) -> str | None:
    """Why this estimator cannot take this table, None if it can. One of another estimand than asked is no misfit as
    long as it has one estimand only, which its result then says."""
    if table.treatment_kind not in entry.treatments:
        return f"it takes a treatment that is {' or '.join(entry.treatments)}, and this one is {table.treatment_kind}"
    if len(entry.estimands) > 1 and estimand not in entry.estimands:
        return f"it estimates {', '.join(entry.estimands)}, not {estimand}"
    held = {
        "instrument": bool(table.instruments),
        "mediator": bool(table.mediators),
        "running": table.running is not None,
        "times": {EVENT_DAYS, FOLLOWED_DAYS} <= set(table.frame.columns),
        "uptake": UPTAKE_DAYS in table.frame and (table.grace_days or 0) > 0,
    }
    missing = [need for need in entry.needs if not held[need]]
    return f"the table has no {' and no '.join(missing)}" if missing else None


def headline_of(estimates: Sequence[Estimate], inputs: StudyInputs, spec: StudySpec) -> Estimate:
    """What the question's design or the graph's strategy calls for, else the most robust; never a peer's."""
    by_name = {estimate.estimator: estimate for estimate in estimates if not ESTIMATORS[estimate.estimator].adapter}
    order = [*inputs.headlines, *(reversed(HEADLINES) if spec.randomised else HEADLINES), *by_name]
    return next(by_name[name] for name in order if name in by_name)


def weighting_of(estimates: Sequence[Estimate]) -> np.ndarray | None:
    """(n,) the weights of the most robust estimator that weights: what balance is judged after; None if none does."""
    by_name = {estimate.estimator: estimate for estimate in estimates}
    return next((by_name[name].weights for name in WEIGHTED if name in by_name), None)


def _usual(name: str, entry: EstimatorChoice, inputs: StudyInputs) -> bool:
    structural = bool(entry.needs) and (name in inputs.headlines or not {"times", "uptake"} & set(entry.needs))
    return (entry.screening or name in ALWAYS or structural) and not entry.adapter
