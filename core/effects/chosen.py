"""Which estimators a study runs: those asked for, or every one that suits the table and is fast, and the default."""

from core.effects.estimators import ESTIMATORS, EstimatorChoice
from core.effects.study_spec import StudySpec
from core.effects.table import EVENT_DAYS, FOLLOWED_DAYS, UPTAKE_DAYS, AnalysisTable
from core.errors import BadSpec

DEFAULTS = ("aipw", "dose_response", "arms", "survival")  # by what the table is: the robust one of its kind


def chosen_estimators(table: AnalysisTable, spec: StudySpec, estimand: str) -> list[str]:
    """Names, the raw difference first. Raises BadSpec when one that was asked for cannot take the table."""
    asked = spec.asked_estimators
    if asked is None:
        return [
            name for name, entry in ESTIMATORS.items() if _usual(name, entry) and not misfit(table, entry, estimand)
        ]
    for name in asked:
        why = misfit(table, ESTIMATORS[name], estimand)
        if why:
            raise BadSpec(f"The estimator '{name}' cannot be used here: {why}.")
    return list(dict.fromkeys([*(["raw"] if not misfit(table, ESTIMATORS["raw"], estimand) else []), *asked]))


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
        "uptake": UPTAKE_DAYS in table.frame,
    }
    missing = [need for need in entry.needs if not held[need]]
    return f"the table has no {' and no '.join(missing)}" if missing else None


def _usual(name: str, entry: EstimatorChoice) -> bool:
    return (entry.screening or name in DEFAULTS or bool(entry.needs)) and not entry.adapter
