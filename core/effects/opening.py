"""How a study opens: what is known before anything is learnt, and what is too little to learn from."""

from typing import Any, Final

import numpy as np

from core.effects.estimators import raw
from core.effects.study_inputs import StudyInputs
from core.effects.study_spec import StudySpec
from core.effects.table import AnalysisTable
from core.errors import NotEnoughData

SMALLEST_ARM: Final = 20
FEWEST_USERS: Final = 10  # fewer sums cannot carry an error


def opening(inputs: StudyInputs, spec: StudySpec) -> dict[str, Any]:
    """The first chapter of a study's result: the question, the units, who was left out, the raw difference.

    raw is None where the treatment has no two arms to compare.
    """
    table = inputs.table
    in_control = table.treatment == 0
    known = in_control.any() and table.treatment_kind != "dose"
    rough = raw.estimate(table, seed=spec.asked_seed) if table.treatment_kind == "binary" else None
    return {
        "title": inputs.title,
        "spec": spec.plain(),
        "seed": spec.asked_seed,
        "population": table.population,
        "units": table.units,
        "users": int(table.clusters.max(initial=-1)) + 1,
        "treated": int((~in_control).sum()),
        "control": int(in_control.sum()),
        "treatment_kind": table.treatment_kind,
        "arms": list(table.arms),
        "attrition": [{"title": step.title, "units": step.units} for step in table.attrition],
        "treatment_title": table.treatment_title,
        "outcome_title": table.outcome_title,
        "outcome_unit": table.outcome_unit,
        "baseline": float(np.average(table.outcome[in_control], weights=table.weights[in_control])) if known else None,
        "raw": rough.plain() if rough else None,
        "identification": {**inputs.identification.plain(), "graph": inputs.graph.plain()},
        "truth": inputs.truth,
        "notes": [*table.notes, *inputs.notes],
    }


def refuse_too_little(table: AnalysisTable) -> None:
    """Raise NotEnoughData for arms under 20 units, under 10 users, or a treatment or an outcome that never varies."""
    if table.treatment_kind == "dose":
        if np.ptp(table.treatment) == 0:
            raise NotEnoughData(
                f"The treatment {table.treatment_title} is {table.treatment[0]:g} for every unit; it has to vary."
            )
        if table.units < 2 * SMALLEST_ARM:
            raise NotEnoughData(f"There are {table.units:,} units; a study of a dose needs {2 * SMALLEST_ARM}.")
    elif table.treatment_kind == "arms":
        for arm, name in enumerate(table.arms):
            units = int((table.treatment == arm).sum())
            if units < SMALLEST_ARM:
                raise NotEnoughData(f"The arm '{name}' has {units:,} units; a study needs {SMALLEST_ARM} in each.")
    else:
        treated = int(table.treatment.sum())
        if min(treated, table.units - treated) < SMALLEST_ARM:
            raise NotEnoughData(
                f"There are {treated:,} treated and {table.units - treated:,} control units; "
                f"a study needs {SMALLEST_ARM} of each."
            )
    users = int(table.clusters.max(initial=-1)) + 1
    if users < FEWEST_USERS:
        raise NotEnoughData(
            f"The units belong to {users:,} users or clusters, which are what is independent; "
            f"an interval needs at least {FEWEST_USERS}."
        )
    refuse_settled(table)


def refuse_settled(table: AnalysisTable) -> None:
    """Raise NotEnoughData for an outcome that never varies, or that the arm alone decides."""
    if np.ptp(table.outcome) == 0:
        raise NotEnoughData(
            f"The outcome {table.outcome_title} is {table.outcome[0]:g} for every unit, so nothing can be compared; "
            "choose one that varies."
        )
    if table.treatment_kind != "dose" and _decided(table):
        raise NotEnoughData(
            f"The outcome {table.outcome_title} never varies within an arm, so it is {table.treatment_title} under "
            "another name; choose one that the treatment does not decide alone."
        )


def _decided(table: AnalysisTable) -> bool:
    """Whether the arm alone says what the outcome is."""
    return all(np.ptp(table.outcome[table.treatment == arm]) == 0 for arm in np.unique(table.treatment))
